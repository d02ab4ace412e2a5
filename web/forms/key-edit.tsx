import { TagsInput, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { keyUpdate, keyView } from '../../src/contract/keys.ts'
import { ownershipView } from '../../src/contract/ownership.ts'
import { q, useAct } from '../api.ts'
import { AsOpened } from '../as-opened.tsx'
import type { Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { ExpiryField, expiryAt, expiryOf } from './expiry.tsx'
import { fieldErrors } from './field-errors.ts'
import { tagsOf, textsOf } from './tags.ts'

type Props = { of: Key; onClose: () => void }

/** What a key says of itself, and until when it works; mount it when it is opened. */
export function KeyEdit({ of: key, onClose }: Props) {
  const { data: read } = useQuery(q(keyView, { params: { keyId: key.id } }))
  // What was read before the key that is given is older than it.
  const now = read && read.version > key.version ? read : key
  return <AsOpened now={now}>{(key) => <Form of={key} onClose={onClose} />}</AsOpened>
}

function Form({ of: key, onClose }: Props) {
  const { data: ownership } = useQuery({ ...q(ownershipView, {}), staleTime: 60_000 })
  const [name, setName] = useState(key.name)
  const [purpose, setPurpose] = useState(key.purpose ?? '')
  const [application, setApplication] = useState(key.application ?? '')
  const [tags, setTags] = useState(textsOf(key.tags))
  const [expiry, setExpiry] = useState(expiryOf(key.expiresAt))
  const update = useAct(keyUpdate)
  const { at: errors, other } = fieldErrors(update.error, [
    'name',
    'purpose',
    'application',
    'tags',
    'expiresAt',
  ])
  const final = key.state === 'revoked' || key.state === 'expired'
  const submit = () => {
    const expiresAt = expiryAt(expiry)
    const changed = expiresAt !== key.expiresAt && !final
    update.mutate(
      {
        ifMatch: key.version,
        input: {
          params: { keyId: key.id },
          body: {
            name: name.trim(),
            purpose: purpose.trim() || null,
            application: application.trim() || null,
            tags: tagsOf(tags),
            ...(changed ? { expiresAt } : {}),
          },
        },
      },
      {
        onSuccess: () => {
          toast('Saved.')
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Edit ${key.name}`}
      act="Save"
      pending={update.isPending}
      error={other}
      onSubmit={submit}
    >
      <TextInput
        label="Name"
        required
        data-autofocus
        maxLength={120}
        value={name}
        error={errors('name')}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label="Purpose"
        required={ownership?.requirePurpose ?? false}
        maxLength={500}
        autosize
        value={purpose}
        error={errors('purpose')}
        onChange={(event) => setPurpose(event.currentTarget.value)}
      />
      <TextInput
        label="Application"
        required={ownership?.requireApplication ?? false}
        maxLength={200}
        value={application}
        error={errors('application')}
        onChange={(event) => setApplication(event.currentTarget.value)}
      />
      <TagsInput
        label="Tags"
        description={tagsNote(ownership?.requiredTags)}
        value={tags}
        error={errors('tags')}
        onChange={setTags}
        splitChars={[',', ' ']}
      />
      {!final && <ExpiryField value={expiry} onChange={setExpiry} error={errors('expiresAt')} />}
    </FormPanel>
  )
}

export function tagsNote(required: string[] = []): string {
  const asked = required.length > 0 ? ` Asked of every key: ${required.join(', ')}.` : ''
  return `Such as cost-center=42, one after another.${asked}`
}
