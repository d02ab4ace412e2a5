import { Button, Select, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { projectList } from '../../../src/contract/projects.ts'
import { serviceAccountList } from '../../../src/contract/service-accounts.ts'
import { teamList } from '../../../src/contract/teams.ts'
import { userList } from '../../../src/contract/users.ts'
import { allOf } from '../../all.ts'
import type { Search } from '../../search.ts'
import { TextFilter } from '../../ui/TextFilter.tsx'
import { useViewer } from '../../viewer.ts'
import { filtersOf, KEY_FILTERS, KEY_VIEWS, viewOf } from './key-views.ts'
import classes from './keys.module.css'

const KINDS = ['development', 'staging', 'production']
const STATES = ['active', 'suspended', 'pending', 'expired', 'revoked']

const NONE = Object.fromEntries(KEY_FILTERS.map((name) => [name, undefined]))

/** Which keys are listed: by what is asked often, and by any field. All of it is in the address. */
export function KeyFilters({
  search,
  change,
}: {
  search: Search
  change: (change: Record<string, string | undefined>) => void
}) {
  const { somewhere } = useViewer()
  const filters = filtersOf(search)
  const view = viewOf(filters)
  const teams = useQuery({ ...allOf(teamList, {}), enabled: somewhere('team:read') })
  const projects = useQuery({ ...allOf(projectList, {}), enabled: somewhere('project:read') })
  const people = useQuery({ ...allOf(userList, {}), enabled: somewhere('user:read') })
  const programs = useQuery({ ...allOf(serviceAccountList, {}), enabled: somewhere('service-account:read') })
  const inTeam = (projects.data ?? []).filter(({ teamId }) => !search.team || teamId === search.team)
  const owners = [
    { group: 'You', items: [{ value: 'me', label: 'Mine' }] },
    { group: 'People', items: named(people.data) },
    { group: 'Service accounts', items: named(programs.data) },
  ].filter(({ items }) => items.length > 0)
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would have to be drawn without its frame. */}
      <div className={classes.views} role="group" aria-label="Views">
        {KEY_VIEWS.map(({ id, title, search: asked }) => (
          <UnstyledButton
            key={id}
            className={classes.view ?? ''}
            aria-pressed={view === id}
            onClick={() => change({ ...NONE, ...asked })}
          >
            {title}
          </UnstyledButton>
        ))}
      </div>
      <search className={classes.bar} aria-label="Filter keys">
        <TextFilter
          className={classes.field}
          label="Search"
          hint="Name, hint or id"
          value={search.q}
          onChange={(q) => change({ q })}
        />
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
          label="Environment"
          all="Any environment"
          value={search.kind}
          data={KINDS}
          onChange={(kind) => change({ kind })}
        />
        <Choice
          label="Owner"
          all="Any owner"
          value={search.owner}
          data={owners}
          onChange={(owner) => change({ owner })}
        />
        <Choice
          label="State"
          all="Any state"
          value={search.state}
          data={STATES}
          onChange={(state) => change({ state })}
        />
        {Object.keys(filters).length > 0 && (
          <Button variant="subtle" onClick={() => change(NONE)}>
            Clear filters
          </Button>
        )}
      </search>
    </>
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
  data: string[] | Named[] | { group: string; items: Named[] }[]
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

function named(items: { id: string; name: string }[] | undefined): Named[] {
  return (items ?? []).map(({ id, name }) => ({ value: id, label: name }))
}
