import { LEVELS } from '../../scopes.tsx'
import { ChoiceFilter } from '../../ui/Filters.tsx'

const CHOICES = LEVELS.map(({ type, title }) => ({ value: type, label: title }))

export const LEVEL_WORDS = Object.fromEntries(CHOICES.map(({ value, label }) => [value, label.toLowerCase()]))

/** Narrows a list of rules to those of one level. */
export function LevelFilter() {
  return <ChoiceFilter name="level" label="Level" all="All levels" choices={CHOICES} />
}
