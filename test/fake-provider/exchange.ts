import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FakeBehaviour, FakeUsage } from '../fake-provider.ts'

/** What the provider charges for one call. Counts include their parts, whatever the dialect reports. */
export type Bill = {
  callId: string
  /** What the request gave as its `user`: how a test finds its own calls again. */
  user: string | null
  path: string
  model: string
  stream: boolean
  serviceTier: string
  usage: Required<FakeUsage>
  /** False until the last byte was handed over; a cut call is billed for the words written so far. */
  completed: boolean
}

export type Json = Record<string, unknown>

export type Exchange = {
  request: IncomingMessage
  response: ServerResponse
  method: string
  /** Below `/v1/`, without the query. */
  path: string
  dialect: 'openai' | 'anthropic'
  body: Json
  model: string
  servedModel: string
  stream: boolean
  behaviour: FakeBehaviour
  /** The words of the answer, cut at the caller's cap. */
  words: string[]
  capped: boolean
  usage: Required<FakeUsage>
  serviceTier: string
  callId: string
  /** Opens the call's line on the bill: once the provider answers with a model's output, it charges. */
  charge(): Bill
}

let lastCall = 0

export function newExchange(
  request: IncomingMessage,
  response: ServerResponse,
  raw: Buffer,
  behaviour: FakeBehaviour,
  bill: Bill[],
): Exchange {
  const path = (request.url ?? '/').replace(/\?.*$/, '').replace(/^\/(v1|v1beta\/openai|openai\/v1)\//, '')
  const body = parse(raw)
  const model = typeof body.model === 'string' ? body.model : ''
  const cap = model.includes('fake-uncapped') ? undefined : outputCap(body)
  const all = behaviour.text.split(/(?<= )/)
  const words = model.includes('fake-huge-stream')
    ? Array.from({ length: 20_000 }, () => `${all.join('')} `)
    : all
  const cut = words.slice(0, cap)
  const exchange: Exchange = {
    request,
    response,
    method: request.method ?? 'GET',
    path,
    dialect: request.headers['anthropic-version'] || path.startsWith('messages') ? 'anthropic' : 'openai',
    body,
    model,
    servedModel: behaviour.servedModel ?? model,
    stream: body.stream === true,
    behaviour,
    words: cut,
    capped: cut.length < words.length,
    usage: countUsage(raw, cut, body, behaviour.usage),
    serviceTier: tierOf(body, behaviour),
    callId: (++lastCall).toString(36).padStart(24, '0'),
    charge() {
      const line: Bill = {
        callId: this.callId,
        user: typeof body.user === 'string' ? body.user : null,
        path: this.path,
        model: this.servedModel,
        stream: this.stream,
        serviceTier: this.serviceTier,
        usage: this.usage,
        completed: false,
      }
      bill.push(line)
      response.on('finish', () => {
        line.completed = true
      })
      return line
    },
  }
  return exchange
}

export function json(
  exchange: Exchange,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  // OpenAI answers with indented JSON, Anthropic with compact JSON.
  const text = exchange.dialect === 'openai' ? `${JSON.stringify(value, null, 2)}\n` : JSON.stringify(value)
  const length = { 'content-length': String(Buffer.byteLength(text)) }
  exchange.response
    .writeHead(status, {
      'content-type': 'application/json',
      ...standardHeaders(exchange),
      ...length,
      ...headers,
    })
    .end(text)
}

/**
 * Streams: `before`, one event per word, `after`. The bill grows with each word and is complete at the end, so a
 * caller who hangs up is charged for what was written.
 */
export async function streamWords(
  exchange: Exchange,
  events: { before: string[]; word: (word: string, index: number) => string; after: () => string[] },
): Promise<void> {
  const { response, words } = exchange
  const line = exchange.charge()
  const full = line.usage
  line.usage = { ...full, output: 0, reasoning: 0, audioOutput: 0 }
  response.writeHead(200, {
    ...standardHeaders(exchange),
    'content-type': 'text/event-stream; charset=utf-8',
  })
  for (const event of events.before) response.write(event)
  for (const [index, word] of words.entries()) {
    if (response.destroyed) return
    if (exchange.behaviour.wordDelayMs > 0) await sleep(exchange.behaviour.wordDelayMs)
    else if (index % 64 === 63) await sleep(0)
    if (exchange.model.includes('fake-slow')) await sleep(100)
    if (index > 0 && index >= words.length / 2 && (await breakOff(exchange))) return
    line.usage.output++
    if (!response.write(events.word(word, index))) await drained(response)
  }
  line.usage = full
  for (const event of events.after()) response.write(event)
  response.end()
}

/** How a stream ends too early, by model name. True when it did. */
async function breakOff({ model, response }: Exchange): Promise<boolean> {
  if (model.includes('fake-cut')) {
    // Lets the half that was written leave, then drops the connection without ending the body.
    await sleep(20)
    response.destroy()
    return true
  }
  if (model.includes('fake-hang')) return true
  if (model.includes('fake-error-event')) {
    response.end(
      `event: error\ndata: {"error":{"message":"The server had an error","type":"server_error"}}\n\n`,
    )
    return true
  }
  return false
}

export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

export function standardHeaders({ dialect, callId, model }: Exchange): Record<string, string> {
  const cookies: Record<string, string> = model.includes('fake-set-cookie')
    ? { 'set-cookie': '__cf_bm=fake; Path=/; HttpOnly' }
    : {}
  if (dialect === 'anthropic') {
    return {
      'request-id': `req_${callId}`,
      'anthropic-organization-id': '00000000-fake-0000-0000-000000000000',
      'anthropic-ratelimit-requests-limit': '4000',
      'anthropic-ratelimit-requests-remaining': '3999',
      server: 'cloudflare',
      ...cookies,
    }
  }
  return {
    'x-request-id': `req_${callId}`,
    'openai-organization': 'org-fake-account',
    'openai-project': 'proj_fake',
    'openai-processing-ms': '42',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
    server: 'cloudflare',
    ...cookies,
  }
}

function parse(raw: Buffer): Json {
  if (raw.length === 0) return {}
  try {
    const value: unknown = JSON.parse(raw.toString())
    return value !== null && typeof value === 'object' ? (value as Json) : {}
  } catch {
    return {}
  }
}

function outputCap(body: Json): number {
  const cap = body.max_completion_tokens ?? body.max_output_tokens ?? body.max_tokens
  return typeof cap === 'number' ? cap : Number.POSITIVE_INFINITY
}

function tierOf(body: Json, { serviceTier }: FakeBehaviour): string {
  const asked = body.service_tier
  return (
    serviceTier ?? (typeof asked === 'string' && !/^(auto|standard_only)$/.test(asked) ? asked : 'default')
  )
}

/** A quarter of a token per byte of the request, one per word of each answer: whole numbers that tests can foresee. */
function countUsage(raw: Buffer, words: string[], body: Json, change: FakeUsage): Required<FakeUsage> {
  const choices = typeof body.n === 'number' ? body.n : 1
  return {
    input: Math.ceil(raw.length / 4),
    cached: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    audioInput: 0,
    imageInput: 0,
    output: words.length * choices,
    reasoning: 0,
    audioOutput: 0,
    webSearches: 0,
    ...change,
  }
}
