import { Button, UnstyledButton } from '@mantine/core'
import type { Search } from '../../search.ts'
import { FilterChoice, useWhose } from '../../ui/FilterChoice.tsx'
import { TextFilter } from '../../ui/TextFilter.tsx'
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
  const filters = filtersOf(search)
  const view = viewOf(filters)
  const { teams, projects, owners } = useWhose(search.team)
  const whose = [{ group: 'You', items: [{ value: 'me', label: 'Mine' }] }, ...owners]
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
        <FilterChoice
          className={classes.field}
          label="Team"
          all="Any team"
          value={search.team}
          data={teams}
          onChange={(team) => change({ team, project: undefined })}
        />
        <FilterChoice
          className={classes.field}
          label="Project"
          all="Any project"
          value={search.project}
          data={projects}
          onChange={(project) => change({ project })}
        />
        <FilterChoice
          className={classes.field}
          label="Environment"
          all="Any environment"
          value={search.kind}
          data={KINDS}
          onChange={(kind) => change({ kind })}
        />
        <FilterChoice
          className={classes.field}
          label="Owner"
          all="Any owner"
          value={search.owner}
          data={whose}
          onChange={(owner) => change({ owner })}
        />
        <FilterChoice
          className={classes.field}
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
