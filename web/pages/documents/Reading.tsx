import { Button, Checkbox, Radio, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiError } from '../../../src/contract/client.ts'
import { documentAcknowledge, documentDue, documentView } from '../../../src/contract/documents.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { q, useAct } from '../../api.ts'
import { count, day } from '../../format.ts'
import { toast } from '../../ui/announce.tsx'
import { Markdown } from '../../ui/Markdown.tsx'
import { Card, Page } from '../../ui/Page.tsx'
import { Empty, Problem, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import classes from './documents.module.css'

type Readable = Output<typeof documentView>
type Answers = number[][]

const ABOVE = [{ title: 'Training', to: '/documents' as const }]

/** One document as a person reads it, answers its questions and acknowledges it. */
export function Reading({ documentId }: { documentId: string }) {
  const found = useQuery(q(documentView, { params: { documentId } }))
  const due = useQuery(q(documentDue, {}))
  const { document, body } = found.data ?? {}
  const waiting = due.data?.data.find((one) => one.documentId === documentId)
  // A newer version came while they read: its form is another one, so this is said beside it.
  const [replaced, setReplaced] = useState(false)
  const onReplaced = () => {
    setReplaced(true)
    found.refetch()
  }
  return (
    <Page
      title={document?.title ?? 'Document'}
      above={ABOVE}
      lead={found.data && leadOf(waiting, due.isSuccess)}
    >
      <Region of={found} rows={8}>
        {(readable) =>
          document && body !== null && body !== undefined ? (
            <Card>
              {replaced && (
                <div role="alert" className={classes.again}>
                  There is a new version of this text. Please read this one.
                </div>
              )}
              <Markdown>{withoutTitle(body, document.title)}</Markdown>
              {document.archivedAt === null && (
                <Acknowledge
                  key={document.current?.number}
                  readable={readable}
                  again={!waiting}
                  onReplaced={onReplaced}
                />
              )}
            </Card>
          ) : (
            <Empty title="Nothing of it is published yet">
              <p>It concerns nobody until somebody publishes a version.</p>
            </Empty>
          )
        }
      </Region>
    </Page>
  )
}

type Due = Output<typeof documentDue>['data'][number]

function leadOf(waiting: Due | undefined, known: boolean): string | undefined {
  if (!known) return undefined
  if (waiting === undefined)
    return 'This does not wait for you: you have acknowledged it, or it is for others.'
  const { overdue, dueBy } = waiting
  if (dueBy === null) return 'Read it when you have time, and acknowledge it at the end.'
  return overdue
    ? 'You need it before you create or rotate a key.'
    : `Read and acknowledge it by ${day(dueBy)}. After that you create and rotate no key without it.`
}

function Acknowledge({
  readable,
  again,
  onReplaced,
}: {
  readable: Readable
  again: boolean
  onReplaced: () => void
}) {
  const { document, questions } = readable
  const act = useAct(documentAcknowledge)
  const [answers, setAnswers] = useState<Answers>(() => questions.map(() => []))
  const [done, setDone] = useState<Output<typeof documentAcknowledge> | null>(null)
  const unanswered = answers.filter((answer) => answer.length === 0).length
  const submit = (event: FormEvent) => {
    event.preventDefault()
    act.mutate(
      {
        input: {
          params: { documentId: document.id },
          body: { versionNumber: document.current?.number ?? 1, answers },
        },
      },
      {
        onSuccess: (result) => {
          setDone(result)
          if (result.passed) toast('Thank you. It is noted that you have read this.')
        },
        onError: (error) => {
          if (error instanceof ApiError && error.code === 'conflict') onReplaced()
        },
      },
    )
  }
  if (done?.passed) return <Thanks expiresAt={done.expiresAt} />
  const answer = (place: number, chosen: number[]) =>
    setAnswers(answers.map((one, index) => (index === place ? chosen : one)))
  return (
    <form onSubmit={submit} className={classes.answers}>
      {questions.length > 0 && (
        <h2>{questions.length === 1 ? 'One question' : `${count(questions.length)} questions`}</h2>
      )}
      {questions.map((question, place) => (
        <Question
          // Questions have no other name than their place in the version.
          key={place}
          question={question}
          chosen={answers[place] ?? []}
          choose={(chosen) => answer(place, chosen)}
        />
      ))}
      {done && !done.passed && (
        <div role="alert" className={classes.again}>
          {done.scorePercent} % of your answers were right, and it takes {done.passPercent} %. Read the text
          once more, then try again.
        </div>
      )}
      <Problem error={act.error} />
      <div>
        <Button type="submit" loading={act.isPending} disabled={unanswered > 0}>
          {questions.length > 0 ? 'Send my answers' : 'I have read this and will keep to it'}
        </Button>
      </div>
      <p className="muted">
        {unanswered > 0
          ? `${count(unanswered)} ${unanswered === 1 ? 'question is' : 'questions are'} still open.`
          : questions.length > 0
            ? 'By sending them you say that you have read this and will keep to it.'
            : again && 'If you have acknowledged it already, this counts its validity from today.'}
      </p>
    </form>
  )
}

function Question({
  question: { question, options, several },
  chosen,
  choose,
}: {
  question: Readable['questions'][number]
  chosen: number[]
  choose: (chosen: number[]) => void
}) {
  const places = options.map((option, place) => ({ option, value: String(place) }))
  if (several) {
    return (
      <Checkbox.Group
        label={question}
        description="More than one is right."
        value={chosen.map(String)}
        onChange={(next) => choose(next.map(Number).sort((one, other) => one - other))}
      >
        <Stack gap="xs" mt="xs">
          {places.map(({ option, value }) => (
            <Checkbox key={value} value={value} label={option} />
          ))}
        </Stack>
      </Checkbox.Group>
    )
  }
  return (
    <Radio.Group
      label={question}
      value={chosen.length === 0 ? null : String(chosen[0])}
      onChange={(next) => choose([Number(next)])}
    >
      <Stack gap="xs" mt="xs">
        {places.map(({ option, value }) => (
          <Radio key={value} value={value} label={option} />
        ))}
      </Stack>
    </Radio.Group>
  )
}

function Thanks({ expiresAt }: { expiresAt: string | null }) {
  return (
    <div className={classes.answers} role="status">
      <h2>Thank you</h2>
      <p>
        It is noted that you have read this.
        {expiresAt !== null && ` It lasts until ${day(expiresAt)}, and you are reminded before.`}
      </p>
      <To to="/documents">What else there is to read</To>
    </div>
  )
}

/** A text that begins with its own title does not show it twice. */
function withoutTitle(body: string, title: string): string {
  const [first = '', ...rest] = body.split('\n')
  return first.replace(/^#\s+/, '').trim() === title ? rest.join('\n') : body
}
