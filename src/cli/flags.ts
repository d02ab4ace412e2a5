import type { z } from 'zod'
import { describeFlag } from './describe-flag.ts'
import { holdsSecret, isScope, jsonSchema, type Schema, withoutNull } from './json-schema.ts'
import { type Noun, nounOf } from './nouns.ts'

/** What a flag or an argument holds. Each is read by `readValue`. */
export type Kind =
  | { type: 'text' | 'number' | 'boolean' | 'time' | 'seconds' | 'json' | 'pairs' | 'scope' }
  | { type: 'choice'; choices: string[] }
  /** `5/month`, or JSON. */
  | { type: 'budget' }
  /** Of the kind that `scopeType` beside it names. */
  | { type: 'scope-id' }
  | { type: 'id'; noun: Noun }

/** One field of an operation's input, as the command line shows it. */
export type Flag = {
  /** Without the dashes: `limit-usd`. */
  name: string
  /** Where its value goes: `['budget', 'limitUsd']`. */
  path: string[]
  kind: Kind
  /** May be given several times, or as a comma-separated list. */
  list: boolean
  /** `none` clears it. */
  nullable: boolean
  required: boolean
  /** Never on the command line: read from standard input, a file or a hidden prompt. */
  secret: boolean
  description: string
}

/** The flags that fill an input, in the order of its fields; nested objects become dotted flags. */
export function flagsOf(input: z.ZodType): Flag[] {
  return fieldsOf(jsonSchema(input, 'input'), [])
}

/** The paths of an answer's fields that are shown only once. */
export function secretPaths(answer: z.ZodType): string[][] {
  return fieldsOf(jsonSchema(answer, 'output'), [])
    .filter((flag) => flag.secret)
    .map((flag) => flag.path)
}

function fieldsOf(schema: Schema, path: string[]): Flag[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const { schema: bare, nullable } = withoutNull(field)
    const here = [...path, key]
    const secret = Boolean(field.secret) || holdsSecret(bare)
    if (bare.properties && !isScope(bare)) return fieldsOf(bare, here)
    const list = bare.type === 'array' && isPlain(bare.items)
    const kind = kindOf(key, list && bare.items ? bare.items : bare)
    const flag = {
      name: [...path.map(kebab), flagName(key, kind, list)].join('.'),
      path: here,
      kind,
      list,
      nullable,
      required: path.length === 0 && required.has(key),
      secret,
    }
    return [{ ...flag, description: describeFlag(flag, field, bare) }]
  })
}

function isPlain(schema: Schema | undefined): boolean {
  return schema !== undefined && ['string', 'integer', 'number'].includes(schema.type ?? '')
}

function kindOf(key: string, schema: Schema): Kind {
  const noun = nounOf(key)
  if (noun) return { type: 'id', noun }
  if (key === 'scopeId') return { type: 'scope-id' }
  if (isScope(schema)) return { type: 'scope' }
  if (schema.enum) return { type: 'choice', choices: schema.enum }
  switch (schema.type) {
    case 'string':
      return { type: schema.format === 'date-time' ? 'time' : 'text' }
    case 'integer':
    case 'number':
      return { type: key.endsWith('Seconds') ? 'seconds' : 'number' }
    case 'boolean':
      return { type: 'boolean' }
    case 'object':
      return { type: pairsOf(schema) ? 'pairs' : 'json' }
    default:
      return { type: 'json' }
  }
}

function pairsOf(schema: Schema): boolean {
  return typeof schema.additionalProperties === 'object' && schema.additionalProperties.type === 'string'
}

/** `environmentId` → `environment`, `expiresAt` → `expires`, `graceSeconds` → `grace`, `models` → `model`. */
function flagName(key: string, kind: Kind, list: boolean): string {
  const singular = list || kind.type === 'pairs' ? key.replace(/s$/, '') : key
  const unit = { id: /Id$/, 'scope-id': /Id$/, time: /At$/, seconds: /Seconds$/ }[kind.type as string]
  return kebab(unit ? singular.replace(unit, '') : singular)
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
