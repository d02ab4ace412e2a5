import type { KeySnapshot } from '../db/key-snapshots.ts'
import { clientIp } from '../domain/client-ip.ts'
import { AppError } from '../domain/errors.ts'
import type { Dialect } from '../domain/operations.ts'
import type { CallBound } from '../domain/pricing.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import { NO_TOOL_USE } from '../domain/tool-use.ts'
import type { InboundRequest, InboundResponse } from '../http1-inbound.ts'
import { newId } from '../ids.ts'
import type { CallFacts } from '../ledger/ledger.ts'
import { endedHere } from '../ledger/usage-row.ts'
import { type Admitted, admit, admitFree, prepareFree, rateLimitsOfAll } from './admit.ts'
import { type Authenticated, authenticate, usableKey } from './authenticate.ts'
import { CallerGone } from './body-reader.ts'
import { idHeaders, sendError } from './errors.ts'
import { forward, type Outgoing } from './forward.ts'
import type { Gateway } from './gateway.ts'
import { letIn } from './let-in.ts'
import { anthropicModel, anthropicModels, modelsFor, openAiModel, openAiModels } from './list-models.ts'
import { countIn } from './metrics.ts'
import { dialectOf, type FoundOperation, findOperation, SERVED_PATHS } from './operations.ts'
import { checkOperation, type Plan, planCall } from './plan.ts'
import { rateHeaders } from './rate-headers.ts'
import { type Call, checkContentType, readCall } from './read-call.ts'
import { type RequestHead, readHead } from './request-head.ts'
import { BodyError } from './scan-body.ts'
import { type Splice, setMember, spliced } from './splice.ts'

/** One request, from its first byte to the moment when it is on its way or refused. */
type Visit = {
  readonly request: InboundRequest
  readonly response: InboundResponse
  readonly requestId: string
  dialect: Dialect
  ip: string | null
  hash: string
  facts: CallFacts | null
  bodyRead: boolean
  headers: readonly string[]
}

const NO_HEADERS: readonly string[] = []
const NOTHING_USED: CallBound = {
  inputTokens: 0,
  outputTokens: 0,
  images: 0,
  tools: NO_TOOL_USE,
  serviceTier: null,
}

/** Serves one request to the gateway. Never throws: whatever goes wrong is answered in the caller's dialect. */
export function serveCall(gateway: Gateway, request: InboundRequest, response: InboundResponse): void {
  const visit: Visit = {
    request,
    response,
    requestId: newId('req'),
    dialect: 'openai',
    ip: null,
    hash: '',
    facts: null,
    bodyRead: request.method === 'GET',
    headers: NO_HEADERS,
  }
  response.on('error', ignore)
  try {
    serve(gateway, visit)?.catch((error) => refuse(gateway, visit, error))
  } catch (error) {
    refuse(gateway, visit, error)
  }
}

/** Waits only where it has to: each promise on the way costs about as much as finding the key. */
function serve(gateway: Gateway, visit: Visit): Promise<void> | undefined {
  const { request } = visit
  const { path, query } = targetOf(request)
  visit.dialect = dialectOf(path)
  const head = readHead(request)
  if (path.startsWith('/v1/models') && head.anthropicVersion !== '') visit.dialect = 'anthropic'
  visit.ip = clientIp(request.socket.remoteAddress, head.forwardedFor, gateway.trustedProxies)
  const found = findOperation(request.method ?? '', path)
  const authenticated = authenticate(gateway, head.secret, visit.ip)
  return authenticated instanceof Promise
    ? authenticated.then((known) => serveKnown(gateway, visit, known, head, found, path, query))
    : serveKnown(gateway, visit, authenticated, head, found, path, query)
}

function serveKnown(
  gateway: Gateway,
  visit: Visit,
  { hash, key }: Authenticated,
  head: RequestHead,
  found: ReturnType<typeof findOperation>,
  path: string,
  query: string,
): Promise<void> | undefined {
  visit.hash = hash
  if ('allow' in found) {
    if (found.allow.length > 0) visit.headers = ['allow', found.allow.join(', ')]
    throw notServed(path, found.allow)
  }
  switch (found.operation.kind) {
    case 'model-call':
      return serveModelCall(gateway, visit, key, head, found, query)
    case 'stored-object':
      return serveStoredObject(gateway, visit, key, head, found, query)
    case 'model-list':
      return serveModelList(gateway, visit, key, found)
  }
}

async function serveModelCall(
  gateway: Gateway,
  visit: Visit,
  authenticated: KeySnapshot,
  head: RequestHead,
  { operation }: FoundOperation,
  query: string,
): Promise<void> {
  const { ledger, clock } = gateway.app
  checkContentType(head)
  if (head.expects !== '') visit.response.writeContinue()
  const reading = gateway.bodies.read(visit.request, visit.response, head.contentLength)
  const waited = reading instanceof Promise
  const body = waited ? await reading : reading
  visit.bodyRead = true
  // A body may take minutes: what holds now is what counts.
  const key = waited ? await usableKey(gateway, visit.hash, visit.ip) : authenticated
  const call = readCall(operation, body)
  const facts = factsOf(visit, key, operation.name, call)
  visit.facts = facts
  let plan = planCall(gateway.providers.view, key, operation, call.model, call.hostedTools, clock)
  if (call.previousResponseId !== null) plan = await continuing(gateway, plan, key, call.previousResponseId)
  facts.upstreamModel = plan.upstreamModel
  facts.providerId = plan.upstream.connection.id
  facts.credentialId = plan.credentials[0]?.id ?? null

  const letting = letIn(gateway, call, plan, (shape, most, mayCount) =>
    withRates(gateway, visit, plan.rateLimits, () => admit(ledger, facts, plan, shape, most, mayCount)),
  )
  const admitted = letting instanceof Promise ? await letting : letting
  try {
    await ledger.journaled(admitted.admission)
  } catch (cause) {
    throw unwritten(gateway, admitted, cause)
  }
  forward(gateway, callerOf(visit, key), admitted, {
    operation,
    below: visit.dialect === 'anthropic' && query === '?beta=true' ? query : '',
    headerLines: linesFor(head, visit.dialect),
    body: outgoingBody(call, admitted),
    background: call.background,
    asked: {
      operation: operation.name,
      model: call.model,
      provider: plan.upstream.connection.name,
      hostedTools: call.hostedTools,
    },
  })
}

/** Let in or not, the caller learns what is left. Who is let in has a usage row of its own from here on. */
function withRates<T>(gateway: Gateway, visit: Visit, rateLimits: readonly RateLimit[], letIn: () => T): T {
  const { ledger, clock } = gateway.app
  try {
    const admitted = letIn()
    if (admitted !== null) visit.facts = null
    return admitted
  } finally {
    if (rateLimits.length > 0)
      visit.headers = rateHeaders(ledger.rateStatus(rateLimits), visit.dialect, clock().getTime())
  }
}

/** No byte goes upstream: a call that is not in the journal would be free after a crash. */
function unwritten({ app: { ledger } }: Gateway, { admission }: Admitted, cause: unknown): AppError {
  ledger.settle(admission, endedHere(admission.request.facts, { status: 503, errorCode: 'unavailable' }))
  return new AppError('unavailable', 'The call cannot be written down right now.', {
    retryAfterSeconds: 1,
    cause,
  })
}

/** The caller's bytes, but for the few members that have to be set. */
function outgoingBody(call: Call, { plan, clampedTo }: Admitted): string {
  const { body, operation } = call
  const splices: Splice[] = []
  if (plan.upstreamModel !== call.model)
    splices.push(setMember(body, 'model', JSON.stringify(plan.upstreamModel)))
  if (call.usageSplice) splices.push(call.usageSplice)
  if (clampedTo !== null) {
    const present = operation.outputCaps.filter((name) => body.keys.includes(name))
    const fallback =
      operation.name === 'chat.completions'
        ? plan.upstream.adapter.chatOutputCapField
        : operation.outputCaps[0]
    for (const name of present.length > 0 ? present : [fallback as string])
      splices.push(setMember(body, name, String(clampedTo)))
  }
  return spliced(body.text, splices)
}

/** A stored answer is known where it was made, and to the project that made it. */
async function continuing(gateway: Gateway, plan: Plan, key: KeySnapshot, objectId: string): Promise<Plan> {
  const object = await gateway.storedObjects.find(objectId, key.projectId)
  const credentials = plan.credentials.filter(({ id }) => id === object?.credentialId)
  if (credentials.length === 0)
    throw new AppError('not_found', `There is no response "${objectId}" to go on from.`)
  return { ...plan, credentials }
}

async function serveStoredObject(
  gateway: Gateway,
  visit: Visit,
  key: KeySnapshot,
  head: RequestHead,
  { operation, id }: FoundOperation,
  query: string,
): Promise<void> {
  const { ledger } = gateway.app
  checkOperation(key, operation)
  if (!/^(?:\?[\w.~%&=[\]-]{0,500})?$/.test(query))
    throw new AppError('invalid_request', 'The query is malformed.')
  const object = await gateway.storedObjects.find(id ?? '', key.projectId)
  const credential =
    object && key.credentialIds.includes(object.credentialId)
      ? gateway.providers.view.credentials.get(object.credentialId)
      : undefined
  if (!credential) throw new AppError('not_found', `There is no response "${id}".`)
  const facts = factsOf(visit, key, operation.name, null)
  facts.providerId = credential.upstream.connection.id
  facts.credentialId = credential.id
  visit.facts = facts
  const rateLimits = rateLimitsOfAll(key)
  await prepareFree(ledger, rateLimits)
  const admission = withRates(gateway, visit, rateLimits, () => admitFree(ledger, facts, rateLimits))
  visit.bodyRead = true
  const plan: Plan = {
    upstream: credential.upstream,
    upstreamModel: '',
    price: null,
    credentials: [credential],
    budgets: [],
    rateLimits: [],
    outputCap: null,
  }
  const admitted: Admitted = {
    plan,
    admission,
    clampedTo: null,
    bound: NOTHING_USED,
    holdMoreAt: Number.POSITIVE_INFINITY,
    estimatedInputTokens: 0,
    serviceTier: null,
  }
  try {
    await ledger.journaled(admission)
  } catch (cause) {
    throw unwritten(gateway, admitted, cause)
  }
  const outgoing: Outgoing = {
    operation,
    below: `${operation.below.replace('*', id ?? '')}${query}`,
    headerLines: linesFor(head, visit.dialect),
    body: operation.method === 'POST' ? '' : null,
    background: false,
    asked: { operation: operation.name, model: null, provider: null, hostedTools: [] },
  }
  forward(gateway, callerOf(visit, key), admitted, outgoing)
}

async function serveModelList(
  gateway: Gateway,
  visit: Visit,
  key: KeySnapshot,
  { operation, id }: FoundOperation,
): Promise<void> {
  const { ledger, clock } = gateway.app
  checkOperation(key, operation)
  const facts = factsOf(visit, key, operation.name, null)
  visit.facts = facts
  const rateLimits = rateLimitsOfAll(key)
  await prepareFree(ledger, rateLimits)
  const admission = withRates(gateway, visit, rateLimits, () => admitFree(ledger, facts, rateLimits))
  ledger.settle(admission, endedHere(facts, { status: 200, errorCode: null }))
  const models = modelsFor(gateway.providers.view, key, clock())
  const anthropic = visit.dialect === 'anthropic'
  const one = id === null ? undefined : models.find((model) => model.id === id)
  if (id !== null && !one) throw new AppError('model_not_found', `There is no model "${id}" here.`)
  const shown = one
    ? anthropic
      ? anthropicModel(one)
      : openAiModel(one)
    : anthropic
      ? anthropicModels(models)
      : openAiModels(models)
  const text = JSON.stringify(shown)
  const length = String(Buffer.byteLength(text))
  visit.response.writeHead(200, [
    'content-type',
    'application/json',
    'content-length',
    length,
    ...idHeaders(visit.dialect, visit.requestId),
    ...visit.headers,
  ])
  visit.response.end(text, 'utf8')
}

function refuse(gateway: Gateway, visit: Visit, error: unknown): void {
  if (error instanceof CallerGone) return
  const { response, requestId, dialect, headers, bodyRead } = visit
  const [failure, param] = knownError(gateway, error, requestId)
  countIn(gateway.metrics.refused, failure.code)
  if (visit.facts)
    gateway.app.ledger.recordRefusal(visit.facts, {
      status: failure.status,
      errorCode: failure.code,
      refusedBy: typeof failure.rule?.id === 'string' ? failure.rule.id : null,
    })
  if (response.headersSent || response.destroyed) response.destroy()
  else sendError(response, failure, { dialect, requestId, param, headers, bodyRead })
}

function knownError(gateway: Gateway, error: unknown, requestId: string): [AppError, string | null] {
  if (error instanceof AppError) return [error, null]
  if (error instanceof BodyError) return [new AppError('invalid_request', error.message), error.param]
  gateway.app.log.error({ err: error, requestId }, 'a call failed for a reason we did not expect')
  return [new AppError('internal', 'Something went wrong here. The request id helps to find out what.'), null]
}

/**
 * The path and the query of a request. Anything that two readers could understand differently (absolute targets,
 * dot segments, escapes, empty segments) is simply not a path that is served.
 */
function targetOf({ url = '' }: InboundRequest): { path: string; query: string } {
  const mark = url.indexOf('?')
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark) }
}

function notServed(path: string, allow: string[]): AppError {
  return allow.length > 0
    ? new AppError('method_not_allowed', `This path takes ${allow.join(' or ')}.`)
    : new AppError(
        'operation_not_served',
        `Nothing is served at ${JSON.stringify(path.slice(0, 100))}. Served are: ${SERVED_PATHS}.`,
      )
}

/** Anthropic's API wants its version on every call; a caller who speaks OpenAI's dialect knows of none. */
function linesFor(head: RequestHead, dialect: Dialect): string {
  return dialect === 'anthropic' && head.anthropicVersion === ''
    ? `${head.forwarded}anthropic-version: 2023-06-01\r\n`
    : head.forwarded
}

function factsOf(
  visit: Visit,
  key: KeySnapshot,
  operation: CallFacts['operation'],
  call: Call | null,
): CallFacts {
  return {
    requestId: visit.requestId,
    caller: key,
    operation,
    model: call?.model ?? null,
    upstreamModel: null,
    providerId: null,
    credentialId: null,
    stream: call?.stream ?? false,
    ip: visit.ip,
  }
}

function callerOf(visit: Visit, key: KeySnapshot) {
  const { response, dialect, requestId, hash, ip, headers } = visit
  return { response, dialect, requestId, hash, key, ip, headers }
}

function ignore(): void {}
