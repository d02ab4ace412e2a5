import { expect, test } from 'vitest'
import { costOf } from '../domain/pricing.ts'
import type { ProviderKind } from '../domain/providers.ts'
import { cataloguePrice, servedPrice } from './catalogue.ts'
import { type Meter, watchUsage } from './usage-watch.ts'

/*
 * Answers as providers write them, and what each costs in nano-USD by the provider's own page: from the bytes on the
 * wire through the meter, the model that served, the tier that the answer reports and the catalogue. The arithmetic in
 * each row is that of the page (rate per million tokens × tokens), worked by hand: a micro-USD is 1,000 nano-USD.
 */

const CLAUDE = 'https://platform.claude.com/docs/en/about-claude/pricing'
const OPENAI = 'https://developers.openai.com/api/docs/pricing'
const FAST = 'https://openai.com/api-fast-mode/'
const FLEX = 'https://developers.openai.com/api/docs/guides/flex-processing.md'
const GEMINI = 'https://ai.google.dev/gemini-api/docs/pricing'
const TODAY = '2026-11-21'

type Example = {
  name: string
  kind: ProviderKind
  /** The model that was asked for. */
  model: string
  meter: Meter
  answer: object
  /** The day the call was admitted. */
  on?: string
  nanoUsd: bigint
  modifiers?: string[]
  page: string
}

const EXAMPLES: Example[] = [
  {
    name: 'Claude: 50,000 tokens in, 15,000 out',
    ...claude('claude-opus-4-8', { input_tokens: 50_000, output_tokens: 15_000 }),
    // 50,000 × 5 + 15,000 × 25 micro-USD: the page's coding session, without its runtime.
    nanoUsd: 625_000_000n,
    page: CLAUDE,
  },
  {
    name: 'Claude: the same with 40,000 of them read from the cache',
    ...claude('claude-opus-4-8', {
      input_tokens: 10_000,
      cache_read_input_tokens: 40_000,
      output_tokens: 15_000,
    }),
    // 10,000 × 5 + 40,000 × 0.5 + 15,000 × 25
    nanoUsd: 445_000_000n,
    page: CLAUDE,
  },
  {
    name: 'Claude: cache writes for five minutes and for an hour have rates of their own',
    ...claude('claude-opus-4-8', {
      input_tokens: 10,
      cache_creation_input_tokens: 100,
      cache_read_input_tokens: 1000,
      cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
      output_tokens: 500,
    }),
    // 10 × 5 + 60 × 6.25 + 40 × 10 + 1,000 × 0.5 + 500 × 25
    nanoUsd: 13_825_000n,
    page: CLAUDE,
  },
  {
    name: 'Claude: a write that does not say for how long is one of five minutes',
    ...claude('claude-opus-4-8', {
      input_tokens: 0,
      cache_creation_input_tokens: 1000,
      output_tokens: 0,
    }),
    nanoUsd: 6_250_000n,
    page: CLAUDE,
  },
  {
    name: 'Claude: a cache hit of Fable costs a fortieth of its input',
    ...claude('claude-fable-5-1', {
      input_tokens: 0,
      cache_read_input_tokens: 1_000_000,
      output_tokens: 0,
    }),
    nanoUsd: 250_000_000n,
    page: CLAUDE,
  },
  {
    name: 'Claude: thinking is a part of the output',
    ...claude('claude-haiku-4-5', {
      input_tokens: 1000,
      output_tokens: 2000,
      output_tokens_details: { thinking_tokens: 1500 },
    }),
    // 1,000 × 1 + 2,000 × 5
    nanoUsd: 11_000_000n,
    page: CLAUDE,
  },
  {
    name: 'Claude: a web search costs a cent beside its tokens',
    ...claude('claude-haiku-4-5', {
      input_tokens: 6039,
      output_tokens: 931,
      server_tool_use: { web_search_requests: 1, web_fetch_requests: 3 },
    }),
    // 6,039 × 1 + 931 × 5 + 10,000; fetching costs nothing but its tokens
    nanoUsd: 20_694_000n,
    page: CLAUDE,
  },
  {
    name: 'Claude: inference in the US costs a tenth more, in every kind of token',
    ...claude('claude-opus-4-8', {
      input_tokens: 1000,
      cache_read_input_tokens: 1000,
      output_tokens: 1000,
      service_tier: 'standard',
      inference_geo: 'us',
    }),
    // 1.1 × (1,000 × 5 + 1,000 × 0.5 + 1,000 × 25)
    nanoUsd: 33_550_000n,
    modifiers: ['us'],
    page: CLAUDE,
  },
  {
    name: 'Claude: fast mode counts when the answer says so',
    ...claude('claude-opus-4-8', { input_tokens: 1000, output_tokens: 1000, speed: 'fast' }),
    // 2 × (1,000 × 5 + 1,000 × 25)
    nanoUsd: 60_000_000n,
    modifiers: ['fast'],
    page: 'https://platform.claude.com/docs/en/build-with-claude/fast-mode',
  },
  {
    name: 'OpenAI: cached tokens are a part of the prompt',
    ...chat('gpt-4o', {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920 },
    }),
    // 86 × 2.5 + 1,920 × 1.25 + 300 × 10
    nanoUsd: 5_615_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: reasoning is a part of the output',
    ...chat('o3', {
      prompt_tokens: 75,
      completion_tokens: 1186,
      total_tokens: 1261,
      completion_tokens_details: { reasoning_tokens: 1024 },
    }),
    // 75 × 2 + 1,186 × 8
    nanoUsd: 9_638_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: cache writes cost more than input, and those of 12 hours twice as much',
    ...responses('gpt-6-sol', {
      input_tokens: 1000,
      input_tokens_details: {
        cached_tokens: 200,
        cache_write_tokens: 300,
        cache_write_tokens_details: { ttl_12h_tokens: 100, ttl_30m_tokens: 200 },
      },
      output_tokens: 500,
      total_tokens: 1500,
    }),
    // 500 × 2 + 200 × 0.2 + 200 × 2.5 + 100 × 5 + 500 × 10
    nanoUsd: 7_040_000n,
    page: 'https://developers.openai.com/api/docs/models/gpt-6.2-sol.md',
  },
  {
    name: 'OpenAI: over 272,000 tokens the whole call has the long rate',
    ...chat('gpt-6-sol', { prompt_tokens: 300_000, completion_tokens: 1000, total_tokens: 301_000 }),
    // 300,000 × 4 + 1,000 × 15
    nanoUsd: 1_215_000_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: exactly 272,000 are not over it',
    ...chat('gpt-6-sol', { prompt_tokens: 272_000, completion_tokens: 1000, total_tokens: 273_000 }),
    // 272,000 × 2 + 1,000 × 10
    nanoUsd: 554_000_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: audio in and out',
    ...chat('gpt-audio', {
      prompt_tokens: 150,
      completion_tokens: 300,
      total_tokens: 450,
      prompt_tokens_details: { audio_tokens: 100 },
      completion_tokens_details: { audio_tokens: 250 },
    }),
    // 50 × 2.5 + 100 × 32 + 50 × 10 + 250 × 64
    nanoUsd: 19_825_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: an image of medium quality, made from a text and an image',
    ...images('gpt-image-1', {
      input_tokens: 550,
      input_tokens_details: { text_tokens: 50, image_tokens: 500 },
      output_tokens: 1056,
      total_tokens: 1606,
    }),
    // 50 × 5 + 500 × 10 + 1,056 × 40: the page rounds the output to 0.042 USD
    nanoUsd: 47_490_000n,
    page: 'https://developers.openai.com/api/docs/models/gpt-image-1',
  },
  {
    name: 'OpenAI: embeddings have input only',
    kind: 'openai',
    model: 'text-embedding-3-large',
    meter: 'openai-embeddings',
    answer: { model: 'text-embedding-3-large', data: [], usage: { prompt_tokens: 8, total_tokens: 8 } },
    nanoUsd: 1040n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: each search of an answer costs a cent',
    ...responses('gpt-5.4-mini', { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 }, [
      { type: 'web_search_call', status: 'completed' },
      { type: 'web_search_call', status: 'completed' },
      { type: 'file_search_call', status: 'completed' },
    ]),
    // 1,000 × 0.75 + 100 × 4.5 + 2 × 10,000 + 2,500
    nanoUsd: 23_700_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: flex halves the tokens, and not the search',
    ...responses(
      'gpt-5.4-mini',
      { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 },
      [{ type: 'web_search_call' }],
      'flex',
    ),
    // (1,000 × 0.75 + 100 × 4.5) / 2 + 10,000
    nanoUsd: 10_600_000n,
    modifiers: ['flex'],
    page: FLEX,
  },
  {
    name: 'OpenAI: the tier of the answer counts, whatever was asked for',
    ...chat('gpt-4o', { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }, 'priority'),
    // 1.7 × (1,000 × 2.5 + 100 × 10)
    nanoUsd: 5_950_000n,
    modifiers: ['priority'],
    page: FAST,
  },
  {
    name: 'OpenAI: asked for more, but served by default',
    ...chat('gpt-4o', { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }, 'default'),
    nanoUsd: 3_500_000n,
    page: FAST,
  },
  {
    name: 'OpenAI: the model that served counts, not the one asked for',
    ...chat('gpt-4o', { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }),
    answer: {
      model: 'gpt-4o-mini-2024-07-18',
      usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
    },
    // 1,000 × 0.15 + 100 × 0.6
    nanoUsd: 210_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: the old price before the day of a change',
    ...chat('o3', { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 }),
    on: '2025-06-09',
    // 1,000 × 10 + 1,000 × 40
    nanoUsd: 50_000_000n,
    page: OPENAI,
  },
  {
    name: 'OpenAI: the new one from that day on',
    ...chat('o3', { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 }),
    on: '2025-06-10',
    nanoUsd: 10_000_000n,
    page: OPENAI,
  },
  {
    name: 'Azure: the list price of the model it runs',
    ...chat('gpt-4.1', {
      prompt_tokens: 1000,
      completion_tokens: 100,
      total_tokens: 1100,
      prompt_tokens_details: { cached_tokens: 400 },
    }),
    kind: 'azure_openai',
    // 600 × 2 + 400 × 0.5 + 100 × 8
    nanoUsd: 2_200_000n,
    page: 'https://azure.microsoft.com/en-us/pricing/details/azure-openai/',
  },
  {
    name: 'Gemini: over 200,000 tokens the whole call has the long rate',
    ...chat('gemini-2.5-pro', { prompt_tokens: 200_001, completion_tokens: 1000, total_tokens: 201_001 }),
    kind: 'google_gemini',
    // 200,001 × 2.5 + 1,000 × 15
    nanoUsd: 515_002_500n,
    page: GEMINI,
  },
  {
    name: 'Gemini: thinking that is only in the total is output',
    ...chat('gemini-2.5-pro', { prompt_tokens: 1000, completion_tokens: 200, total_tokens: 2000 }),
    kind: 'google_gemini',
    // 1,000 × 1.25 + (2,000 − 1,000) × 10
    nanoUsd: 11_250_000n,
    page: GEMINI,
  },
]

test.each(EXAMPLES)('$name', ({ kind, model, meter, answer, on, nanoUsd, modifiers }) => {
  expect(charged(kind, model, meter, answer, on ?? TODAY)).toEqual({ nanoUsd, modifiers: modifiers ?? [] })
})

test('a model that nobody knows the price of has none, and is never free', () => {
  expect(cataloguePrice(connection('openai'), 'gpt-99', at(TODAY))).toBeNull()
  const asked = cataloguePrice(connection('openai'), 'gpt-4o', at(TODAY))
  if (!asked) throw new Error('gpt-4o has no price')
  expect(servedPrice(asked, connection('openai'), 'gpt-4o', 'gpt-99', at(TODAY))).toBeNull()
})

/** The cost of a whole answer, from its bytes. */
function charged(kind: ProviderKind, model: string, meter: Meter, answer: object, on: string) {
  const watch = watchUsage(meter, false)
  const bytes = Buffer.from(JSON.stringify(answer))
  watch.push(bytes, bytes.toString('latin1'))
  const usage = watch.finish()
  const asked = cataloguePrice(connection(kind), model, at(on))
  const price = asked && usage && servedPrice(asked, connection(kind), model, usage.servedModel, at(on))
  if (!usage || !price) throw new Error(`${model} reported no usage, or has no price`)
  expect(usage.estimated).toBe(false)
  return costOf(usage.quantities, price, usage.serviceTier)
}

function connection(kind: ProviderKind) {
  return { id: 'prv_test', name: kind, kind, baseUrl: 'https://provider.example' }
}

function at(day: string): Date {
  return new Date(`${day}T23:59:59Z`)
}

function claude(model: string, usage: object) {
  return { kind: 'anthropic', model, meter: 'anthropic-messages', answer: { model, usage } } as const
}

function chat(model: string, usage: object, tier?: string) {
  const answer = { model, usage, ...(tier === undefined ? {} : { service_tier: tier }) }
  return { kind: 'openai' as ProviderKind, model, meter: 'openai-chat', answer } as const
}

function responses(model: string, usage: object, output: object[] = [], tier = 'default') {
  const answer = { id: 'resp_1', model, output, service_tier: tier, usage }
  return { kind: 'openai', model, meter: 'openai-responses', answer } as const
}

function images(model: string, usage: object) {
  return { kind: 'openai', model, meter: 'openai-images', answer: { data: [{}], usage } } as const
}
