import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { listOfRates } from '../domain/price-list.ts'
import { costOf, type ModelPrice } from '../domain/pricing.ts'
import type { ProviderKind } from '../domain/providers.ts'
import type { OwnModel } from '../domain/routing.ts'
import { NO_QUANTITIES } from '../domain/usage.ts'
import { CATALOGUE_VERSION, catalogueModels, cataloguePrice, resolve, servedPrice } from './catalogue.ts'

const TODAY = new Date('2026-11-21T12:00:00Z')
const at = (kind: ProviderKind, baseUrl = '') => ({ kind, baseUrl })

function listPrice(kind: ProviderKind, model: string, day = TODAY, baseUrl = '') {
  const price = cataloguePrice(at(kind, baseUrl), model, day)
  return price && listOfRates(price.rates)
}

test('the catalogue says the version that is installed', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(CATALOGUE_VERSION).toBe(`genai-prices@${dependencies['@pydantic/genai-prices']}`)
})

test.each<[ProviderKind, string]>([
  ['openai', 'gpt-5.4'],
  ['openai', 'gpt-5.4-pro'],
  ['openai', 'gpt-5.5'],
  ['openai', 'gpt-5.6-sol'],
  ['openai', 'gpt-5.6-terra'],
  ['openai', 'gpt-6-sol'],
  ['openai', 'gpt-6-astra'],
  ['azure_openai', 'gpt-5.4'],
])('%s: the long rate of %s begins above 272,000 tokens of input', (kind, model) => {
  const price = cataloguePrice(at(kind), model, TODAY)
  const [short, long] = price?.rates.input ?? []
  if (!price || !short || !long) throw new Error('it has a long rate')
  const costs = (inputTokens: number) => costOf({ ...NO_QUANTITIES, inputTokens }, price, null).nanoUsd
  expect(costs(272_000)).toBe((272_000n * short.nanoPerMillion) / 1_000_000n)
  expect(costs(272_001)).toBe((272_001n * long.nanoPerMillion) / 1_000_000n)
  expect(long.nanoPerMillion).toBe(2n * short.nanoPerMillion)
})

test('list prices are exact, with their tiers', () => {
  expect(listPrice('openai', 'gpt-6-sol')).toEqual({
    input: [
      { above: 0, usd: '2' },
      { above: 272_000, usd: '4' },
    ],
    cachedInput: [
      { above: 0, usd: '0.2' },
      { above: 272_000, usd: '0.4' },
    ],
    cacheWrite5m: [
      { above: 0, usd: '2.5' },
      { above: 272_000, usd: '5' },
    ],
    // Kept for 12 hours: twice the rate of 30 minutes.
    cacheWrite1h: [
      { above: 0, usd: '5' },
      { above: 272_000, usd: '10' },
    ],
    output: [
      { above: 0, usd: '10' },
      { above: 272_000, usd: '15' },
    ],
    webSearch: '10',
    fileSearch: '2.5',
    container: '30',
    toolImageInput: '8',
    toolImageOutput: '32',
  })
  expect(listPrice('anthropic', 'claude-opus-5-5')).toEqual({
    input: '4',
    cachedInput: '0.2',
    cacheWrite5m: '5',
    cacheWrite1h: '8',
    output: '20',
    webSearch: '10',
    container: '16.666666667',
  })
  expect(listPrice('openai', 'gpt-image-1.5')).toEqual({
    input: '5',
    cachedInput: '1.25',
    imageInput: '8',
    output: '10',
    imageOutput: '32',
  })
})

const HISTORY: [kind: ProviderKind, model: string, day: string, input: string][] = [
  ['openai', 'o3', '2025-06-09', '10'],
  ['openai', 'o3', '2025-06-10', '2'],
  ['google_gemini', 'gemini-3.8-flash', '2026-12-31', '0.75'],
  ['google_gemini', 'gemini-3.8-flash', '2027-01-01', '1.5'],
]

test.each(HISTORY)('%s %s cost on %s what it cost then', (kind, model, day, input) => {
  expect(listPrice(kind, model, new Date(`${day}T12:00:00Z`))?.input).toBe(input)
})

const UNKNOWN: [why: string, kind: ProviderKind, model: string][] = [
  ['nobody made it', 'openai', 'gpt-9'],
  ['another maker', 'openai', 'claude-opus-5-5'],
  ['another maker', 'anthropic', 'gpt-5.4'],
  ['sold by Google, but not through this endpoint', 'google_gemini', 'claude-opus-5-5'],
  // The catalogue is generous with names; a budget that names the model is not.
  ['capitals', 'openai', 'GPT-5.4'],
  ['a blank', 'openai', 'gpt-5.4 '],
  ['a line break', 'openai', 'gpt-5.4\n'],
  ['priced by the hour, which we do not count', 'openai', 'whisper-1'],
  ['no catalogue', 'openai_compatible', 'gpt-5.4'],
]

test.each(UNKNOWN)('there is no price when the name is of %s', (_, kind, model) => {
  expect(cataloguePrice(at(kind), model, TODAY)).toBeNull()
})

test('what is free has a price of zero', () => {
  expect(listPrice('openai', 'omni-moderation-latest')).toEqual({ input: '0', output: '0' })
})

test('audio models that the catalogue prices like text have audio rates', () => {
  expect(listPrice('openai', 'gpt-4o-audio-preview')).toMatchObject({ audioInput: '40', audioOutput: '80' })
  expect(listPrice('openai', 'gpt-4o-audio-preview-2024-10-01')).toMatchObject({
    audioInput: '100',
    audioOutput: '200',
  })
  expect(listPrice('openai', 'gpt-4o-mini-audio-preview')).toMatchObject({
    audioInput: '10',
    audioOutput: '20',
  })
})

test('compatible providers with a public price list are known by their host', () => {
  expect(
    listPrice('openai_compatible', 'llama-3.3-70b-versatile', TODAY, 'https://api.groq.com/openai/v1'),
  ).toEqual({
    input: '0.59',
    output: '0.79',
  })
  expect(
    listPrice('openai_compatible', 'llama-3.3-70b-versatile', TODAY, 'https://api.groq.com.evil.example/v1'),
  ).toBeNull()
})

const LIMITS: [kind: ProviderKind, model: string, context: number, output: number][] = [
  ['openai', 'gpt-6-sol', 1_050_000, 128_000],
  ['openai', 'gpt-5-pro', 400_000, 272_000],
  ['openai', 'gpt-5', 400_000, 128_000],
  ['openai', 'gpt-4.1-mini', 1_000_000, 32_768],
  ['openai', 'gpt-4o', 128_000, 16_384],
  ['openai', 'o3', 200_000, 100_000],
  ['openai', 'codex-mini', 200_000, 100_000],
  ['azure_openai', 'gpt-5.4', 1_050_000, 128_000],
  ['anthropic', 'claude-opus-5-5', 1_000_000, 128_000],
  ['anthropic', 'claude-opus-4-6', 1_000_000, 128_000],
  ['anthropic', 'claude-haiku-4-5', 200_000, 64_000],
  ['google_gemini', 'gemini-3.8-flash', 1_000_000, 65_536],
  // Unknown, or sources disagree: the context window is the bound.
  ['openai', 'gpt-4', 8192, 8192],
  ['openai', 'gpt-3.5-turbo-16k', 16_385, 16_385],
  ['anthropic', 'claude-opus-4-1', 200_000, 200_000],
  ['google_gemini', 'gemini-2.0-flash', 1_000_000, 1_000_000],
]

test.each(LIMITS)(
  '%s %s reads and writes at most its limits',
  (kind, model, contextWindow, maxOutputTokens) => {
    expect(cataloguePrice(at(kind), model, TODAY)).toMatchObject({ contextWindow, maxOutputTokens })
  },
)

test('each listed model can be called by its name', () => {
  for (const kind of ['openai', 'anthropic', 'google_gemini', 'azure_openai', 'demo'] as const) {
    const models = catalogueModels(at(kind), TODAY)
    expect(models.length, kind).toBeGreaterThan(10)
    for (const { model, price } of models) expect(cataloguePrice(at(kind), model, TODAY), model).toBe(price)
  }
})

test('what nobody can call is not listed: the start of a name that stands for a family', () => {
  for (const kind of ['openai', 'azure_openai', 'google_gemini'] as const) {
    const names = catalogueModels(at(kind), TODAY).map(({ model }) => model)
    expect(names.filter((name) => !/[a-z0-9]$/.test(name))).toEqual([])
  }
  expect(listPrice('openai', 'ft:gpt-3.5-turbo-0125:acme::8x')).not.toBeNull()
})

const OPENAI = { id: 'prv_1', name: 'openai', kind: 'openai' as const, baseUrl: 'https://api.openai.com/v1' }
const AZURE = {
  id: 'prv_2',
  name: 'azure',
  kind: 'azure_openai' as const,
  baseUrl: 'https://x.openai.azure.com',
}
const CLAUDE = {
  id: 'prv_3',
  name: 'claude',
  kind: 'anthropic' as const,
  baseUrl: 'https://api.anthropic.com',
}
const OLLAMA = {
  id: 'prv_4',
  name: 'ollama',
  kind: 'openai_compatible' as const,
  baseUrl: 'http://127.0.0.1:11434/v1',
}
const CONNECTIONS = [AZURE, OPENAI, CLAUDE, OLLAMA]
const OWN_PRICE: ModelPrice = {
  version: 'own/mdl_1@1',
  rates: { input: [{ above: 0, nanoPerMillion: 1n }] },
  modifiers: [],
  contextWindow: null,
  maxOutputTokens: null,
}
const OWN: OwnModel[] = [
  {
    name: 'llama',
    providerId: 'prv_4',
    upstreamModel: 'llama3',
    price: OWN_PRICE,
    contextWindow: 8192,
    maxOutputTokens: null,
  },
  {
    name: 'fast',
    providerId: 'prv_1',
    upstreamModel: 'gpt-5-mini',
    price: null,
    contextWindow: null,
    maxOutputTokens: null,
  },
]

const ROUTES: [name: string, routes: [providerId: string, upstreamModel: string, priced: boolean][]][] = [
  [
    'gpt-5.4',
    [
      ['prv_1', 'gpt-5.4', true],
      ['prv_2', 'gpt-5.4', true],
    ],
  ],
  ['claude-opus-5-5', [['prv_3', 'claude-opus-5-5', true]]],
  ['azure/gpt-5.4', [['prv_2', 'gpt-5.4', true]]],
  ['fast', [['prv_1', 'gpt-5-mini', true]]],
  ['llama', [['prv_4', 'llama3', true]]],
  // Somebody serves it, but nobody knows its price.
  ['ollama/llama3', [['prv_4', 'llama3', false]]],
  ['openai/gpt-9', [['prv_1', 'gpt-9', false]]],
  ['gpt-9', []],
  ['llama3', []],
]

test.each(ROUTES)('%s is routed to %j', (name, routes) => {
  const found = resolve(name, CONNECTIONS, OWN, TODAY)
  expect(
    found.map(({ providerId, upstreamModel, price }) => [providerId, upstreamModel, price !== null]),
  ).toEqual(routes)
})

test('what an own entry says of a model goes before the catalogue', () => {
  expect(resolve('llama', CONNECTIONS, OWN, TODAY)[0]?.price).toMatchObject({
    contextWindow: 8192,
    version: 'own/mdl_1@1',
  })
})

test('the price is that of the model that answered', () => {
  const admitted = cataloguePrice(OPENAI, 'gpt-5.4', TODAY)
  if (!admitted) throw new Error('gpt-5.4 has no price')
  const version = (servedModel: string | null, price = admitted) =>
    servedPrice(price, OPENAI, 'gpt-5.4', servedModel, TODAY)?.version ?? null
  expect(version(null)).toBe(`${CATALOGUE_VERSION}/openai/gpt-5.4`)
  expect(version('gpt-5.4-2026-03-05')).toBe(`${CATALOGUE_VERSION}/openai/gpt-5.4`)
  expect(version('gpt-5.4-mini')).toBe(`${CATALOGUE_VERSION}/openai/gpt-5.4-mini`)
  expect(version('gpt-99')).toBeNull()
  expect(version('gpt-99', OWN_PRICE)).toBe('own/mdl_1@1')
})
