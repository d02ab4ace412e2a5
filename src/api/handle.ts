import { once } from '../actions/idempotency.ts'
import type { App, Ctx, Visit } from '../app.ts'
import { authenticate } from '../auth/authenticate.ts'
import { type AnyOperation, successStatus } from '../contract/operation.ts'
import { AppError } from '../domain/errors.ts'
import { readInput } from './read-input.ts'
import { readJson } from './read-json.ts'
import type { Route } from './serve.ts'

/** What arrived, apart from the framework that brought it. */
type Arrival = {
  request: Request
  params: Record<string, string>
  requestId: string
  ip: string | null
}

/** One request to one operation: who is it, what do they want, do it (once), answer. Throws what goes wrong. */
export async function handle(app: App, route: Route, arrival: Arrival): Promise<Response> {
  const { request, requestId, ip } = arrival
  const visit: Visit = { ...app, requestId, ip, ifMatch: readIfMatch(request) }
  const url = new URL(request.url)
  if (!route.signIn) {
    const input = readInput(route.operation, arrival.params, url.searchParams, await readJson(request))
    return respond(route.operation, await route.action(visit, input))
  }
  const actor = await authenticate(app, request.headers.get('authorization'))
  const ctx: Ctx = { ...visit, actor }
  const json = await readJson(request)
  const input = readInput(route.operation, arrival.params, url.searchParams, json)
  const key = readIdempotencyKey(request)
  if (key === null || route.operation.method !== 'POST') {
    return respond(route.operation, await route.action(ctx, input))
  }
  const fingerprint = `${url.pathname}${url.search}\n${json?.text ?? ''}`
  const { response, replayed } = await once(ctx, { key, operation: route.operation, fingerprint }, (ctx) =>
    route.action(ctx, input),
  )
  return respond(route.operation, response, replayed ? { 'idempotent-replayed': 'true' } : {})
}

function respond(operation: AnyOperation, body: unknown, headers: Record<string, string> = {}): Response {
  const status = successStatus(operation)
  if (status === 204) return new Response(null, { status, headers })
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...etag(body), ...headers },
  })
}

function etag(body: unknown): Record<string, string> {
  const versioned = typeof body === 'object' && body !== null && 'version' in body
  return versioned ? { etag: `"${body.version}"` } : {}
}

function readIfMatch(request: Request): number | null {
  const text = request.headers.get('if-match')
  if (text === null || text === '*') return null
  const version = /^"(\d{1,9})"$/.exec(text)?.[1]
  if (version !== undefined) return Number(version)
  throw new AppError(
    'invalid_request',
    'If-Match must be the ETag of an earlier answer, such as "3" in quotes.',
  )
}

function readIdempotencyKey(request: Request): string | null {
  const key = request.headers.get('idempotency-key')
  if (key === null || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new AppError('invalid_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters.')
}
