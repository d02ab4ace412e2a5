import { expect, test } from 'vitest'
import { EgressError } from '../http1-pool.ts'
import { type Fault, faultOf, upstreamError } from './upstream-error.ts'

const error = (fields: object) => JSON.stringify({ error: fields })

test.each<[name: string, status: number, body: string, fault: Fault]>([
  ['OpenAI, no money left', 429, error({ code: 'insufficient_quota', type: 'insufficient_quota' }), 'spent'],
  ['OpenAI, hard limit of the account', 400, error({ code: 'billing_hard_limit_reached' }), 'spent'],
  [
    'Anthropic, no credit left',
    400,
    error({ type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' }),
    'spent',
  ],
  ['OpenRouter, no credits', 402, error({ code: 402, message: 'Insufficient credits' }), 'spent'],
  ['OpenAI, too many requests', 429, error({ code: 'rate_limit_exceeded' }), 'busy'],
  ['a wrong secret', 401, error({ code: 'invalid_api_key' }), 'refused'],
  ['a secret without the scope', 401, error({ message: 'Missing scopes: model.request' }), 'not-permitted'],
  ['overloaded', 529, error({ type: 'overloaded_error' }), 'failed'],
  ['a mistake of the caller', 400, error({ code: 'invalid_value' }), 'none'],
  ['Google, errors in a list', 429, `[${error({ code: 429, status: 'RESOURCE_EXHAUSTED' })}]`, 'busy'],
  ['no JSON at all', 429, '<html>slow down</html>', 'busy'],
])('%s: %i', (_name, status, body, fault) => {
  expect(faultOf(status, body)).toBe(fault)
})

test.each(['insufficient_quota', 'Your credit balance is too low', 'billing_not_active', '"code": 402'])(
  "a caller whose words come back in the provider's message parks nobody's credential: %s",
  (words) => {
    expect(faultOf(400, error({ code: 'invalid_value', message: `Invalid value: '${words}'` }))).toBe('none')
  },
)

test('a caller does not learn where a forbidden upstream is, nor what would open it', () => {
  const { code, message } = upstreamError(
    new EgressError('forbidden', '10.0.0.8 is not a public address. CLAVIGER_PRIVATE_UPSTREAMS=10.0.0.8'),
  )
  expect(code).toBe('upstream_failed')
  expect(message).not.toMatch(/10\.0\.0\.8|CLAVIGER/)
})
