import { Button, UnstyledButton } from '@mantine/core'
import type { Search } from '../../search.ts'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/Filters.tsx'
import { useWhose } from '../../ui/use-whose.ts'
import { filtersOf, KEY_FILTERS, KEY_VIEWS, viewOf } from './key-views.ts'
import classes from './keys.module.css'

const KINDS = ['development', 'staging', 'production']
const STATES = ['active', 'suspended', 'pending', 'expired', 'revoked']

const ME = { value: 'me', label: 'Mine' }

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
  const { team, project, owner } = search
  const { teams, projects, owners } = useWhose({
    team,
    project,
    owner: owner === ME.value ? undefined : owner,
  })
  const whose = [{ group: 'You', items: [ME] }, ...owners.choices]
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
      <Filters label="Filter keys">
        <TextFilter name="q" label="Search" placeholder="Name, hint or id" />
        <ChoiceFilter name="team" label="Team" all="Any team" {...teams} clears={['project']} />
        <ChoiceFilter name="project" label="Project" all="Any project" {...projects} />
        <ChoiceFilter name="kind" label="Environment" all="Any kind" choices={KINDS} />
        <ChoiceFilter name="owner" label="Owner" all="Any owner" {...owners} choices={whose} />
        <ChoiceFilter name="state" label="State" all="Any state" choices={STATES} />
        {Object.keys(filters).length > 0 && (
          <Button variant="subtle" onClick={() => change(NONE)}>
            Clear filters
          </Button>
        )}
      </Filters>
    </>
  )
}
