import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { keyList } from '../../src/contract/keys.ts'
import { pages } from '../api.ts'
import { count } from '../format.ts'
import { useNames } from '../names.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { CodeBlock } from '../ui/CodeBlock.tsx'
import { part } from '../ui/later.tsx'
import { Card, Page, Section } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { To, useGo } from '../ui/To.tsx'
import { useSeen } from '../ui/use-seen.ts'
import { useCan, useViewer, type Verdict } from '../viewer.ts'
import { ACTS_NEED } from './keys/KeyRowMenu.tsx'
import { useKeyActs } from './keys/key-acts.tsx'
import classes from './keys/keys.module.css'
import { type Key, namedIn } from './keys/Place.tsx'
import { CREATE_KEY, REQUEST_KEY } from './my-keys/commands.ts'
import { Delivered } from './my-keys/Delivered.tsx'
import { KeyCard } from './my-keys/KeyCard.tsx'
import { Training, useTraining } from './my-keys/Training.tsx'
import { Waiting } from './my-keys/Waiting.tsx'

const UseIt = part(async () => (await import('./keys/UseIt.tsx')).UseIt)

/** Those that work stand first, those that are over last. */
const ORDER: Key['state'][] = ['active', 'suspended', 'pending', 'expired', 'revoked']

export default function MyKeysPage() {
  const [search, change] = useAddress()
  const { user, somewhere } = useViewer()
  const keys = useInfiniteQuery({
    ...pages(keyList, { query: { userId: user?.id, limit: 200 } }),
    enabled: user !== null,
  })
  const all = (keys.data?.pages.flatMap(({ data }) => data) ?? []).sort(
    (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state),
  )
  const over = (key: Key) => key.state === 'revoked' || key.state === 'expired'
  const shown = search.ended ? all : all.filter((key) => !over(key))
  const ended = all.length - all.filter((key) => !over(key)).length
  const chosen = shown.find(({ id }) => id === search.use) ?? shown.find(({ state }) => state === 'active')
  const nameOf = useNames(namedIn(shown))
  const can = useCan(
    shown.map(({ id }) => ({ type: 'key', id })),
    ACTS_NEED,
  )
  const { begin, dialogs } = useKeyActs()
  const { blocks } = useTraining()
  const go = useGo()
  const use = useRef<HTMLDivElement>(null)
  const [watch, seen] = useSeen()
  const trained: Verdict = blocks ? { reason: 'Read what you have to read first.' } : true
  const mayCreate = somewhere('key:create')
  const primary = mayCreate ? (
    <ActButton can={trained} onClick={() => go({ to: '/keys', search: { new: 'key' } })}>
      Create key
    </ActButton>
  ) : (
    <ActButton can={trained} onClick={() => go({ to: '/requests', search: { new: 'key' } })}>
      Request a key
    </ActButton>
  )
  return (
    <Page
      title="My keys"
      lead={leadOf(all)}
      actions={
        <>
          {primary}
          <Button variant="default" component={To} to="/requests" search={{ new: 'model' }}>
            Request a model
          </Button>
          <Button variant="default" component={To} to="/requests" search={{ new: 'budget' }}>
            Request more budget
          </Button>
        </>
      }
    >
      <Delivered />
      <Training />
      <Waiting can={trained} />
      <Section
        title="Keys"
        actions={
          ended > 0 && (
            <Button
              variant="subtle"
              size="compact-md"
              onClick={() => change({ ended: search.ended ? undefined : '1' })}
            >
              {search.ended ? 'Hide those that ended' : `Show ${count(ended)} that ended`}
            </Button>
          )
        }
      >
        <Region of={keys} rows={5}>
          {() =>
            shown.length > 0 ? (
              <ul className={classes.list}>
                {shown.map((key) => (
                  <li key={key.id}>
                    <KeyCard
                      of={key}
                      nameOf={nameOf}
                      can={can}
                      begin={begin}
                      chosen={key.id === chosen?.id}
                      choose={() => {
                        change({ use: key.id })
                        use.current?.focus()
                      }}
                    />
                  </li>
                ))}
              </ul>
            ) : (
              <Empty title={all.length > 0 ? 'None of your keys works any more' : 'You have no keys'}>
                <p>
                  With a key, your programs call models through Claviger, within limits that you can see here.
                </p>
                <CodeBlock
                  label="the command"
                  where="In a shell, with your own words for the capitals"
                  text={mayCreate ? CREATE_KEY : REQUEST_KEY}
                />
              </Empty>
            )
          }
        </Region>
      </Section>
      {chosen && (
        <Section
          title={`Use ${chosen.name}`}
          note="Texts to copy, with this address and a model that the key may call."
        >
          <div ref={use} tabIndex={-1} className={classes.use}>
            <Card>
              <div ref={watch} className={seen ? undefined : classes.unread}>
                {seen && <UseIt of={chosen} />}
              </div>
            </Card>
          </div>
        </Section>
      )}
      {dialogs}
    </Page>
  )
}

function leadOf(keys: Key[]): string {
  const working = keys.filter(({ state }) => state === 'active').length
  const stopped = keys.filter(({ state }) => state === 'suspended').length
  if (keys.length === 0) return 'Keys that are yours, what is left of each, and how to use it.'
  const works = `${count(working)} ${working === 1 ? 'key works' : 'keys work'}`
  return stopped > 0 ? `${works}, ${count(stopped)} ${stopped === 1 ? 'is' : 'are'} suspended.` : `${works}.`
}
