import { Button, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { projectList } from '../../../src/contract/projects.ts'
import { serviceAccountList } from '../../../src/contract/service-accounts.ts'
import { teamList } from '../../../src/contract/teams.ts'
import { userList } from '../../../src/contract/users.ts'
import { allOf } from '../../all.ts'
import { useNames } from '../../names.ts'
import type { Search } from '../../search.ts'
import { TextFilter } from '../../ui/TextFilter.tsx'
import { useViewer } from '../../viewer.ts'
import classes from './access-log.module.css'
import { CALL_FILTERS, DEFAULT_RANGE, RANGES } from './call-query.ts'

type Change = (change: Record<string, string | undefined>) => void

const NONE = Object.fromEntries(CALL_FILTERS.map((name) => [name, undefined]))

const OUTCOMES = [
  { value: 'ok', label: 'Succeeded' },
  { value: 'failed', label: 'Failed or refused' },
]

/** Which calls are shown. Of one key, what is about its place is left out. */
export function CallFilters({ search, change, ofKey }: { search: Search; change: Change; ofKey: boolean }) {
  const { somewhere } = useViewer()
  const nameOf = useNames([search.key])
  const teams = useQuery({ ...allOf(teamList, {}), enabled: !ofKey && somewhere('team:read') })
  const projects = useQuery({ ...allOf(projectList, {}), enabled: !ofKey && somewhere('project:read') })
  const people = useQuery({ ...allOf(userList, {}), enabled: !ofKey && somewhere('user:read') })
  const programs = useQuery({
    ...allOf(serviceAccountList, {}),
    enabled: !ofKey && somewhere('service-account:read'),
  })
  const inTeam = (projects.data ?? []).filter(({ teamId }) => !search.team || teamId === search.team)
  const callers = [
    { group: 'People', items: named(people.data) },
    { group: 'Service accounts', items: named(programs.data) },
  ].filter(({ items }) => items.length > 0)
  const set = CALL_FILTERS.some((name) => search[name] && !(ofKey && name === 'key'))
  return (
    <search className={classes.bar} aria-label="Filter calls">
      <Select
        className={classes.field ?? ''}
        aria-label="Range"
        data={RANGES}
        allowDeselect={false}
        value={search.range ?? DEFAULT_RANGE}
        onChange={(range) => change({ range: range ?? undefined, from: undefined, to: undefined })}
      />
      {search.range === 'custom' && (
        <>
          <Day label="First day" value={search.from} onChange={(from) => change({ from })} />
          <Day label="Last day" value={search.to} onChange={(to) => change({ to })} />
        </>
      )}
      {!ofKey && (
        <>
          <Choice
            label="Team"
            all="Any team"
            value={search.team}
            data={named(teams.data)}
            onChange={(team) => change({ team, project: undefined })}
          />
          <Choice
            label="Project"
            all="Any project"
            value={search.project}
            data={named(inTeam)}
            onChange={(project) => change({ project })}
          />
          <Choice
            label="Owner"
            all="Any owner"
            value={search.user}
            data={callers}
            onChange={(user) => change({ user })}
          />
        </>
      )}
      <Choice
        label="Outcome"
        all="Any outcome"
        value={search.outcome}
        data={OUTCOMES}
        onChange={(outcome) => change({ outcome })}
      />
      <TextFilter
        className={classes.field}
        label="Model"
        hint="Model begins with"
        value={search.model}
        onChange={(model) => change({ model })}
      />
      <TextFilter
        className={classes.field}
        label="Status"
        hint="Status, such as 429"
        value={search.status}
        onChange={(status) => change({ status })}
      />
      <TextFilter
        className={classes.field}
        label="Address"
        hint="From address"
        value={search.ip}
        onChange={(ip) => change({ ip })}
      />
      <TextFilter
        className={classes.field}
        label="Request id"
        hint="Request id"
        value={search.request}
        onChange={(request) => change({ request })}
      />
      {!ofKey && search.key && (
        <Button
          variant="default"
          onClick={() => change({ key: undefined })}
          aria-label={`Key ${nameOf(search.key)}: take this filter away`}
        >
          Key: {nameOf(search.key)} ×
        </Button>
      )}
      {set && (
        <Button variant="subtle" onClick={() => change(NONE)}>
          Clear filters
        </Button>
      )}
    </search>
  )
}

type Named = { value: string; label: string }

function Choice({
  label,
  all,
  value,
  data,
  onChange,
}: {
  label: string
  all: string
  value: string | undefined
  data: Named[] | { group: string; items: Named[] }[]
  onChange: (value: string | undefined) => void
}) {
  return (
    <Select
      className={classes.field ?? ''}
      aria-label={label}
      placeholder={all}
      data={data}
      value={value ?? null}
      searchable
      clearable
      limit={100}
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
      nothingFoundMessage="Nothing is called that."
      onChange={(value) => onChange(value ?? undefined)}
    />
  )
}

function Day({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  return (
    <TextInput
      type="date"
      className={classes.field ?? ''}
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  )
}

function named(items: { id: string; name: string }[] | undefined): Named[] {
  return (items ?? []).map(({ id, name }) => ({ value: id, label: name }))
}
