import { NumberInput, Radio, Stack, TagsInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { environmentList } from '../../src/contract/environments.ts'
import { modelList } from '../../src/contract/models.ts'
import { serviceAccountList } from '../../src/contract/service-accounts.ts'
import { ASKED_ROLES, type RequestKind } from '../../src/domain/access-request.ts'
import { allOf } from '../all.ts'
import { MomentInput } from '../ui/MomentInput.tsx'
import { Select } from '../ui/Select.tsx'
import { useViewer } from '../viewer.ts'
import { defaultsOf, type Targets, type Told } from './access-request-asked.ts'

type TermsProps = { terms: Told; change: (more: Told) => void }

/** How much of it, and until when: other fields for each kind. */
export function Terms({
  kind,
  targets,
  terms,
  change,
}: TermsProps & { kind: RequestKind; targets: Targets }) {
  const all = { ...defaultsOf(kind), ...terms }
  const props = { terms: all, change }
  switch (kind) {
    case 'key':
      return (
        <>
          <KeyTerms {...props} environmentId={targets.environmentId} />
          <Until {...props} />
        </>
      )
    case 'model':
      return (
        <>
          <ModelTerms {...props} />
          <Until {...props} required />
        </>
      )
    case 'budget':
      return (
        <>
          <TextInput
            label="How much more, in USD"
            description="For each of the budget’s periods, until the end below."
            required
            inputMode="decimal"
            value={all.addUsd ?? ''}
            onChange={({ currentTarget }) => change({ addUsd: currentTarget.value.trim() })}
          />
          <Until {...props} required />
        </>
      )
    case 'rate':
      return (
        <>
          <NumberInput
            label="More calls a minute"
            min={1}
            value={all.addRequestsPerMinute ?? ''}
            onChange={(value) => change({ addRequestsPerMinute: numberOf(value) })}
          />
          <NumberInput
            label="More tokens a minute"
            min={1}
            value={all.addTokensPerMinute ?? ''}
            onChange={(value) => change({ addTokensPerMinute: numberOf(value) })}
          />
          <Until {...props} required />
        </>
      )
    case 'production':
    case 'team':
      return (
        <>
          <RoleTerms {...props} />
          <Until {...props} required={kind === 'production'} />
        </>
      )
    case 'expiry':
      return (
        <MomentInput
          label="New end of the key"
          required
          min={new Date().toISOString()}
          value={all.expiresAt ?? ''}
          onChange={(expiresAt) => change({ expiresAt })}
        />
      )
  }
}

function KeyTerms({ terms, change, environmentId }: TermsProps & { environmentId: string | undefined }) {
  const { user } = useViewer()
  const environments = useQuery(allOf(environmentList, { query: {} })).data
  const projectId = environments?.find(({ id }) => id === environmentId)?.projectId
  const programs = useQuery({
    ...allOf(serviceAccountList, { query: { projectId } }),
    enabled: projectId !== undefined,
  }).data?.filter(({ ownerUserId, deactivatedAt }) => ownerUserId === user?.id && deactivatedAt === null)
  return (
    <>
      <TextInput
        label="Name of the key"
        required
        maxLength={120}
        value={terms.name ?? ''}
        onChange={({ currentTarget }) => change({ name: currentTarget.value })}
      />
      <TextInput
        label="What it is for"
        maxLength={500}
        value={terms.purpose ?? ''}
        onChange={({ currentTarget }) => change({ purpose: currentTarget.value })}
      />
      {programs && programs.length > 0 && (
        <Select
          label="Whose key it is to be"
          placeholder="Mine"
          clearable
          data={programs.map(({ id, name }) => ({ value: id, label: name }))}
          value={terms.serviceAccountId ?? null}
          onChange={(next) => change({ serviceAccountId: next ?? '' })}
        />
      )}
    </>
  )
}

function ModelTerms({ terms, change }: TermsProps) {
  const { data } = useQuery(allOf(modelList, { query: {} }))
  return (
    <TagsInput
      label="Models"
      description="As callers write them. A * stands for any run of characters: claude-*"
      required
      maxTags={50}
      data={[...new Set(data?.map(({ name }) => name) ?? [])]}
      value={terms.models ?? []}
      onChange={(models) => change({ models })}
    />
  )
}

const ROLE_WORDS: Record<(typeof ASKED_ROLES)[number], string> = {
  viewer: 'Viewer: see what is there, and use keys',
  builder: 'Builder: create keys and programs as well',
}

function RoleTerms({ terms, change }: TermsProps) {
  return (
    <Radio.Group
      label="To be able to"
      value={terms.role ?? 'viewer'}
      onChange={(role) => change({ role: role as (typeof ASKED_ROLES)[number] })}
    >
      <Stack gap={6} mt={4}>
        {ASKED_ROLES.map((role) => (
          <Radio key={role} value={role} label={ROLE_WORDS[role]} />
        ))}
      </Stack>
    </Radio.Group>
  )
}

function Until({ terms, change, required = false }: TermsProps & { required?: boolean }) {
  return (
    <MomentInput
      label="Until"
      description={
        required
          ? 'It is taken back then, by itself.'
          : 'It is taken back then, by itself. Without, it stays.'
      }
      required={required}
      min={new Date().toISOString()}
      value={terms.until ?? ''}
      onChange={(until) => change({ until })}
    />
  )
}

function numberOf(value: string | number): number {
  return typeof value === 'number' ? value : Number(value)
}
