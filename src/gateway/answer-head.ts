/** What is used of the head of a provider's answer. */
export type AnswerHead = {
  status: number
  eventStream: boolean
  /** Set when the body is encoded although we asked for it not to be: nobody could meter it. */
  encoded: boolean
  retryAfterMs: number | null
  /** What goes on to the caller, flat. */
  headers: string[]
}

/**
 * Headers of an answer that go on to the caller. Not among them: cookies, redirects, the provider's own limits and
 * account (`openai-organization`), and whatever concerns the connection.
 */
const FORWARDED = new Set([
  'cache-control',
  'content-length',
  'content-type',
  'openai-processing-ms',
  'openai-version',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
])

export function readAnswerHead(status: number, raw: readonly string[]): AnswerHead {
  const head: AnswerHead = { status, eventStream: false, encoded: false, retryAfterMs: null, headers: [] }
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (FORWARDED.has(name)) head.headers.push(name, value)
    else if (name === 'request-id' || name === 'x-request-id')
      head.headers.push('x-claviger-upstream-request-id', value)
    else if (name === 'content-encoding') head.encoded = value.toLowerCase() !== 'identity'
    if (name === 'content-type') head.eventStream = value.startsWith('text/event-stream')
    else if (name === 'retry-after-ms') head.retryAfterMs = milliseconds(value, 1) ?? head.retryAfterMs
    else if (name === 'retry-after') head.retryAfterMs ??= milliseconds(value, 1000)
  }
  return head
}

function milliseconds(value: string, unit: number): number | null {
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(value) ? Number(value) * unit : null
}
