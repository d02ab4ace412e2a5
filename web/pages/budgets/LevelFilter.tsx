import { LEVELS } from '../../scopes.tsx'
import { ChoiceFilter } from '../../ui/Filters.tsx'

const CHOICES = LEVELS.map(({ type, title }) => ({ value: type, label: title }))

/** Narrows a list of rules to those of one level. */
export function LevelFilter() {
  return <ChoiceFilter name="level" label="Level" all="All levels" choices={CHOICES} />
}
