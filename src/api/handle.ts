import { noteDenial } from '../actions/denials.ts'
import { once } from '../actions/idempotency.ts'
import { type App, type Ctx, visitOf } from '../app.ts'
import { authenticate } from '../auth/authenticate.ts'
import { requestHashOf, withStepUp } from '../auth/step-up.ts'
import { type AnyOperation, type Download, successStatus } from '../contract/operation.ts'
import { AppError } from '../domain/errors.ts'
import { readInput } from './read-input.ts'
import { type JsonBody, readJson } from './read-json.ts'
import type { Route } from './serve.ts'

/** What arrived, apart from the framework that brought it. */
type Arrival = {
  request: Request
  params: Record<string, string>
  requestId: string
  ip: string | null
}

/** Longer ones tell nobody more. */
const MAX_USER_AGENT = 300
const EXTENSION: Record<Download, string> = { 'application/x-ndjson': 'jsonl', 'text/csv': 'csv' }
const CONFIRMATION = /^stp_[0-9A-HJKMNP-TV-Z]{26}$/

/** One request to one operation: who is it, what do they want, do it (once), answer. Throws what goes wrong. */
export async function handle(app: App, route: Route, arrival: Arrival): Promise<Response> {
  const { request, requestId, ip } = arrival
  const { headers, method } = request
  const userAgent = headers.get('user-agent')?.slice(0, MAX_USER_AGENT) ?? null
  const visit = visitOf(app, { requestId, ip, userAgent, ifMatch: readIfMatch(request) })
  const url = new URL(request.url)
  if (!route.signIn) {
    const input = readInput(route.operation, arrival.params, url.searchParams, await readJson(request))
    return respond(route.operation, await route.action(visit, input))
  }
  const { actor, setCookies } = await authenticate(app, {
    authorization: headers.get('authorization'),
    cookie: headers.get('cookie'),
    method,
    origin: headers.get('origin'),
    fetchSite: headers.get('sec-fetch-site'),
    ip,
  })
  const json = await readJson(request)
  const ctx: Ctx = {
    ...visit,
    actor: await withStepUp(app, actor, {
      id: readConfirmation(request),
      operation: route.operation.name,
      requestHash: requestHashOf(method, `${url.pathname}${url.search}`, json?.text ?? ''),
    }),
  }
  const response = await answer(ctx, route, arrival, json).catch(async (error) => {
    const asked = [arrival.params, Object.fromEntries(url.searchParams), json?.value]
    await noteDenial(ctx, route.operation, asked, error)
    throw error
  })
  for (const cookie of setCookies) response.headers.append('set-cookie', cookie)
  return response
}

async function answer(
  ctx: Ctx,
  route: Extract<Route, { signIn: true }>,
  { request, params }: Arrival,
  json: JsonBody | null,
): Promise<Response> {
  const url = new URL(request.url)
  const input = readInput(route.operation, params, url.searchParams, json)
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
  if (operation.download !== null) {
    // `serveDownload` pairs such an operation only with an action of this kind.
    const pieces = ReadableStream.from(body as AsyncIterable<string>).pipeThrough(new TextEncoderStream())
    const disposition = `attachment; filename="${operation.name}.${EXTENSION[operation.download]}"`
    return new Response(pieces, {
      status,
      headers: { 'content-type': operation.download, 'content-disposition': disposition, ...headers },
    })
  }
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

/** The confirmation that the person gave for this request, in another one before. */
function readConfirmation(request: Request): string | null {
  const id = request.headers.get('x-step-up')
  if (id === null || CONFIRMATION.test(id)) return id
  throw new AppError('invalid_request', 'x-step-up must be the id of a confirmation, such as stp_01JD….')
}

function readIdempotencyKey(request: Request): string | null {
  const key = request.headers.get('idempotency-key')
  if (key === null || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new AppError('invalid_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters.')
}
