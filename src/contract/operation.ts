import { z } from 'zod'
import type { Permission } from '../domain/permission.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type Shape = Record<string, z.ZodType>

/**
 * What the caller needs. `self`: to be somebody, since it is about what is their own; null for the few operations
 * that need no sign-in.
 */
export type OperationPermission = Permission | 'self' | null

/**
 * One operation of the control plane, as data: the server serves it, the client calls it, `openapi.json` and the
 * CLI's help are printed from it, and tests loop over it.
 */
export type Operation<
  Params extends Shape = Shape,
  Query extends Shape = Shape,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> = {
  /** Noun in the singular, then verb: `keyCreate`. Also the CLI command (`key create`). Stable API. */
  name: string
  method: Method
  /** Below `/api`; parameters in braces: `/v1/keys/{keyId}`. */
  path: string
  summary: string
  permission: OperationPermission
  params: z.ZodObject<Params, z.core.$strict>
  query: z.ZodObject<Query, z.core.$strict>
  /** Null when the operation takes no body. */
  body: Body | null
  /** Null when the answer is 204. Fields with `.meta({ secret: true })` appear in one answer only. */
  response: Response | null
  /** Commands a person would really type, for `--help`. */
  examples: string[]
  /** It asks somebody else's server and changes nothing here: no transaction waits for the answer. */
  asksOutside: boolean
  /** It answers a file of this kind, as long as it may be, and no JSON. */
  download: Download | null
}

export type Download = 'application/x-ndjson' | 'text/csv'

type Definition<P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType> = {
  name: string
  method: Method
  path: string
  summary: string
  permission: OperationPermission
  params?: P
  query?: Q
  body?: B
  response?: R
  examples?: string[]
  asksOutside?: true
  download?: Download
}

/** Defines an operation. Unknown fields in query and body are refused, not ignored. */
export function operation<
  P extends Shape = Record<never, never>,
  Q extends Shape = Record<never, never>,
  B extends z.ZodType = z.ZodNever,
  R extends z.ZodType = z.ZodNever,
>(definition: Definition<P, Q, B, R>): Operation<P, Q, B, R> {
  return {
    ...definition,
    // Absent shapes are empty ones: P and Q are then inferred as such.
    params: z.strictObject(definition.params ?? ({} as P)),
    query: z.strictObject(definition.query ?? ({} as Q)),
    body: definition.body ?? null,
    response: definition.response ?? null,
    examples: definition.examples ?? [],
    asksOutside: definition.asksOutside ?? false,
    download: definition.download ?? null,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any operation at all; its schemas are read back with the types below.
export type AnyOperation = Operation<any, any, any, any>

/** The checked input of an operation, as its action receives it. */
export type Valid<O extends AnyOperation> = {
  params: z.output<O['params']>
  query: z.output<O['query']>
  body: z.output<NonNullable<O['body']>>
}

/** What a client must send: like `Valid`, before defaults are filled in; parts that may be empty may be left out. */
export type Input<O extends AnyOperation> = Part<'params', z.input<O['params']>> &
  Part<'query', z.input<O['query']>> &
  ([z.input<NonNullable<O['body']>>] extends [never] ? unknown : { body: z.input<NonNullable<O['body']>> })

type Part<Name extends string, Fields> =
  Record<never, never> extends Fields ? { [N in Name]?: Fields } : { [N in Name]: Fields }

/** What the operation answers. `void` for 204. */
export type Output<O extends AnyOperation> = [z.output<NonNullable<O['response']>>] extends [never]
  ? // biome-ignore lint/suspicious/noConfusingVoidType: the answer of a function, which returns nothing then.
    void
  : z.output<NonNullable<O['response']>>

/** The status of success: 204 without an answer, 201 for what creates, else 200. */
export function successStatus(operation: AnyOperation): 200 | 201 | 204 {
  if (operation.download !== null) return 200
  if (operation.response === null) return 204
  return operation.method === 'POST' && operation.name.endsWith('Create') ? 201 : 200
}

/** Verbs of two words begin with one of these: `replace-secret`, `dry-run`. */
const FIRST_OF_VERB = ['replace', 'dry']

/** `keyCreate` → `['key', 'create']`, `serviceAccountView` → `['service-account', 'get']`: the CLI's words. */
export function commandOf(name: string): [noun: string, verb: string] {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(' ')
  const verb = words.splice(FIRST_OF_VERB.includes(words.at(-2) ?? '') ? -2 : -1).join('-')
  return [words.join('-'), verb === 'view' ? 'get' : verb]
}
