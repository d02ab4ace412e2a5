import type { Kind } from './flags.ts'
import type { Schema } from './json-schema.ts'
import { NOUNS, type Noun } from './nouns.ts'

export const FEW_CHOICES = 4

const HINTS: Partial<Record<Kind['type'], string>> = {
  'scope-id': 'id or name, of that type',
  time: 'a time such as 2027-01-31, 90d or -24h',
  seconds: 'a duration such as 90s, 24h or 7d',
  pairs: 'may be repeated',
  scope: 'type:name, such as team:Search',
  json: 'as JSON',
}

/** What help says about a flag: the contract's description, and how a value is written. */
export function describeFlag(
  { kind, list, nullable }: { kind: Kind; list: boolean; nullable: boolean },
  field: Schema,
  bare: Schema,
): string {
  const description = field.description ?? bare.description
  const notes = [
    kind.type === 'id' ? namedBy(kind.noun) : HINTS[kind.type],
    choicesOf(kind),
    range(bare),
    list ? 'may be repeated' : undefined,
    nullable && field.default !== null ? '"none" clears it' : undefined,
    defaultOf(kind, field),
  ].filter((note) => note !== undefined)
  const hint = notes.join('; ')
  return description ? `${description}${hint && ` (${hint})`}` : hint
}

/** `environment` lies in a project, which lies in a team: "id, name or team/project/environment". */
function namedBy(noun: Noun): string {
  const path: Noun[] = [noun]
  for (let outer = NOUNS[noun].parent; outer; outer = NOUNS[outer].parent) path.unshift(outer)
  return path.length > 1 ? `id, name or ${path.join('/')}` : `id or ${NOUNS[noun].name}`
}

/** Few choices stand beside the flag itself. */
function choicesOf(kind: Kind): string | undefined {
  return kind.type === 'choice' && kind.choices.length > FEW_CHOICES
    ? `one of ${kind.choices.join(', ')}`
    : undefined
}

function defaultOf(kind: Kind, { default: value }: Schema): string | undefined {
  if (value === undefined || value === null || ['{}', '[]'].includes(JSON.stringify(value))) return undefined
  return `default ${kind.type === 'seconds' ? `${value}s` : value}`
}

function range({ minimum, maximum }: Schema): string | undefined {
  const unbounded = maximum === undefined || maximum >= 2 ** 31 - 1
  return unbounded || minimum === undefined ? undefined : `${minimum} to ${maximum}`
}
