import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { NO_QUANTITIES } from '../domain/usage.ts'
import type { AttemptOutcome } from '../ledger/ledger.ts'
import { CallMetrics } from './call-metrics.ts'

const outcome: AttemptOutcome = {
  attempt: 1,
  providerId: null,
  credentialId: null,
  upstreamModel: null,
  servedModel: null,
  status: 200,
  errorCode: null,
  quantities: { ...NO_QUANTITIES, inputTokens: 10, outputTokens: 5 },
  costNanoUsd: 1_500_000_000n,
  estimated: false,
  priced: true,
  priceVersion: null,
  serviceTier: null,
  modifiers: [],
  durationMs: 300,
  firstByteMs: null,
  objectId: null,
}

async function printed(count: (metrics: CallMetrics) => void): Promise<string> {
  const registry = new Registry()
  count(new CallMetrics(registry))
  await registry.metrics()
  return registry.metrics()
}

test('calls, tokens, cost and time are summed by provider and model, however often they are read', async () => {
  const text = await printed((metrics) => {
    metrics.count('openai', 'gpt-5.4', outcome)
    metrics.count('openai', 'gpt-5.4', {
      ...outcome,
      status: 429,
      costNanoUsd: 0n,
      quantities: NO_QUANTITIES,
    })
  })
  expect(text).toContain('claviger_gateway_calls_total{provider="openai",model="gpt-5.4",status="2xx"} 1\n')
  expect(text).toContain('claviger_gateway_calls_total{provider="openai",model="gpt-5.4",status="4xx"} 1\n')
  expect(text).toContain(
    'claviger_gateway_tokens_total{provider="openai",model="gpt-5.4",direction="input"} 10\n',
  )
  expect(text).toContain('claviger_gateway_cost_usd_total{provider="openai",model="gpt-5.4"} 1.5\n')
  expect(text).toContain('claviger_gateway_call_duration_seconds_bucket{le="0.5"} 2\n')
})

test('names that callers think of do not become labels without a bound', async () => {
  const text = await printed((metrics) => {
    for (let i = 0; i < 3_000; i++) metrics.count('openai', `model-${i}`, outcome)
    metrics.count('openai', null, outcome)
  })
  const labelled = text.match(/^claviger_gateway_cost_usd_total\{/gm) ?? []
  expect(labelled.length).toBeLessThanOrEqual(1_001)
  expect(text).toContain('claviger_gateway_cost_usd_total{provider="openai",model="other"}')
})
