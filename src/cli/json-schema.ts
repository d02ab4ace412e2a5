import { z } from 'zod'

/** The parts of JSON Schema that we read. */
export type Schema = {
  $ref?: string
  $defs?: Record<string, Schema>
  type?: string
  format?: string
  enum?: string[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: string[]
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
  secret?: boolean
}

/** A schema of the contract as JSON Schema, which is the same however it was put together. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const root = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema
  return withoutRefs(root, root.$defs ?? {})
}

/** Puts every `$ref` (`#/$defs/Team`) back in its place; the contract has no schema that holds itself. */
function withoutRefs(schema: Schema, defs: Record<string, Schema>): Schema {
  const target = defs[schema.$ref?.split('/').at(-1) ?? '']
  if (target) return withoutRefs(target, defs)
  const { properties, items, anyOf } = schema
  return {
    ...schema,
    ...(properties && { properties: mapValues(properties, (field) => withoutRefs(field, defs)) }),
    ...(items && { items: withoutRefs(items, defs) }),
    ...(anyOf && { anyOf: anyOf.map((choice) => withoutRefs(choice, defs)) }),
  }
}

function mapValues<A, B>(object: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))
}

/** True for a secret, and for what has one in it. */
export function holdsSecret({ secret, items, properties }: Schema): boolean {
  return Boolean(secret) || [...(items ? [items] : []), ...Object.values(properties ?? {})].some(holdsSecret)
}

/** `anyOf: [X, null]` → X. */
export function withoutNull(schema: Schema): { schema: Schema; nullable: boolean } {
  const choices = schema.anyOf?.filter((choice) => choice.type !== 'null')
  if (!choices || choices.length === schema.anyOf?.length) return { schema, nullable: false }
  const [only] = choices
  return { schema: choices.length === 1 && only ? only : { anyOf: choices }, nullable: true }
}

/** `{ type: 'team', id: 'team_…' }` */
export function isScope(schema: Schema): boolean {
  return Object.keys(schema.properties ?? {}).join() === 'type,id'
}
