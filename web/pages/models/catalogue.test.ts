import { expect, test } from 'vitest'
import { type Model, ordered, ownKind, rateOf, refusedIn, usesOf } from './catalogue.ts'

const model = (change: Partial<Model> = {}): Model => ({
  id: null,
  name: 'openai/gpt-5',
  source: 'catalogue',
  providerId: 'prv_1',
  upstreamModel: 'gpt-5',
  rates: null,
  contextWindow: null,
  maxOutputTokens: null,
  providerName: 'openai',
  price: { input: '2.5' },
  deprecated: false,
  createdAt: null,
  version: null,
  ...change,
})

const sums = {
  attempts: 0,
  errors: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}

test('calls by both names of a model are its use, to the last digit; those of another provider are not', () => {
  const row = (name: string, provider: string, calls: number, costUsd: string) => ({
    group: { model: name, provider },
    ...sums,
    calls,
    costUsd,
  })
  const report = {
    from: '',
    to: '',
    timeZone: 'UTC',
    data: [
      row('gpt-5', 'prv_1', 2, '0.100000001'),
      row('openai/gpt-5', 'prv_1', 3, '0.2'),
      row('gpt-5', 'prv_2', 9, '9'),
    ],
    total: { ...sums, calls: 14, costUsd: '9.3' },
    truncated: false,
    names: {},
  }
  expect([...usesOf([model()], report)]).toEqual([['openai/gpt-5', { calls: 5, costUsd: '0.300000001' }]])
})

test('a place refuses a model when its policy refuses each of its names', () => {
  const policy = (id: string, change: object) => ({
    scope: { type: 'team' as const, id },
    models: null,
    operations: null,
    providers: null,
    hostedTools: null,
    maxOutputTokens: null,
    ipAllowlist: null,
    ipMode: 'enforce' as const,
    updatedAt: null,
    version: 1,
    ...change,
  })
  const policies = [
    policy('by-short-name', { models: ['gpt-5*'] }),
    policy('by-full-name', { models: ['openai/*'] }),
    policy('of-others', { models: ['claude-*'] }),
    policy('of-another-provider', { providers: ['anthropic'] }),
    policy('of-embeddings', { operations: ['embeddings'] }),
  ]
  expect(refusedIn(model(), policies).map(({ id }) => id)).toEqual(['of-others', 'of-another-provider'])
})

test('a price in tiers is that of the smallest input, and what has none is not free', () => {
  const price = {
    input: [
      { above: 200_000, usd: '6' },
      { above: 0, usd: '3' },
    ],
    output: '15',
  }
  expect(rateOf(price, 'input')).toEqual({ usd: '3', tiers: 2 })
  expect(rateOf(price, 'output')).toEqual({ usd: '15', tiers: 1 })
  expect(rateOf(price, 'cachedInput')).toBeNull()
  expect(rateOf(null, 'input')).toBeNull()
})

test('by price, what has none comes last both ways', () => {
  const models = [
    model({ name: 'unpriced', price: null }),
    model({ name: 'dear', price: { input: '10' } }),
    model({ name: 'cheap', price: { input: '0.5' } }),
  ]
  const names = (order: 'cheap' | 'dear') => ordered(models, order, new Map()).map(({ name }) => name)
  expect(names('cheap')).toEqual(['cheap', 'dear', 'unpriced'])
  expect(names('dear')).toEqual(['dear', 'cheap', 'unpriced'])
})

test.each([
  [null, model()],
  ['alias', model({ source: 'own', name: 'fast' })],
  ['alias, own price', model({ source: 'own', name: 'fast', rates: { input: '1' } })],
  ['own price', model({ source: 'own', name: 'gpt-5', rates: { input: '1' } })],
  ['own price', model({ source: 'own', rates: { input: '1' } })],
])('it is marked as %s', (kind, is) => {
  expect(ownKind(is)).toBe(kind)
})
