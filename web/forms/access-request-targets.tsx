import { useQuery } from '@tanstack/react-query'
import { budgetList } from '../../src/contract/budgets.ts'
import { environmentList } from '../../src/contract/environments.ts'
import { keyList } from '../../src/contract/keys.ts'
import { projectList } from '../../src/contract/projects.ts'
import { rateLimitList } from '../../src/contract/rate-limits.ts'
import { teamList } from '../../src/contract/teams.ts'
import { allOf } from '../all.ts'
import { count, usd } from '../format.ts'
import { useNames } from '../names.ts'
import { Problem } from '../ui/Region.tsx'
import { Select } from '../ui/Select.tsx'

/** One thing that a request is about, chosen from those that the viewer sees: its id. */
type FieldProps = { value: string | undefined; choose: (id: string) => void }

export function EnvironmentField(field: FieldProps) {
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

export function ProjectField(field: FieldProps) {
  const { data, error } = useQuery(allOf(projectList, { query: {} }))
  const nameOf = useNames(data?.map(({ teamId }) => teamId) ?? [])
  const options = data
    ?.filter(({ archivedAt }) => archivedAt === null)
    .map(({ id, teamId, name }) => ({ value: id, label: `${nameOf(teamId)} / ${name}` }))
  const none = 'You see no project yet: ask for a role in a team first.'
  return <Choice {...field} label="Project" options={options} error={error} none={none} />
}

export function TeamField(field: FieldProps) {
  const { data, error } = useQuery(allOf(teamList, { query: {} }))
  const options = data
    ?.filter(({ archivedAt }) => archivedAt === null)
    .map(({ id, name }) => ({ value: id, label: name }))
  return <Choice {...field} label="Team" options={options} error={error} none="There is no team yet." />
}

export function KeyField(field: FieldProps) {
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

export function BudgetField(field: FieldProps) {
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

export function RateLimitField(field: FieldProps) {
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
