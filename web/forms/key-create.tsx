import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { deliveryCreate } from '../../src/contract/key-deliveries.ts'
import { keyCreate } from '../../src/contract/keys.ts'
import type { Input, Output } from '../../src/contract/operation.ts'
import { ownershipView } from '../../src/contract/ownership.ts'
import { q, useAct } from '../api.ts'
import type { Search } from '../search.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { useViewer } from '../viewer.ts'
import { type Expiry, ExpiryField, expiryAt } from './expiry.tsx'
import { fieldErrors } from './field-errors.ts'
import { AboutFields } from './key-create-about.tsx'
import { LimitFields, limitsOf, NO_LIMITS, PolicyFields } from './key-create-limits.tsx'
import { OwnerFields } from './key-create-owner.tsx'
import { PlaceFields } from './key-create-place.tsx'
import { MoreFields } from './MoreFields.tsx'
import { tagsOf } from './tags.ts'

const SHOWN = [
  'name',
  'environmentId',
  'userId',
  'serviceAccountId',
  'purpose',
  'application',
  'tags',
  'expiresAt',
  'budgets',
  'rateLimit',
  'policy',
]

export type Draft = ReturnType<typeof emptyDraft>
export type Change = (change: Partial<Draft>) => void

type Made = { key: Output<typeof keyCreate>['key']; secret: string | null }

/** A new key. Another person's is delivered: they alone ever see its secret. */
export function KeyCreate({
  opened,
  onClose,
  onMade,
  place,
}: {
  opened: boolean
  onClose: () => void
  onMade: (made: Made) => void
  /** Where it is to work, as far as the address says: `team`, `project`, `environment`. */
  place: Search
}) {
  const { user } = useViewer()
  const { data: ownership } = useQuery({ ...q(ownershipView, {}), enabled: opened, staleTime: 60_000 })
  const [draft, setDraft] = useState(() => emptyDraft(place))
  const create = useAct(keyCreate)
  const deliver = useAct(deliveryCreate)
  const error = create.error ?? deliver.error
  const { at, other } = fieldErrors(error, SHOWN)
  const change: Change = (change) => setDraft((draft) => ({ ...draft, ...change }))
  const done = (made: Made) => {
    setDraft(emptyDraft(place))
    create.reset()
    deliver.reset()
    onMade(made)
  }
  const close = () => {
    create.reset()
    deliver.reset()
    onClose()
  }
  const submit = () => {
    const body = bodyOf(draft)
    create.reset()
    deliver.reset()
    if (draft.owner === 'person' && draft.userId && draft.userId !== user?.id) {
      deliver.mutate(
        { input: { body: { ...body, userId: draft.userId } } },
        {
          onSuccess: ({ key }) => {
            toast(`${key.name} waits for its owner, who alone will see its secret.`)
            done({ key, secret: null })
          },
        },
      )
      return
    }
    const account =
      draft.owner === 'program' && draft.serviceAccountId ? { serviceAccountId: draft.serviceAccountId } : {}
    create.mutate({ input: { body: { ...body, ...account } } }, { onSuccess: done })
  }
  const anyLimitError = at('rateLimit') || at('policy')
  return (
    <FormPanel
      opened={opened}
      onClose={close}
      title="Create a key"
      act="Create key"
      pending={create.isPending || deliver.isPending}
      error={other}
      disabled={draft.environmentId === null}
      onSubmit={submit}
    >
      <AboutFields draft={draft} change={change} at={at} ownership={ownership} part="name" />
      <PlaceFields draft={draft} change={change} at={at} />
      <OwnerFields draft={draft} change={change} at={at} />
      <AboutFields draft={draft} change={change} at={at} ownership={ownership} part="rest" />
      <ExpiryField value={draft.expiry} onChange={(expiry) => change({ expiry })} error={at('expiresAt')} />
      <LimitFields draft={draft} change={change} at={at} />
      <MoreFields title="More limits: rates, models, addresses" wrong={anyLimitError !== undefined}>
        <PolicyFields draft={draft} change={change} at={at} />
      </MoreFields>
    </FormPanel>
  )
}

function emptyDraft({ team, project, environment }: Search) {
  return {
    name: '',
    teamId: team ?? null,
    projectId: project ?? null,
    environmentId: environment ?? (null as string | null),
    owner: 'me' as 'me' | 'person' | 'program',
    userId: null as string | null,
    serviceAccountId: null as string | null,
    purpose: '',
    application: '',
    /** By name: those that the organization asks for. */
    asked: {} as Record<string, string>,
    tags: [] as string[],
    expiry: { choice: '90', day: '', kept: null } as Expiry,
    ...NO_LIMITS,
  }
}

function bodyOf(draft: Draft): Input<typeof keyCreate>['body'] {
  const expiresAt = expiryAt(draft.expiry)
  const asked = Object.entries(draft.asked).filter(([, value]) => value.trim() !== '')
  return {
    name: draft.name.trim(),
    environmentId: draft.environmentId ?? '',
    ...(draft.purpose.trim() ? { purpose: draft.purpose.trim() } : {}),
    ...(draft.application.trim() ? { application: draft.application.trim() } : {}),
    tags: { ...tagsOf(draft.tags), ...Object.fromEntries(asked) },
    ...(expiresAt ? { expiresAt } : {}),
    ...limitsOf(draft),
  }
}
