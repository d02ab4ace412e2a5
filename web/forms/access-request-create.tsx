import { NumberInput, Radio, Select, Stack, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { accessRequestCreate } from '../../src/contract/access-requests.ts'
import { budgetList } from '../../src/contract/budgets.ts'
import { environmentList } from '../../src/contract/environments.ts'
import { keyList } from '../../src/contract/keys.ts'
import { modelList } from '../../src/contract/models.ts'
import { projectList } from '../../src/contract/projects.ts'
import { rateLimitList } from '../../src/contract/rate-limits.ts'
import { serviceAccountList } from '../../src/contract/service-accounts.ts'
import { teamList } from '../../src/contract/teams.ts'
import {
  ASKED_ROLES,
  ASKS_FOR,
  REQUEST_KINDS,
  type RequestKind,
  TARGETS,
  type Target,
} from '../../src/domain/access-request.ts'
import { allOf } from '../all.ts'
import { useAct } from '../api.ts'
import { count, usd } from '../format.ts'
import { useNames } from '../names.ts'
import { useAddress } from '../search.ts'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { inDays, MomentInput } from '../ui/MomentInput.tsx'
import { Problem } from '../ui/Region.tsx'
import { useGo } from '../ui/To.tsx'
import { useViewer } from '../viewer.ts'

/** What `?new=` may say beside the kinds themselves. */
const ALSO: Record<string, RequestKind> = { role: 'team' }

/**
 * Asks for something: `?new=model` opens it, and `projectId`, `keyId`, `budgetId`, `model` and so on in the address say what
 * it is about.
 */
export function AccessRequestCreate() {
  const [{ new: wanted, ...address }, setAddress] = useAddress()
  const kind = REQUEST_KINDS.find((one) => one === wanted) ?? ALSO[wanted ?? '']
  const act = useAct(accessRequestCreate)
  const go = useGo()
  const [asked, setAsked] = useState<Asked>({})
  const close = () => {
    act.reset()
    setAsked({})
    const about = [...TARGETS, 'model'].map((name) => [name, undefined])
    setAddress({ new: undefined, ...Object.fromEntries(about) })
  }
  const given = TARGETS.find((target) => address[target] !== undefined)
  const targets = asked.targets ?? (given ? { [given]: address[given] } : {})
  const { reason = '', targets: _, ...said } = asked
  const terms = kind === 'model' && address.model ? { models: [address.model], ...said } : said
  const submit = () => {
    if (kind === undefined) return
    act.mutate(
      { input: { body: { kind, reason, ...targets, ...termsToAsk(kind, terms) } } },
      {
        onSuccess: (request) => {
          toast(
            request.state === 'approved' ? 'Approved at once, by a rule.' : 'Asked. Whoever decides is told.',
          )
          setAsked({})
          go({ to: '/requests/$accessRequestId', params: { accessRequestId: request.id } })
        },
      },
    )
  }
  return (
    <FormPanel
      opened={kind !== undefined}
      onClose={close}
      title="Request something"
      act="Send the request"
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      {kind && (
        <>
          <Select
            label="What do you need?"
            allowDeselect={false}
            data={REQUEST_KINDS.map((value) => ({ value, label: capital(ASKS_FOR[value]) }))}
            value={kind}
            onChange={(next) => {
              setAsked({ reason })
              act.reset()
              setAddress({ new: next ?? undefined })
            }}
          />
          <About kind={kind} targets={targets} choose={(next) => setAsked({ ...asked, targets: next })} />
          <Terms
            key={kind}
            kind={kind}
            targets={targets}
            terms={terms}
            change={(more) => setAsked({ ...asked, ...more })}
          />
          <Textarea
            label="Why"
            description="Whoever decides reads this, and it is kept in the audit log."
            required
            autosize
            minRows={2}
            maxLength={1000}
            value={reason}
            onChange={({ currentTarget }) => setAsked({ ...asked, reason: currentTarget.value })}
          />
        </>
      )}
    </FormPanel>
  )
}

type Targets = Partial<Record<Target, string | undefined>>
type Told = {
  name?: string
  purpose?: string
  serviceAccountId?: string
  role?: (typeof ASKED_ROLES)[number]
  models?: string[]
  addUsd?: string
  addRequestsPerMinute?: number
  addTokensPerMinute?: number
  expiresAt?: string
  until?: string
}
type Asked = Told & { reason?: string; targets?: Targets }

/** What is not filled in is not asked for. Where an end is needed there is one from the start. */
function termsToAsk(kind: RequestKind, terms: Told): Told {
  const all: Told = { ...defaultsOf(kind), ...terms }
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== '' && value !== undefined && value !== 0),
  )
}

const A_WEEK = 7

function defaultsOf(kind: RequestKind): Told {
  if (kind === 'production' || kind === 'team') {
    return { role: 'viewer', ...(kind === 'production' ? { until: inDays(A_WEEK) } : {}) }
  }
  return kind === 'model' || kind === 'budget' || kind === 'rate' ? { until: inDays(A_WEEK) } : {}
}

/** What is asked about: the team, project, key or rule. */
function About({
  kind,
  targets,
  choose,
}: {
  kind: RequestKind
  targets: Targets
  choose: (targets: Targets) => void
}) {
  switch (kind) {
    case 'key':
      return <EnvironmentField value={targets.environmentId} choose={(id) => choose({ environmentId: id })} />
    case 'model':
      return <ModelPlace targets={targets} choose={choose} />
    case 'budget':
      return <BudgetField value={targets.budgetId} choose={(id) => choose({ budgetId: id })} />
    case 'rate':
      return <RateLimitField value={targets.rateLimitId} choose={(id) => choose({ rateLimitId: id })} />
    case 'production':
      return <ProjectField value={targets.projectId} choose={(id) => choose({ projectId: id })} />
    case 'team':
      return <TeamField value={targets.teamId} choose={(id) => choose({ teamId: id })} />
    case 'expiry':
      return <KeyField value={targets.keyId} choose={(id) => choose({ keyId: id })} />
  }
}

const PLACES = {
  keyId: 'One key',
  environmentId: 'An environment',
  projectId: 'A project',
  teamId: 'A whole team',
}
type ModelTarget = keyof typeof PLACES

function ModelPlace({ targets, choose }: { targets: Targets; choose: (targets: Targets) => void }) {
  const names = Object.keys(PLACES) as ModelTarget[]
  const [where, setWhere] = useState<ModelTarget>(
    () => names.find((name) => targets[name] !== undefined) ?? 'projectId',
  )
  const field = { value: targets[where], choose: (id: string) => choose({ [where]: id }) }
  return (
    <>
      <Radio.Group
        label="For"
        value={where}
        onChange={(next) => {
          setWhere(next as ModelTarget)
          choose({})
        }}
      >
        <Stack gap={6} mt={4}>
          {names.map((name) => (
            <Radio key={name} value={name} label={PLACES[name]} />
          ))}
        </Stack>
      </Radio.Group>
      {where === 'keyId' && <KeyField {...field} />}
      {where === 'environmentId' && <EnvironmentField {...field} />}
      {where === 'projectId' && <ProjectField {...field} />}
      {where === 'teamId' && <TeamField {...field} />}
    </>
  )
}

type FieldProps = { value: string | undefined; choose: (id: string) => void }

function Choice({
  label,
  value,
  choose,
  options,
  error,
  none,
}: FieldProps & {
  label: string
  options: { value: string; label: string }[] | undefined
  error: Error | null
  /** Said when there is nothing to choose from. */
  none: string
}) {
  if (error) return <Problem error={error} />
  return (
    <Select
      label={label}
      required
      searchable
      limit={100}
      nothingFoundMessage="Nothing like that"
      {...(options?.length === 0 ? { error: none } : {})}
      data={options ?? []}
      value={value ?? null}
      onChange={(next) => next && choose(next)}
    />
  )
}

function EnvironmentField(field: FieldProps) {
  const { data, error } = useQuery(allOf(environmentList, { query: {} }))
  const nameOf = useNames(data?.map(({ projectId }) => projectId) ?? [])
  const options = data
    ?.filter(({ archivedAt }) => archivedAt === null)
    .map(({ id, projectId, name, kind }) => ({
      value: id,
      label: `${nameOf(projectId)} / ${name}${kind === 'production' ? ' (PRODUCTION)' : ''}`,
    }))
  const none = 'You see no environment yet: ask for a role in a team first.'
  return <Choice {...field} label="Environment" options={options} error={error} none={none} />
}

function ProjectField(field: FieldProps) {
  const { data, error } = useQuery(allOf(projectList, { query: {} }))
  const nameOf = useNames(data?.map(({ teamId }) => teamId) ?? [])
  const options = data
    ?.filter(({ archivedAt }) => archivedAt === null)
    .map(({ id, teamId, name }) => ({ value: id, label: `${nameOf(teamId)} / ${name}` }))
  const none = 'You see no project yet: ask for a role in a team first.'
  return <Choice {...field} label="Project" options={options} error={error} none={none} />
}

function TeamField(field: FieldProps) {
  const { data, error } = useQuery(allOf(teamList, { query: {} }))
  const options = data
    ?.filter(({ archivedAt }) => archivedAt === null)
    .map(({ id, name }) => ({ value: id, label: name }))
  return <Choice {...field} label="Team" options={options} error={error} none="There is no team yet." />
}

function KeyField(field: FieldProps) {
  const { data, error } = useQuery(allOf(keyList, { query: {} }))
  const nameOf = useNames(data?.map(({ projectId }) => projectId) ?? [])
  const options = data
    ?.filter(({ state }) => state === 'active' || state === 'suspended')
    .map(({ id, name, projectId, environmentKind }) => ({
      value: id,
      label: `${name} (${nameOf(projectId)}, ${environmentKind})`,
    }))
  return <Choice {...field} label="Key" options={options} error={error} none="You see no key." />
}

function BudgetField(field: FieldProps) {
  const { data, error } = useQuery(allOf(budgetList, { query: {} }))
  const nameOf = useNames(data?.map(({ scope }) => scope.id) ?? [])
  // Of the others nobody could approve a raise: see `requireRaisable` in the API.
  const options = data
    ?.filter(
      ({ scope, period, perMember }) => scope.type !== 'organization' && period !== 'credits' && !perMember,
    )
    .map(({ id, name, scope, limitUsd }) => ({
      value: id,
      label: `${name} (${nameOf(scope.id)}, ${usd(limitUsd)})`,
    }))
  return <Choice {...field} label="Budget" options={options} error={error} none="You see no budget." />
}

function RateLimitField(field: FieldProps) {
  const { data, error } = useQuery(allOf(rateLimitList, { query: {} }))
  const nameOf = useNames(data?.map(({ scope }) => scope.id) ?? [])
  const options = data
    ?.filter(({ scope }) => scope.type !== 'organization')
    .map(({ id, scope, requestsPerMinute, tokensPerMinute }) => {
      const limits = [
        requestsPerMinute === null ? null : `${count(requestsPerMinute)} calls a minute`,
        tokensPerMinute === null ? null : `${count(tokensPerMinute)} tokens a minute`,
      ].filter((limit) => limit !== null)
      return { value: id, label: `${nameOf(scope.id)}: ${limits.join(', ')}` }
    })
  return (
    <Choice {...field} label="Rate limit" options={options} error={error} none="You see no rate limit." />
  )
}

type TermsProps = { terms: Told; change: (more: Told) => void }

function Terms({ kind, targets, terms, change }: TermsProps & { kind: RequestKind; targets: Targets }) {
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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
