import { BUDGET_WINDOWS } from '../domain/budget.ts'
import { parseMoment } from '../domain/moment.ts'
import { SCOPE_TYPES } from '../domain/scope.ts'
import { Failure } from './failure.ts'
import type { Flag } from './flags.ts'
import { readBudget } from './key-flags.ts'

/** What a person typed, as far as it can be understood without asking the server. */
export function readValue(flag: Flag, given: string | string[], now: Date): unknown {
  const texts = typeof given === 'string' ? [given] : given
  if (flag.nullable && texts.length === 1 && texts[0] === 'none') return null
  const understood = (text: string) => readOne(flag, text, now)
  if (flag.kind.type === 'pairs') return Object.fromEntries(texts.map((text) => readPair(flag, text)))
  if (!flag.list) return understood(texts.at(-1) ?? '')
  return texts
    .flatMap((text) => (text.startsWith('{') ? [text] : text.split(',')))
    .filter((text) => text !== '')
    .map(understood)
}

function readOne(flag: Flag, text: string, now: Date): unknown {
  const refuse = (expected: string) => refused(flag, text, expected)
  switch (flag.kind.type) {
    case 'text':
    case 'id':
    case 'scope-id':
      return text
    case 'number':
      return readNumber(text) ?? refuse('a number')
    case 'boolean':
      return text === 'true' || (text !== 'false' && refuse('true or false'))
    case 'choice':
      return flag.kind.choices.includes(text) ? text : refuse(oneOf(flag.kind.choices))
    case 'time':
      return (
        readTime(text, now)?.toISOString() ??
        refuse('a time such as 2027-01-31, 2027-01-31T12:00Z, 90d or -24h')
      )
    case 'seconds':
      return readSeconds(text) ?? refuse('a duration such as 90s, 24h or 7d')
    case 'scope':
      return (
        readScope(text) ??
        refuse(`"organization" or a type and a name such as team:Search; types are ${SCOPE_TYPES.join(', ')}`)
      )
    case 'budget':
      return (
        readBudget(text) ??
        (text.startsWith('{') ? readJson(text) : undefined) ??
        refuse(`an amount of USD and a period such as 5/month; periods are ${BUDGET_WINDOWS.join(', ')}`)
      )
    case 'json':
      return readJson(text) ?? refuse('JSON')
    default:
      throw new Error(`${flag.kind.type} takes no text`)
  }
}

function refused(flag: Flag, text: string, expected: string): never {
  const what = flag.secret ? 'What was given' : `"${text}"`
  throw new Failure('usage', `${what} will not do for ${flag.name}: expected ${expected}.`)
}

function oneOf(choices: string[]): string {
  return `one of ${choices.join(', ')}`
}

function readNumber(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readPair(flag: Flag, text: string): [string, string] {
  const at = text.indexOf('=')
  return at > 0 ? [text.slice(0, at), text.slice(at + 1)] : refused(flag, text, 'name=value')
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** `90s`, `15m`, `24h`, `7d`, `2w`; a bare number is seconds. */
function readSeconds(text: string): number | undefined {
  const match = /^(\d{1,9})([smhdw])?$/.exec(text)
  if (!match) return undefined
  return Number(match[1]) * SECONDS[(match[2] ?? 's') as keyof typeof SECONDS]
}

/** What the API takes as a moment, and moments to come: `90d`. */
function readTime(text: string, now: Date): Date | undefined {
  const seconds = /^\d+[smhdw]$/.test(text) ? readSeconds(text) : undefined
  if (seconds !== undefined) return new Date(now.getTime() + seconds * 1000)
  return parseMoment(text, now) ?? undefined
}

/** `team:Search` → a type and what still is a name or an id. */
function readScope(text: string): { type: string; id: string } | undefined {
  const [type = '', ...rest] = text.split(':')
  const known = type.replaceAll('-', '_')
  if (!SCOPE_TYPES.some((scope) => scope === known)) return undefined
  const id = rest.join(':')
  return id !== '' || known === 'organization' ? { type: known, id } : undefined
}
