import { ActionIcon, Button, Checkbox, NumberInput, Stack, Tabs, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { documentPublish, documentView } from '../../src/contract/documents.ts'
import type { Output } from '../../src/contract/operation.ts'
import { q, useAct } from '../api.ts'
import { AsOpened, type Draft } from '../as-opened.tsx'
import type { Document } from '../pages/documents/Documents.tsx'
import classes from '../pages/documents/documents.module.css'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Markdown } from '../ui/Markdown.tsx'
import { Region } from '../ui/Region.tsx'

type Question = { question: string; options: string[]; correct: number[] }

/** Puts a new version of a document in force. It begins with the text that is in force now. */
export function DocumentPublish({ document, onClose }: { document: Document; onClose: () => void }) {
  const found = useQuery({
    ...q(documentView, { params: { documentId: document.id } }),
    // Each time it is opened it begins with what is in force then.
    gcTime: 0,
  })
  if (found.data) {
    return (
      <AsOpened
        now={{ ...found.data, version: found.data.document.version }}
        fields={fieldsOf}
        labels="whole"
      >
        {(form) => <Form form={form} onClose={onClose} />}
      </AsOpened>
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Publish a new version"
      act="Publish"
      pending={false}
      error={null}
      disabled
      onSubmit={() => {}}
    >
      <Region of={found}>{() => null}</Region>
    </FormPanel>
  )
}

type InForce = Output<typeof documentView> & { version: number }
type Text = { body: string; questions: Question[]; passPercent: number }

/** It begins with the text in force. Which options are right is told to nobody, so it is said again. */
function fieldsOf({ document, body, questions }: InForce): Text {
  return {
    body: body ?? '',
    questions: questions.map(({ question, options }) => ({ question, options, correct: [] })),
    passPercent: document.current?.passPercent ?? 80,
  }
}

function Form({ form, onClose }: { form: Draft<InForce, Text>; onClose: () => void }) {
  const act = useAct(documentPublish)
  const { document, version } = form.thing
  const { body, questions, passPercent } = form.fields
  const setQuestions = (questions: Question[]) => form.set({ questions })
  const unmarked = questions.some(({ correct }) => correct.length === 0)
  const change = (place: number, question: Question | null) =>
    setQuestions(questions.flatMap((one, index) => (index !== place ? [one] : question ? [question] : [])))
  const submit = () =>
    act.mutate(
      {
        input: { params: { documentId: document.id }, body: { body, quiz: questions, passPercent } },
        ifMatch: version,
      },
      {
        onSuccess: () => {
          toast('In force. Everybody whom it concerns reads it again.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Publish version ${(document.current?.number ?? 0) + 1} of ${document.title}`}
      act="Publish"
      pending={act.isPending}
      error={act.error}
      disabled={unmarked || body.trim() === ''}
      onSubmit={submit}
    >
      <Tabs defaultValue="write">
        <Tabs.List aria-label="Write or look at it">
          <Tabs.Tab value="write">Write</Tabs.Tab>
          <Tabs.Tab value="look">Look at it</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="write" pt="sm">
          <Textarea
            label="Text, in Markdown"
            description="Headings, lists, quotes, code, bold, italics and links. HTML is shown as text."
            required
            autosize
            minRows={10}
            maxRows={24}
            maxLength={100_000}
            value={body}
            onChange={({ currentTarget }) => form.set({ body: currentTarget.value })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="look" pt="sm">
          <Markdown>{body}</Markdown>
        </Tabs.Panel>
      </Tabs>
      {questions.map((question, place) => (
        <QuestionFields
          key={place}
          place={place}
          question={question}
          change={(next) => change(place, next)}
        />
      ))}
      <div>
        <Button
          variant="default"
          onClick={() => setQuestions([...questions, { question: '', options: ['', ''], correct: [] }])}
        >
          Add a question
        </Button>
      </div>
      {questions.length > 0 && (
        <NumberInput
          label="To pass, in percent"
          min={0}
          max={100}
          value={passPercent}
          onChange={(value) => form.set({ passPercent: Number(value) })}
        />
      )}
      {unmarked && <p className="muted">Mark what is right in each question: it is never shown again.</p>}
    </FormPanel>
  )
}

function QuestionFields({
  place,
  question: { question, options, correct },
  change,
}: {
  place: number
  question: Question
  change: (question: Question | null) => void
}) {
  const title = `Question ${place + 1}`
  const set = (more: Partial<Question>) => change({ question, options, correct, ...more })
  return (
    <fieldset className={classes.question}>
      <legend>{title}</legend>
      <TextInput
        label="Question"
        required
        maxLength={500}
        value={question}
        onChange={({ currentTarget }) => set({ question: currentTarget.value })}
      />
      <Stack gap={6}>
        {options.map((option, index) => (
          <div key={index} className={classes.option}>
            <Checkbox
              aria-label={`Option ${index + 1} is right`}
              checked={correct.includes(index)}
              onChange={({ currentTarget }) =>
                set({
                  correct: currentTarget.checked
                    ? [...correct, index].sort((one, other) => one - other)
                    : correct.filter((one) => one !== index),
                })
              }
            />
            <TextInput
              aria-label={`Option ${index + 1}`}
              required
              maxLength={500}
              value={option}
              onChange={({ currentTarget }) =>
                set({ options: options.map((one, at) => (at === index ? currentTarget.value : one)) })
              }
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove option ${index + 1}`}
              disabled={options.length <= 2}
              onClick={() =>
                set({
                  options: options.filter((_, at) => at !== index),
                  correct: correct.filter((one) => one !== index).map((one) => (one > index ? one - 1 : one)),
                })
              }
            >
              <X size={16} aria-hidden />
            </ActionIcon>
          </div>
        ))}
      </Stack>
      <div>
        <Button
          size="compact-sm"
          variant="subtle"
          disabled={options.length >= 10}
          onClick={() => set({ options: [...options, ''] })}
        >
          Add an option
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={() => change(null)}>
          Remove {title.toLowerCase()}
        </Button>
      </div>
    </fieldset>
  )
}
