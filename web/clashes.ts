import { clashesIn, type Written } from './draft.ts'
import { isolated } from './format.ts'

/** What a form calls a field. `says` puts a value of it into words: null where it is not for reading, as an id is not. */
export type Label<Value> = string | { label: string; says: (value: Value) => string | null }
export type Labels<Fields> = { [Name in keyof Fields]-?: Label<Fields[Name]> }

/** A field in which somebody else saved another thing: both values, where they are short enough to stand in a sentence. */
export type Clash = { label: string; values: { saved: string; typed: string } | null }

const LONGEST = 60

/** The clashes of a form, as it calls its fields. */
export function clashesOf<Fields extends object>(
  now: Fields,
  written: Written<Fields>,
  labels: Labels<Fields>,
): Clash[] {
  return clashesIn(now, written).flatMap((name) => {
    const field = written[name]
    if (field === undefined) return []
    const of = labels[name]
    const { label, says } = typeof of === 'string' ? { label: of, says: plainly } : of
    const [saved, typed] = [says(now[name]), says(field.is)]
    return [{ label, values: isShort(saved) && isShort(typed) ? { saved, typed } : null }]
  })
}

/** The labels of fields that are listed. */
export function labelsOf<Name extends string>(
  fields: readonly { name: Name; label: string }[],
): Record<Name, string> {
  return Object.fromEntries(fields.map(({ name, label }) => [name, label])) as Record<Name, string>
}

/** A field whose values are nobody's to read: ids, which its form shows as names, and secrets. */
export function unsaid(label: string): { label: string; says: () => null } {
  return { label, says: () => null }
}

/** A field that is one of a few things, each with words of its own. */
export function inWords<Value extends string>(label: string, words: Record<Value, string>) {
  return { label, says: (value: Value) => words[value] }
}

function plainly(value: unknown): string | null {
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.join(', ')
  switch (typeof value) {
    case 'string':
      return value === '' ? 'empty' : value
    case 'number':
      return isolated(value.toLocaleString())
    case 'boolean':
      return value ? 'on' : 'off'
    default:
      return value === null || value === undefined ? 'empty' : null
  }
}

function isShort(text: string | null): text is string {
  return text !== null && text.length <= LONGEST && !text.includes('\n')
}
