import type { FieldError, Needs } from '../domain/errors.ts'
import type { AnyOperation, Input, Output } from './operation.ts'

/** How to reach a control plane. `fetch` is the caller's, so that tests and the CLI decide how to connect. */
export type Client = {
  /** Up to and without `/api`: `http://127.0.0.1:8484`. */
  baseUrl: string
  token: string | null
  fetch: typeof fetch
}

export type CallOptions = {
  /** POST only: a repeated call with the same key and input answers what the first did. */
  idempotencyKey?: string
  /** The version that was read: the call fails with `precondition_failed` when there is a newer one. */
  ifMatch?: number
  /** The confirmation of this very request by its person, after it was answered with `step_up_required`. */
  stepUpId?: string
  signal?: AbortSignal
}

/** The control plane said no. `code` is stable; see `domain/errors.ts`. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  readonly errors: FieldError[]
  /** What was refused, for `accessExplain`; null when no role would have prevented it. */
  readonly needs: Needs | null

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? `The server answered ${status}.`)
    this.name = 'ApiError'
    this.status = status
    this.code = problem.code ?? 'internal'
    this.requestId = problem.request_id ?? null
    this.errors = problem.errors ?? []
    this.needs = problem.needs ?? null
  }
}

/** An error as the control plane prints it: RFC 9457, with our code and request id. */
export type Problem = {
  type?: string
  title?: string
  status?: number
  detail?: string
  code?: string
  request_id?: string
  errors?: FieldError[]
  needs?: Needs
}

/** Calls one operation. Throws `ApiError` when the server refuses, and what `fetch` throws when it is not reached. */
export async function call<O extends AnyOperation>(
  client: Client,
  operation: O,
  input: Input<O>,
  options: CallOptions = {},
): Promise<Output<O>> {
  // Input<O> is one of these shapes for every operation; the generic one is what building a request needs.
  const response = await send(client, operation, input as RequestParts, options)
  // The server answers what the contract says: test/api-matrix.test.ts checks it for every operation.
  return (response.status === 204 ? undefined : await response.json()) as Output<O>
}

/** The same for an operation that answers a file: its bytes, as they arrive. */
export async function callForFile(
  client: Client,
  operation: AnyOperation,
  input: { params?: Record<string, string>; query?: Record<string, unknown> },
  options: { signal?: AbortSignal } = {},
): Promise<ReadableStream<Uint8Array>> {
  const { body } = await send(client, operation, input, options)
  return body ?? new ReadableStream({ start: (controller) => controller.close() })
}

export type RequestParts = {
  params?: Record<string, string>
  query?: Record<string, unknown>
  body?: unknown
}

/** A request as it is sent: what a confirmation is for, byte for byte. */
export function requestOf(
  operation: AnyOperation,
  { params = {}, query = {}, body }: RequestParts,
): { method: string; path: string; body?: string } {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  const text = search.toString()
  return {
    method: operation.method,
    path: `/api${path}${text === '' ? '' : `?${text}`}`,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
}

async function send(
  client: Client,
  operation: AnyOperation,
  parts: RequestParts,
  options: CallOptions,
): Promise<Response> {
  const { path, ...request } = requestOf(operation, parts)
  const response = await client.fetch(`${client.baseUrl}${path}`, {
    ...request,
    headers: headersOf(client, parts.body, options),
    ...(options.signal ? { signal: options.signal } : {}),
    redirect: 'error',
  })
  if (!response.ok) throw new ApiError(response.status, await readProblem(response))
  return response
}

function headersOf(client: Client, body: unknown, options: CallOptions): Record<string, string> {
  return {
    accept: 'application/json',
    ...(client.token === null ? {} : { authorization: `Bearer ${client.token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    ...(options.ifMatch === undefined ? {} : { 'if-match': `"${options.ifMatch}"` }),
    ...(options.stepUpId === undefined ? {} : { 'x-step-up': options.stepUpId }),
  }
}

/** A proxy in between may answer something else than our problem+json: its status then has to say it all. */
async function readProblem(response: Response): Promise<Problem> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return {}
  return (await response.json()) as Problem
}
