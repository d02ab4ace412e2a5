import type { AppError, ErrorCode } from '../domain/errors.ts'
import type { Dialect } from '../domain/operations.ts'
import type { InboundResponse } from '../http1-inbound.ts'

/** The `type` of an error in OpenAI's shape and in Anthropic's, by our code. Codes that are not here go by status. */
const TYPES: Partial<Record<ErrorCode, [openai: string, anthropic: string]>> = {
  rate_limit_exceeded: ['rate_limit_error', 'rate_limit_error'],
  budget_exceeded: ['insufficient_quota', 'rate_limit_error'],
  budget_suspended: ['insufficient_quota', 'rate_limit_error'],
  request_too_large: ['invalid_request_error', 'request_too_large'],
  // Claude Code shows its reason for a model it may not use only with this type.
  model_not_allowed: ['permission_error', 'invalid_request_error'],
}

const TYPES_BY_STATUS: Record<number, [openai: string, anthropic: string]> = {
  400: ['invalid_request_error', 'invalid_request_error'],
  401: ['invalid_request_error', 'authentication_error'],
  403: ['permission_error', 'permission_error'],
  404: ['invalid_request_error', 'not_found_error'],
  405: ['invalid_request_error', 'invalid_request_error'],
  413: ['invalid_request_error', 'request_too_large'],
  415: ['invalid_request_error', 'invalid_request_error'],
  500: ['api_error', 'api_error'],
  502: ['upstream_error', 'api_error'],
  503: ['service_unavailable', 'overloaded_error'],
  504: ['upstream_error', 'api_error'],
}

const UNKNOWN_TYPE: [string, string] = ['api_error', 'api_error']

/** Asking again does not help until a person has changed something. Both official SDKs obey this header. */
const NO_RETRY: ReadonlySet<ErrorCode> = new Set([
  'budget_exceeded',
  'budget_suspended',
  'invalid_api_key',
  'provider_secret_presented',
  'key_suspended',
  'key_revoked',
  'key_expired',
  'key_not_yet_valid',
  'ip_not_allowed',
  'operation_not_allowed',
  'model_not_allowed',
  'provider_not_allowed',
  'hosted_tool_not_allowed',
  'price_unknown',
])

/** An error as the caller's SDK expects it. */
function printError(error: AppError, dialect: Dialect, requestId: string, param: string | null): string {
  const [openai, anthropic] = TYPES[error.code] ?? TYPES_BY_STATUS[error.status] ?? UNKNOWN_TYPE
  const { message, code } = error
  const claviger = ownWords(error, requestId)
  return dialect === 'anthropic'
    ? JSON.stringify({ type: 'error', error: { type: anthropic, message, claviger }, request_id: requestId })
    : JSON.stringify({ error: { message, type: openai, param, code, claviger } })
}

/** What every error says in our own words, whatever the shape around it. */
function ownWords({ code, rule }: AppError, requestId: string): object {
  return { code, request_id: requestId, ...rule }
}

export type ErrorContext = {
  dialect: Dialect
  requestId: string
  param: string | null
  /** More headers, flat: those of the rate limits. */
  headers: readonly string[]
  /** False leaves bytes of the request on the connection, which then cannot be used again. */
  bodyRead: boolean
}

/** Answers with an error. Whatever was not read of the request is never taken for another request. */
export function sendError(response: InboundResponse, error: AppError, context: ErrorContext): void {
  const text = printError(error, context.dialect, context.requestId, context.param)
  const headers = [
    'content-type',
    'application/json',
    'content-length',
    String(Buffer.byteLength(text)),
    ...idHeaders(context.dialect, context.requestId),
    ...context.headers,
  ]
  if (NO_RETRY.has(error.code)) headers.push('x-should-retry', 'false')
  if (error.retryAfterSeconds !== undefined) {
    headers.push('retry-after', String(Math.ceil(error.retryAfterSeconds)))
    headers.push('retry-after-ms', String(Math.ceil(error.retryAfterSeconds * 1000)))
  }
  if (!context.bodyRead) response.shouldKeepAlive = false
  response.writeHead(error.status, headers)
  response.end(text, 'utf8')
}

export function idHeaders(dialect: Dialect, requestId: string): string[] {
  return dialect === 'anthropic'
    ? ['x-request-id', requestId, 'request-id', requestId]
    : ['x-request-id', requestId]
}

/** The last event of a stream that cannot go on: SDKs raise it as an error instead of taking the rest for an answer. */
export function errorEvent(error: AppError, dialect: Dialect, requestId: string): string {
  const data = printError(error, dialect, requestId, null)
  return dialect === 'anthropic' ? `event: error\ndata: ${data}\n\n` : `data: ${data}\n\n`
}

/**
 * The same for a stream of the Responses API, whose events are numbered: `number` is that of this one.
 * https://developers.openai.com/api/reference/resources/responses/streaming-events
 */
export function responsesErrorEvent(error: AppError, requestId: string, number: number): string {
  const { code, message } = error
  const claviger = ownWords(error, requestId)
  const data = { type: 'error', sequence_number: number, code, message, param: null, claviger }
  return `event: error\ndata: ${JSON.stringify(data)}\n\n`
}
