import { describe, expect, test } from 'vitest'
import type { Budget } from './budget.ts'
import type { Way } from './call-route.ts'
import { type ExplainedKey, explain, type Supposed } from './explain.ts'
import type { Policy } from './policy.ts'
import type { RateLimit } from './rate-limit.ts'
import { NO_TOOL_USE } from './tool-use.ts'

const now = new Date('2026-06-15T12:00:00Z')

const silent: Policy = {
  scope: { type: 'organization', id: 'org' },
  models: null,
  operations: null,
  providers: null,
  hostedTools: null,
  maxOutputTokens: null,
  ipAllowlist: null,
  ipMode: 'enforce',
}
const ofTeam: Policy = { ...silent, scope: { type: 'team', id: 'team' } }
const budget = (id: string, more: Partial<Budget> = {}): Budget => ({
  id,
  name: id,
  scope: { type: 'team', id: 'team' },
  kind: 'hard',
  window: 'month',
  limitNanoUsd: 10_000_000n,
  onShort: 'deny',
  throttleAtPercent: null,
  throttleRequestsPerMinute: null,
  suspendAtPercent: null,
  providerId: null,
  modelPattern: null,
  ...more,
})
const limit = (id: string, more: Partial<RateLimit> = {}): RateLimit => ({
  id,
  scope: { type: 'key', id: 'key' },
  requestsPerMinute: 60,
  tokensPerMinute: null,
  concurrentCalls: null,
  providerId: null,
  modelPattern: null,
  ...more,
})
const key = (more: Partial<ExplainedKey> = {}): ExplainedKey => ({
  state: 'active',
  notBefore: null,
  expiresAt: null,
  resumeAt: null,
  secretExpiresAt: null,
  closedParent: null,
  access: null,
  policies: [silent, ofTeam],
  rateLimits: [],
  budgets: [],
  ...more,
})
/** 1,000 nano-USD a token in and 10,000 out: with 64 tokens for templates, 2,000,000 for this call. */
const way: Way<string> = {
  providerId: 'prv',
  providerName: 'openai',
  upstreamModel: 'gpt-5',
  price: {
    version: 'test',
    rates: {
      input: [{ above: 0, nanoPerMillion: 1_000_000_000n }],
      output: [{ above: 0, nanoPerMillion: 10_000_000_000n }],
    },
    modifiers: [],
    contextWindow: 1000,
    maxOutputTokens: 500,
  },
  serves: true,
  credentials: ['crd'],
}
const shape = {
  bytes: 936,
  hasTools: false,
  predicts: false,
  unboundedInput: false,
  outputCap: 100,
  choices: 1,
  images: 0,
  tools: NO_TOOL_USE,
  serviceTier: null,
}
const call: Supposed = { operation: 'chat.completions', model: 'gpt-5', hostedTools: [], ip: null, shape }

const standing = (left: Record<string, bigint>) =>
  new Map(
    Object.entries(left).map(([id, remaining]) => [
      id,
      { limitNanoUsd: 10_000_000n, spentNanoUsd: 10_000_000n - remaining, resetsAt: now },
    ]),
  )

const told = (
  more: Partial<ExplainedKey>,
  left: Record<string, bigint> = {},
  asked: Supposed | null = call,
  ways = [way],
) => {
  const { refusal, binding, rules } = explain(key(more), asked, () => ways, standing(left), now)
  const name = (one: (typeof rules)[number] | null) =>
    one && `${one.kind} ${'id' in one.rule ? one.rule.id : one.rule.scope.type}`
  return { code: refusal?.code ?? null, binds: name(binding), rules: rules.map(name) }
}

describe('a call is refused by the first that would refuse it at the gateway', () => {
  const poor = { budgets: [budget('poor')] }
  test.each<[string, Partial<ExplainedKey>, Supposed, string, string | null]>([
    ['the key', { ...poor, state: 'suspended' }, call, 'key_suspended', null],
    ['what the key lies in', { ...poor, closedParent: 'project' }, call, 'key_suspended', null],
    ["its owner's role", { ...poor, access: 'none' }, call, 'key_suspended', null],
    [
      'its address',
      { ...poor, policies: [{ ...ofTeam, ipAllowlist: ['10.0.0.0/8'], models: [] }] },
      { ...call, ip: '192.0.2.1' },
      'ip_not_allowed',
      'policy team',
    ],
    [
      'a policy',
      { ...poor, policies: [silent, { ...ofTeam, models: [] }] },
      call,
      'model_not_allowed',
      'policy team',
    ],
    [
      'the hosted tool that no policy allows',
      poor,
      { ...call, hostedTools: ['mcp'] },
      'hosted_tool_not_allowed',
      'policy team',
    ],
    [
      'a budget',
      { ...poor, rateLimits: [limit('slow', { tokensPerMinute: 1 })] },
      call,
      'budget_exceeded',
      'budget poor',
    ],
    [
      'a rate that it can never pass',
      { rateLimits: [limit('slow', { tokensPerMinute: 1 })] },
      call,
      'rate_limit_exceeded',
      'rate-limit slow',
    ],
  ])('%s', (_, more, asked, code, binds) => {
    expect(told(more, { poor: 1_999_999n }, asked)).toMatchObject({ code, binds })
  })

  test('its route', () => {
    expect(told({}, {}, call, [{ ...way, credentials: [] }])).toMatchObject({
      code: 'no_credential',
      binds: null,
    })
    expect(told({}, {}, call, [{ ...way, price: null }])).toMatchObject({
      code: 'price_unknown',
      binds: null,
    })
    expect(told({}, {}, call, [])).toMatchObject({ code: 'model_not_found', binds: null })
  })
})

test('a budget that is suspended lets nothing in that costs, whatever is left', () => {
  const budgets = [budget('full', { suspendAtPercent: 50 })]
  expect(told({ budgets }, { full: 5_000_001n }).code).toBeNull()
  expect(told({ budgets }, { full: 5_000_000n })).toMatchObject({
    code: 'budget_suspended',
    binds: 'budget full',
  })
  expect(told({ budgets }, { full: 0n }, { ...call, operation: 'moderations' }).code).toBeNull()
})

describe('a call passes', () => {
  test('when what is left is what it holds, and the tightest hard budget is the one that binds', () => {
    const budgets = [budget('rich'), budget('tight'), budget('soft', { kind: 'soft' })]
    expect(
      told({ budgets, rateLimits: [limit('any')] }, { rich: 9_000_000n, tight: 2_000_000n, soft: 0n }),
    ).toEqual({
      code: null,
      binds: 'budget tight',
      rules: [
        'policy organization',
        'policy team',
        'budget rich',
        'budget tight',
        'budget soft',
        'rate-limit any',
      ],
    })
  })

  test('without a budget the lowest rate binds', () => {
    const rateLimits = [
      limit('fast'),
      limit('slow', { requestsPerMinute: 6 }),
      limit('long', { requestsPerMinute: null }),
    ]
    expect(told({ rateLimits })).toMatchObject({ code: null, binds: 'rate-limit slow' })
  })

  test('rules for other providers and models do not count', () => {
    const elsewhere = [
      budget('other', { providerId: 'another' }),
      budget('model', { modelPattern: 'claude-*' }),
    ]
    expect(told({ budgets: elsewhere }).rules).toEqual(['policy organization', 'policy team'])
  })

  test('with its output cut to what the budget buys', () => {
    const open = { ...call, shape: { ...shape, outputCap: null } }
    const clamp = key({ budgets: [budget('tight', { onShort: 'clamp' })] })
    const { refusal, hold } = explain(clamp, open, () => [way], standing({ tight: 2_000_000n }), now)
    expect([refusal, hold?.clampedTo, hold?.holdNanoUsd]).toEqual([null, 100, 2_000_000n])
  })

  test('from anywhere, as long as nobody says from where', () => {
    expect(told({ policies: [{ ...ofTeam, ipAllowlist: ['10.0.0.0/8'] }] }).code).toBeNull()
  })
})

test('without a call, all rules are there and only the key itself can refuse', () => {
  const rules = { budgets: [budget('poor', { modelPattern: 'claude-*' })], rateLimits: [limit('any')] }
  expect(told({ ...rules, policies: [{ ...ofTeam, models: [] }] }, {}, null)).toEqual({
    code: null,
    binds: 'budget poor',
    rules: ['policy team', 'budget poor', 'rate-limit any'],
  })
  expect(told({ state: 'revoked' }, {}, null)).toMatchObject({ code: 'key_revoked', binds: null })
})
