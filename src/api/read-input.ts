import type { z } from 'zod'
import type { AnyOperation, Valid } from '../contract/operation.ts'
import { AppError, type FieldError } from '../domain/errors.ts'
import type { JsonBody } from './read-json.ts'

/**
 * Checks path, query and body against the operation's schemas, strictly, and reports everything wrong at once.
 * Pointers go into `{ params, query, body }`, the same shape that a client passes to `call`.
 */
export function readInput(
  operation: AnyOperation,
  params: Record<string, string>,
  search: URLSearchParams,
  json: JsonBody | null,
): Valid<AnyOperation> {
  const errors: FieldError[] = []
  const read = (part: string, schema: z.ZodType, value: unknown) => {
    errors.push(...unstorableText([part], value))
    const result = schema.safeParse(value)
    if (result.success) return result.data
    errors.push(...result.error.issues.flatMap((issue) => fieldErrors(part, issue)))
  }
  const input = {
    params: read('params', operation.params, params),
    query: read('query', operation.query, readQuery(search, errors)),
    body: operation.body ? read('body', operation.body, json?.value) : refuseBody(json, errors),
  }
  if (errors.length === 0) return input as Valid<AnyOperation>
  const [first] = errors
  throw new AppError('invalid_request', `${first?.pointer}: ${first?.detail}`, { errors })
}

function readQuery(search: URLSearchParams, errors: FieldError[]): Record<string, string> {
  for (const name of new Set(search.keys())) {
    if (search.getAll(name).length > 1)
      errors.push({ pointer: pointer(['query', name]), detail: 'given twice' })
  }
  return Object.fromEntries(search)
}

function refuseBody(json: JsonBody | null, errors: FieldError[]): undefined {
  if (json !== null) errors.push({ pointer: '/body', detail: 'this operation takes no body' })
}

function fieldErrors(part: string, issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([part, ...issue.path, key]),
      detail: 'there is no such field',
    }))
  }
  return [{ pointer: pointer([part, ...issue.path]), detail: issue.message }]
}

/** Text that PostgreSQL does not take: a NUL, or half of a surrogate pair. No field of ours needs it. */
function unstorableText(path: PropertyKey[], value: unknown): FieldError[] {
  if (typeof value === 'string') {
    const storable = !value.includes('\0') && value.isWellFormed()
    return storable ? [] : [{ pointer: pointer(path), detail: 'not valid text' }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => [
    ...unstorableText(path, name),
    ...unstorableText([...path, name], part),
  ])
}

/** A JSON Pointer (RFC 6901). */
function pointer(path: PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
