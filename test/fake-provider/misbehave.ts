import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type Exchange, json, standardHeaders } from './exchange.ts'

/**
 * What a model's name makes the provider do instead of answering. How streams break off halfway (`fake-cut`,
 * `fake-hang`, `fake-error-event`) and what usage they report (`fake-no-usage`, `fake-garbage-usage`,
 * `fake-huge-usage`, `fake-usage-in-text`), and that they ignore the cap (`fake-uncapped`), is decided where they are
 * written.
 */
const MISBEHAVIOURS: Record<string, (exchange: Exchange) => unknown> = {
  /** Takes the request and never answers. */
  'fake-stalls': () => {},
  'fake-reset': ({ request }) => request.socket.resetAndDestroy(),
  'fake-400': (exchange) => fail(exchange, 400, 'invalid_request_error', 'The request is malformed.'),
  'fake-401': (exchange) => fail(exchange, 401, 'authentication_error', 'Incorrect API key provided.'),
  'fake-403': (exchange) => fail(exchange, 403, 'permission_error', 'Your project may not use this model.'),
  'fake-404': (exchange) => fail(exchange, 404, 'not_found_error', 'The model does not exist.'),
  'fake-429': (exchange) =>
    fail(exchange, 429, 'rate_limit_error', 'Rate limit reached.', { 'retry-after': '1' }),
  'fake-quota': (exchange) =>
    exchange.dialect === 'anthropic'
      ? fail(
          exchange,
          400,
          'invalid_request_error',
          'Your credit balance is too low to access the Anthropic API.',
        )
      : json(exchange, 429, {
          error: {
            message: 'You exceeded your current quota, please check your plan and billing details.',
            type: 'insufficient_quota',
            param: null,
            code: 'insufficient_quota',
          },
        }),
  'fake-500': (exchange) => fail(exchange, 500, 'api_error', 'The server had an error.'),
  'fake-502': ({ response }) =>
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>'),
  'fake-503': (exchange) =>
    fail(exchange, 503, 'overloaded_error', 'The engine is overloaded.', { 'retry-after': '1' }),
  'fake-529': (exchange) => fail(exchange, 529, 'overloaded_error', 'Overloaded'),
  /** Fails each first try of a body and answers the second. */
  'fake-flaky': (exchange) => {
    const body = JSON.stringify(exchange.body)
    if (failedOnce.delete(body)) return false
    failedOnce.add(body)
    fail(exchange, 500, 'api_error', 'The server had an error.')
  },
  'fake-redirect': ({ response, request }) =>
    response.writeHead(307, { location: `http://${request.headers.host}/v1/stolen` }).end(),
  /** Compresses although nobody asked. */
  'fake-gzip': (exchange) =>
    exchange.response
      .writeHead(200, {
        ...standardHeaders(exchange),
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      })
      .end(gzipSync('{"object":"chat.completion","choices":[]}')),
  'fake-bad-json': ({ response }) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"id":"chatcmpl-1","choices":[{"index":0,'),
  /** 64 MiB that never become an answer. */
  'fake-huge': async ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"id":"chatcmpl-huge","choices":[{"message":{"content":"')
    const mebibyte = Buffer.alloc(1024 * 1024, 'a')
    for (let i = 0; i < 64 && !response.destroyed; i++) {
      response.write(mebibyte)
      await sleep(1)
    }
    response.end()
  },
}

const failedOnce = new Set<string>()

/** True when the exchange is dealt with. */
export async function misbehave(exchange: Exchange): Promise<boolean> {
  const { behaviour, model, request, stream } = exchange
  if (behaviour.secrets && !behaviour.secrets.has(presentedSecret(request.headers))) {
    fail(exchange, 401, 'authentication_error', 'Incorrect API key provided.')
    return true
  }
  if (model.includes('fake-slow') && !stream) await sleep(500)
  const act = MISBEHAVIOURS[model]
  return act !== undefined && (await act(exchange)) !== false
}

const OPENAI_ERROR_TYPES: Record<string, string> = {
  authentication_error: 'invalid_request_error',
  permission_error: 'invalid_request_error',
  not_found_error: 'invalid_request_error',
  rate_limit_error: 'requests',
  api_error: 'server_error',
  overloaded_error: 'server_error',
}

const OPENAI_ERROR_CODES: Record<string, string> = {
  authentication_error: 'invalid_api_key',
  not_found_error: 'model_not_found',
  rate_limit_error: 'rate_limit_exceeded',
}

/** An error in the caller's dialect; `type` is Anthropic's word for it. */
export function fail(
  exchange: Exchange,
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  const body =
    exchange.dialect === 'anthropic'
      ? { type: 'error', error: { type, message }, request_id: `req_${exchange.callId}` }
      : {
          error: {
            message,
            type: OPENAI_ERROR_TYPES[type] ?? type,
            param: null,
            code: OPENAI_ERROR_CODES[type] ?? null,
          },
        }
  json(exchange, status, body, headers)
}

function presentedSecret(headers: Exchange['request']['headers']): string {
  const key = headers['x-api-key'] ?? headers['api-key']
  return typeof key === 'string' ? key : (headers.authorization ?? '').replace(/^Bearer /, '')
}
