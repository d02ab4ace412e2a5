import { z } from 'zod'
import { ERROR_STATUS } from '../domain/errors.ts'
import { operations } from './all.ts'
import { type AnyOperation, commandOf, successStatus } from './operation.ts'

type Json = Record<string, unknown>

/** A JSON Schema as zod prints it: the parts that we and our page look at. */
export type Schema = {
  type?: string | string[]
  format?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  $ref?: string
  'x-shown-once'?: true
}

type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: Schema
}
type Content = Record<string, { schema: Schema }>

export type OpenapiOperation = {
  operationId: string
  tags: string[]
  summary: string
  security?: []
  'x-permission'?: string
  'x-cli': string[]
  parameters: Parameter[]
  requestBody?: { required: true; content: Content }
  responses: Record<string, { description: string; content?: Content }>
}

/** The text of `openapi.json`. */
export function printOpenapi(): string {
  return `${JSON.stringify(openapiDocument(), null, 2)}\n`
}

export type OpenapiDocument = ReturnType<typeof openapiDocument>

/** The control plane as an OpenAPI 3.1 document: `openapi.json`, and what `/api/v1/openapi.json` answers. */
export function openapiDocument() {
  const components: Record<string, Schema> = {}
  const paths: Record<string, Record<string, OpenapiOperation>> = {}
  for (const operation of operations) {
    const path = paths[operation.path] ?? {}
    path[operation.method.toLowerCase()] = describe(operation, components)
    paths[operation.path] = path
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Claviger',
      version: '1',
      description:
        'The control plane: teams, keys, limits, providers and usage. Calls to models go to the gateway under /v1.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api' }],
    security: [{ token: [] }],
    tags: [...new Set(operations.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...components, Problem: PROBLEM },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token: cvg_tok_…' },
      },
    },
  }
}

function describe(operation: AnyOperation, components: Record<string, Schema>): OpenapiOperation {
  return {
    operationId: operation.name,
    tags: [tagOf(operation)],
    summary: operation.summary,
    ...(operation.permission === null ? { security: [] } : { 'x-permission': operation.permission }),
    parameters: [
      ...parameters('path', operation.params, components),
      ...parameters('query', operation.query, components),
      ...headers(operation),
    ],
    ...(operation.body
      ? { requestBody: { required: true, content: json(schemaOf(operation.body, 'input', components)) } }
      : {}),
    'x-cli': operation.examples,
    responses: {
      [successStatus(operation)]: operation.response
        ? { description: 'Done', content: json(schemaOf(operation.response, 'output', components)) }
        : operation.download
          ? { description: 'A file', content: { [operation.download]: { schema: { type: 'string' } } } }
          : { description: 'Done' },
      default: {
        description: 'Refused or failed: what happened, field by field where the input was wrong',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function tagOf(operation: AnyOperation): string {
  return commandOf(operation.name)[0]
}

function json(schema: Schema): Content {
  return { 'application/json': { schema } }
}

function parameters(
  place: 'path' | 'query',
  fields: z.ZodObject,
  components: Record<string, Schema>,
): Parameter[] {
  const { properties = {}, required = [] } = schemaOf(fields, 'input', components)
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description ? { description } : {}),
    schema,
  }))
}

function headers({ method, permission }: AnyOperation): Parameter[] {
  if (method === 'GET' || permission === null) return []
  return method === 'POST'
    ? [header('Idempotency-Key', 'A repetition with the same key is answered, not done again')]
    : [header('If-Match', 'The ETag you read: refused with 412 when there is a newer version')]
}

function header(name: string, description: string): Parameter {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } }
}

/** Prints one schema. Those with an id (`.meta({ id: 'Team' })`) are moved to the document's components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Record<string, Schema>): Schema {
  const options = { io, unrepresentable: 'any', override: simplify(io) } as const
  const { $schema, $defs, ...printed } = z.toJSONSchema(schema, options)
  for (const [name, definition] of Object.entries($defs ?? {})) components[name] = hoisted(definition).schema
  const { id, schema: inline } = hoisted(printed)
  if (id === undefined) return inline
  components[id] = inline
  return { $ref: `#/components/schemas/${id}` }
}

/**
 * Leaves out what says nothing to a reader: the pattern behind a format and the bounds of safe integers. Answers may
 * gain fields, so they do not forbid more; input does.
 */
function simplify(io: 'input' | 'output') {
  return ({ jsonSchema }: { jsonSchema: Json }) => {
    if (jsonSchema.format) delete jsonSchema.pattern
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    if (jsonSchema.secret) {
      delete jsonSchema.secret
      jsonSchema[io === 'output' ? 'x-shown-once' : 'writeOnly'] = true
    }
  }
}

/** The schema without its id, and with `$ref`s that point into the document's components. */
function hoisted(printed: object): { id: string | undefined; schema: Schema } {
  const text = JSON.stringify(printed).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/')
  const { id, ...schema } = JSON.parse(text)
  return { id, schema }
}

const PROBLEM: Schema = {
  type: 'object',
  description: 'RFC 9457',
  properties: {
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened and what to do' },
    code: { type: 'string', enum: Object.keys(ERROR_STATUS), description: 'Stable: branch on it' },
    request_id: { type: 'string' },
    needs: {
      type: 'object',
      description: 'What was refused, and where: ask GET /v1/access/explain about it',
      properties: {
        permission: { type: 'string' },
        anywhere: { type: 'string' },
        teamId: { type: 'string' },
        projectId: { type: 'string' },
        production: { type: 'string' },
      },
      required: ['permission'],
    },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer into { params, query, body }' },
          detail: { type: 'string' },
        },
        required: ['pointer', 'detail'],
      },
    },
  },
  required: ['title', 'status', 'detail', 'code', 'request_id'],
}
