import { asObject, parse } from './json-value.ts'

/** A request to the demo provider, as far as it looks at it. */
export type DemoRequest = {
  method: string
  /** Below the base URL, without the query: `/chat/completions`. */
  path: string
  anthropic: boolean
  model: string
  stream: boolean
  body: Record<string, unknown>
  /** What it echoes. */
  text: string
  /** Null for `no-usage`. */
  usage: { input: number; output: number } | null
  /** Distinguishes this answer from others. */
  id: string
}

/** A whole answer: its body in the pieces in which it is sent. */
export type DemoAnswer = { status: number; headers: readonly string[]; pieces: readonly string[] }

let answered = 0

/** `head` is the request's head, `body` its bytes as text of one byte per character. */
export function readDemoRequest(head: string, body: string): DemoRequest {
  const [method = '', target = ''] = head.split(' ', 2)
  const path = target.replace(/\?.*$/, '')
  const fields = asObject(parse(Buffer.from(body, 'latin1').toString()))
  const model = typeof fields.model === 'string' ? fields.model : ''
  const text = cap(model === 'huge' ? HUGE : lastText(fields), fields)
  return {
    method,
    path,
    anthropic: path.startsWith('/messages'),
    model,
    stream: fields.stream === true,
    body: fields,
    text,
    usage: model === 'no-usage' ? null : { input: tokensOf(body), output: tokensOf(text) },
    id: `demo${(++answered).toString(36).padStart(20, '0')}`,
  }
}

export function json(value: unknown, status = 200, headers: readonly string[] = []): DemoAnswer {
  return {
    status,
    headers: ['content-type', 'application/json', ...headers],
    pieces: [JSON.stringify(value)],
  }
}

export function stream(events: readonly string[]): DemoAnswer {
  return { status: 200, headers: ['content-type', 'text/event-stream; charset=utf-8'], pieces: events }
}

/** The pieces in which a text is streamed: word by word, and a huge one in few large pieces. */
export function words({ model, text }: DemoRequest): string[] {
  return text.match(model === 'huge' ? /[\s\S]{1,16384}/g : /\s*\S+|\s+$/g) ?? []
}

/** The error that a model's name asks for, in the caller's dialect. */
export function failure({ model, anthropic }: DemoRequest): DemoAnswer | null {
  const error = ERRORS[model]
  if (!error) return null
  const [message, type, anthropicType, ...headers] = error
  const body = anthropic
    ? { type: 'error', error: { type: anthropicType, message } }
    : { error: { message, type, param: null, code: null } }
  return json(body, Number(model), headers)
}

const ERRORS: Record<string, [message: string, type: string, anthropicType: string, ...headers: string[]]> = {
  400: ['This model takes no request for well-formed.', 'invalid_request_error', 'invalid_request_error'],
  429: ['This model is always busy.', 'requests', 'rate_limit_error', 'retry-after', '1'],
  500: ['This model always fails.', 'server_error', 'api_error'],
  503: ['This model is always overloaded.', 'server_error', 'overloaded_error', 'retry-after', '1'],
}

const GREETING = 'Hello! I am the demo provider: I repeat what you say, and I cost nothing.'
const HUGE = 'All work and no play makes a gateway a dull proxy. '.repeat(20_000)

/** The last text in the request, wherever its protocol puts it. */
function lastText({ messages, input, prompt }: Record<string, unknown>): string {
  const given = messages ?? input ?? prompt
  const last = Array.isArray(given) ? given.at(-1) : given
  return textIn(last) || GREETING
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).filter(Boolean).join(' ')
  const { text, content } = asObject(value)
  return textIn(text ?? content ?? '')
}

/** Cuts the answer at the caller's cap, a token being about four bytes. */
function cap(text: string, fields: Record<string, unknown>): string {
  const most = fields.max_completion_tokens ?? fields.max_output_tokens ?? fields.max_tokens
  return typeof most === 'number' ? text.slice(0, most * 4) : text
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / 4)
}
