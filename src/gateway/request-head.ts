import { AppError } from '../domain/errors.ts'
import type { InboundRequest } from '../http1-inbound.ts'
import { repeated, SINGLE_HEADERS, valueFault } from '../request-fault.ts'

/** What the gateway reads of a request's headers, in one pass. Everything else in them has no effect at all. */
export type RequestHead = {
  /** The one secret presented, wherever it was; null when there is none. */
  secret: string | null
  contentType: string
  contentEncoding: string
  contentLength: number
  expects: string
  anthropicVersion: string
  /** Every `X-Forwarded-For`, joined in order. */
  forwardedFor: string
  /** The header lines that go on to the provider. */
  forwarded: string
}

/**
 * Request headers that go on to the provider, with the caller's value. `content-type` and `accept-encoding` are
 * always ours, the credential comes from the provider's adapter, and nothing else leaves.
 */
const FORWARDED = new Set(['accept', 'anthropic-version', 'anthropic-beta', 'openai-beta'])
/** Everything else in a head is passed over. */
const READ = new Set([
  ...SINGLE_HEADERS,
  ...FORWARDED,
  'api-key',
  'content-length',
  'x-api-key',
  'x-forwarded-for',
  'x-goog-api-key',
])

export function readHead(request: InboundRequest): RequestHead {
  const head: RequestHead = {
    secret: null,
    contentType: '',
    contentEncoding: '',
    contentLength: 0,
    expects: '',
    anthropicVersion: '',
    forwardedFor: '',
    forwarded: '',
  }
  const raw = request.rawHeaders
  let seen = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (!READ.has(name)) continue
    const value = raw[i + 1] as string
    if (SINGLE_HEADERS.has(name)) {
      const fault = seen.includes(`|${name}`) ? repeated(name) : valueFault(name, value)
      if (fault) throw new AppError('invalid_request', fault)
      seen += `|${name}`
    }
    if (FORWARDED.has(name)) head.forwarded += `${name}: ${value}\r\n`
    switch (name) {
      case 'authorization':
        present(head, bearer(value))
        break
      case 'x-api-key':
      case 'api-key':
      case 'x-goog-api-key':
        present(head, value.trim())
        break
      case 'content-type':
        head.contentType = value
        break
      case 'content-encoding':
        head.contentEncoding = value
        break
      case 'content-length':
        // The server's parser has checked that it is one plain number.
        head.contentLength = Number(value)
        break
      case 'expect':
        head.expects = value
        break
      case 'anthropic-version':
        head.anthropicVersion = value
        break
      case 'x-forwarded-for':
        head.forwardedFor += head.forwardedFor === '' ? value : `,${value}`
        break
    }
  }
  return head
}

function bearer(value: string): string {
  const match = /^bearer +(\S+) *$/i.exec(value)
  return match?.[1] ?? ''
}

function present(head: RequestHead, secret: string): void {
  if (head.secret !== null && head.secret !== secret) {
    throw new AppError('invalid_request', 'Two different keys were sent. Send one, in one header.')
  }
  head.secret = secret
}
