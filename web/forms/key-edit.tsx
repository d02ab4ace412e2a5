import { TagsInput, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { keyUpdate, keyView } from '../../src/contract/keys.ts'
import { ownershipView } from '../../src/contract/ownership.ts'
import { q, useAct } from '../api.ts'
import { AsOpened, type Draft } from '../as-opened.tsx'
import { day } from '../format.ts'
import type { Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { type Expiry, ExpiryField, expiryAt, expiryOf, WORKS_FOR } from './expiry.tsx'
import { fieldErrors } from './field-errors.ts'
import { tagsOf, textsOf } from './tags.ts'

type Props = { of: Key; onClose: () => void }

/** What a key says of itself, and until when it works; mount it when it is opened. */
export function KeyEdit({ of: key, onClose }: Props) {
  const { data: read } = useQuery(q(keyView, { params: { keyId: key.id } }))
  // What was read before the key that is given is older than it.
  const now = read && read.version > key.version ? read : key
  return (
    <AsOpened now={now} fields={fieldsOf} labels={LABELS}>
      {(form) => <Form form={form} onClose={onClose} />}
    </AsOpened>
  )
}

function fieldsOf({ name, purpose, application, tags, expiresAt }: Key) {
  return {
    name,
    purpose: purpose ?? '',
    application: application ?? '',
    tags: textsOf(tags),
    expiresAt: expiryOf(expiresAt),
  }
}

const LABELS = {
  name: 'Name',
  purpose: 'Purpose',
  application: 'Application',
  tags: 'Tags',
  expiresAt: { label: WORKS_FOR, says: (expiry: Expiry) => whenOf(expiryAt(expiry)) },
}

function whenOf(expiresAt: string | null): string {
  return expiresAt === null ? 'no end' : `until ${day(expiresAt)}`
}

type FormProps = { form: Draft<Key, ReturnType<typeof fieldsOf>>; onClose: () => void }

function Form({ form, onClose }: FormProps) {
  const { data: ownership } = useQuery({ ...q(ownershipView, {}), staleTime: 60_000 })
  const { thing: key, set, changed, only } = form
  const { name, purpose, application, tags, expiresAt } = form.fields
  const update = useAct(keyUpdate)
  const { at: errors, other } = fieldErrors(update.error, [
    'name',
    'purpose',
    'application',
    'tags',
    'expiresAt',
  ])
  const final = key.state === 'revoked' || key.state === 'expired'
  const submit = () =>
    update.mutate(
      {
        ifMatch: key.version,
        input: {
          params: { keyId: key.id },
          body: only({
            name: name.trim(),
            purpose: purpose.trim() || null,
            application: application.trim() || null,
            tags: tagsOf(tags),
            expiresAt: expiryAt(expiresAt),
          }),
        },
      },
      {
        onSuccess: () => {
          toast('Saved.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Edit ${key.name}`}
      act="Save"
      pending={update.isPending}
      error={other}
      disabled={!changed}
      onSubmit={submit}
    >
      <TextInput
        label={LABELS.name}
        required
        data-autofocus
        maxLength={120}
        value={name}
        error={errors('name')}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Textarea
        label={LABELS.purpose}
        required={ownership?.requirePurpose ?? false}
        maxLength={500}
        autosize
        value={purpose}
        error={errors('purpose')}
        onChange={(event) => set({ purpose: event.currentTarget.value })}
      />
      <TextInput
        label={LABELS.application}
        required={ownership?.requireApplication ?? false}
        maxLength={200}
        value={application}
        error={errors('application')}
        onChange={(event) => set({ application: event.currentTarget.value })}
      />
      <TagsInput
        label={LABELS.tags}
        description={tagsNote(ownership?.requiredTags)}
        value={tags}
        error={errors('tags')}
        onChange={(next) => set({ tags: next })}
        splitChars={[',', ' ']}
      />
      {!final && (
        <ExpiryField
          value={expiresAt}
          onChange={(next) => set({ expiresAt: next })}
          error={errors('expiresAt')}
        />
      )}
    </FormPanel>
  )
}

export function tagsNote(required: string[] = []): string {
  const asked = required.length > 0 ? ` Asked of every key: ${required.join(', ')}.` : ''
  return `Such as cost-center=42, one after another.${asked}`
}
