import { Button, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { accessRequestComment } from '../../../src/contract/access-requests.ts'
import { useAct } from '../../api.ts'
import { useNames } from '../../names.ts'
import { toast } from '../../ui/announce.tsx'
import { Problem } from '../../ui/Region.tsx'
import { Time } from '../../ui/Time.tsx'
import classes from './requests.module.css'
import { type Event, type Found, HAPPENED, termsInShort } from './words.ts'

/** What happened to a request and what was said about it, oldest first, and a place to say more. */
export function Said({ request, events }: Found) {
  const { requesterId, requester } = request
  const nameOf = useNames(events.map(({ userId }) => userId))
  const whoOf = ({ userId, kind }: Event) => {
    if (userId === null) return kind === 'approve' ? 'A rule' : 'The request'
    return userId === requesterId ? requester.name : nameOf(userId)
  }
  return (
    <>
      {events.length > 0 && (
        <ol className={classes.said}>
          {events.map((event) => (
            <li key={event.id}>
              <strong>{whoOf(event)}</strong> {HAPPENED[event.kind]}{' '}
              <span className="muted">
                <Time at={event.at} />
              </span>
              {event.voidedAt !== null && <span className="muted">; it no longer counts</span>}
              {event.terms !== null && <p>{termsInShort(event.terms)}</p>}
              {event.text !== null && <p>{event.text}</p>}
            </li>
          ))}
        </ol>
      )}
      <Comment accessRequestId={request.id} />
    </>
  )
}

function Comment({ accessRequestId }: { accessRequestId: string }) {
  const act = useAct(accessRequestComment)
  const [text, setText] = useState('')
  const say = (event: FormEvent) => {
    event.preventDefault()
    act.mutate(
      { input: { params: { accessRequestId }, body: { text } } },
      {
        onSuccess: () => {
          setText('')
          toast('Said.')
        },
      },
    )
  }
  return (
    <form onSubmit={say}>
      <Textarea
        label="Say something"
        autosize
        minRows={2}
        maxLength={1000}
        required
        withAsterisk={false}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Problem error={act.error} />
      <Button type="submit" variant="default" mt="sm" loading={act.isPending}>
        Comment
      </Button>
    </form>
  )
}
