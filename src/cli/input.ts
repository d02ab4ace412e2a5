import { Failure } from './failure.ts'
import type { Flag } from './flags.ts'
import type { Noun } from './nouns.ts'
import { readValue } from './values.ts'

/** What commander collected: flags by name. */
export type Given = Record<string, string | string[] | undefined>

/** Turns a name into an id. */
export type Resolve = (noun: Noun, text: string) => Promise<string>

/** The input that the flags describe. All that needs no server is checked before the first name is looked up. */
export async function readInput(
  flags: Flag[],
  given: Given,
  resolve: Resolve,
  now = new Date(),
): Promise<Record<string, unknown>> {
  const values = flags.flatMap((flag) => {
    const text = given[flag.name]
    return text === undefined ? [] : [{ flag, value: readValue(flag, text, now) }]
  })
  const input: Record<string, unknown> = {}
  for (const { flag, value } of values) {
    put(input, flag.path, await withIds(flag, value, input, resolve))
  }
  return input
}

/** The value, with an id in place of every name in it. */
async function withIds(
  flag: Flag,
  value: unknown,
  input: Record<string, unknown>,
  resolve: Resolve,
): Promise<unknown> {
  if (value === null) return null
  if (Array.isArray(value)) return Promise.all(value.map((one) => withIds(flag, one, input, resolve)))
  switch (flag.kind.type) {
    case 'id':
      return resolve(flag.kind.noun, String(value))
    case 'scope-id':
      return resolve(scopeNoun(input.scopeType), String(value))
    case 'scope': {
      // `readValue` gives every scope this shape.
      const { type, id } = value as { type: string; id: string }
      return { type, id: await resolve(scopeNoun(type), id) }
    }
    default:
      return value
  }
}

/** Every type of scope is a noun of ours: `service_account` is `service-account`. */
function scopeNoun(type: unknown): Noun {
  if (typeof type !== 'string') throw new Failure('usage', '--scope needs --scope-type beside it.')
  return type.replaceAll('_', '-') as Noun
}

function put(target: Record<string, unknown>, path: string[], value: unknown): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    target[key] = value
    return
  }
  const inner = target[key] ?? {}
  target[key] = inner
  put(inner as Record<string, unknown>, rest, value)
}
