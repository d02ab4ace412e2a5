import { expect, test } from 'vitest'
import { type PriceList, ratesOfList } from './price-list.ts'
import { modifiersOf } from './price-modifiers.ts'
import { type CallBound, costOf, type ModelPrice, outputAffordable, worstCaseOf } from './pricing.ts'
import type { ProviderKind } from './providers.ts'
import { NO_TOOL_USE } from './tool-use.ts'
import { MAX_COUNT, NO_QUANTITIES, type Quantities } from './usage.ts'

function price(list: PriceList, modifiers: ModelPrice['modifiers'] = []): ModelPrice {
  const rates = ratesOfList(list)
  if (!rates) throw new Error('not a price list')
  return { version: 'test', rates, modifiers, contextWindow: null, maxOutputTokens: null }
}

function used(part: Partial<Quantities>): Quantities {
  return { ...NO_QUANTITIES, ...part }
}

// List prices as the providers publish them: per million tokens, per thousand searches.
const GPT_5_4 = price(
  {
    input: [
      { above: 0, usd: '2.5' },
      { above: 272_000, usd: '5' },
    ],
    cachedInput: [
      { above: 0, usd: '0.25' },
      { above: 272_000, usd: '0.5' },
    ],
    output: [
      { above: 0, usd: '15' },
      { above: 272_000, usd: '22.5' },
    ],
    webSearch: '10',
  },
  modifiersOf('openai', 'gpt-5.4'),
)
const SONNET = price(
  {
    input: '3',
    cachedInput: '0.3',
    cacheWrite5m: '3.75',
    cacheWrite1h: '6',
    output: '15',
    webSearch: '10',
  },
  modifiersOf('anthropic', 'claude-sonnet-4-5'),
)
const OPUS = price({ input: '5', output: '25' }, modifiersOf('anthropic', 'claude-opus-5'))
const AUDIO = price({ input: '2.5', output: '10', audioInput: '32', audioOutput: '64' })
const IMAGE = price({ input: '5', cachedInput: '1.25', imageInput: '8', output: '10', imageOutput: '32' })
const EMBEDDING = price({ input: '0.02' })

const CALLS: [name: string, price: ModelPrice, used: Partial<Quantities>, nanoUsd: bigint, tier?: string][] =
  [
    ['one token of each', GPT_5_4, { inputTokens: 1, outputTokens: 1 }, 17_500n],
    ['a thousand in, a hundred out', GPT_5_4, { inputTokens: 1000, outputTokens: 100 }, 4_000_000n],
    ['a million in at the base rate of sonnet', SONNET, { inputTokens: 1_000_000 }, 3_000_000_000n],
    [
      'cached tokens are a part of the input, not more of it',
      GPT_5_4,
      { inputTokens: 2006, cachedInputTokens: 1920, outputTokens: 300 },
      // 86 × 2.5 + 1,920 × 0.25 + 300 × 15 micro-USD
      5_195_000n,
    ],
    [
      'reasoning tokens are a part of the output',
      GPT_5_4,
      { inputTokens: 100, outputTokens: 1000, reasoningTokens: 900 },
      15_250_000n,
    ],
    [
      'a cache hit, both kinds of cache write and fresh input at sonnet',
      SONNET,
      {
        inputTokens: 1110,
        cachedInputTokens: 1000,
        cacheWrite5mTokens: 60,
        cacheWrite1hTokens: 40,
        outputTokens: 500,
      },
      // 10 × 3 + 1,000 × 0.3 + 60 × 3.75 + 40 × 6 + 500 × 15 micro-USD
      8_295_000n,
    ],
    [
      'a search costs its own price',
      SONNET,
      { inputTokens: 1000, outputTokens: 1000, webSearches: 3 },
      48_000_000n,
    ],
    [
      'audio in and out',
      AUDIO,
      { inputTokens: 150, audioInputTokens: 100, outputTokens: 300, audioOutputTokens: 250 },
      // 50 × 2.5 + 100 × 32 + 50 × 10 + 250 × 64 micro-USD
      19_825_000n,
    ],
    [
      'an image made from a text and an image',
      IMAGE,
      { inputTokens: 550, imageInputTokens: 500, outputTokens: 4160, imageOutputTokens: 4160 },
      // 50 × 5 + 500 × 8 + 4,160 × 32 micro-USD
      137_370_000n,
    ],
    ['an embedding of eight tokens', EMBEDDING, { inputTokens: 8 }, 160n],
    ['less than a nano-USD rounds up once', price({ input: '0.0001' }), { inputTokens: 1 }, 1n],
    [
      'the sum rounds up, not each line',
      price({ input: '0.0004', output: '0.0004' }),
      { inputTokens: 1, outputTokens: 1 },
      1n,
    ],
    ['nothing used costs nothing', GPT_5_4, {}, 0n],

    ['272,000 tokens are still short', GPT_5_4, { inputTokens: 272_000, outputTokens: 1000 }, 695_000_000n],
    [
      'one more is long, for the whole call',
      GPT_5_4,
      { inputTokens: 272_001, outputTokens: 1000 },
      1_382_505_000n,
    ],
    [
      'cached tokens make a call long as well',
      GPT_5_4,
      { inputTokens: 300_000, cachedInputTokens: 300_000 },
      150_000_000n,
    ],

    ['flex is half', GPT_5_4, { inputTokens: 1000, outputTokens: 100 }, 2_000_000n, 'flex'],
    [
      'flex is half, but not of the searches',
      GPT_5_4,
      { inputTokens: 1000, webSearches: 1 },
      11_250_000n,
      'flex',
    ],
    ['priority is twice', GPT_5_4, { inputTokens: 1000, outputTokens: 100 }, 8_000_000n, 'priority'],
    ['fast is its other name', GPT_5_4, { inputTokens: 1000, outputTokens: 100 }, 8_000_000n, 'fast'],
    ['ultrafast is six times', GPT_5_4, { inputTokens: 1000 }, 15_000_000n, 'ultrafast'],
    ['the default tier changes nothing', GPT_5_4, { inputTokens: 1000 }, 2_500_000n, 'default'],
    ['US-only inference is a tenth dearer', SONNET, { inputTokens: 1000 }, 3_300_000n, 'standard+us'],
    ['fast and US-only multiply', OPUS, { inputTokens: 1000 }, 11_000_000n, 'standard+fast+us'],
    ['an unknown tier costs the dearest known one', GPT_5_4, { inputTokens: 1000 }, 15_000_000n, 'warp'],

    [
      'cached tokens without a rate cost plain input',
      AUDIO,
      { inputTokens: 1000, cachedInputTokens: 400 },
      2_500_000n,
    ],
    [
      'cache writes without a rate cost plain input',
      GPT_5_4,
      { inputTokens: 1000, cacheWrite5mTokens: 500 },
      2_500_000n,
    ],
    [
      'audio without a rate costs the dearest input',
      SONNET,
      { inputTokens: 1000, audioInputTokens: 1000 },
      6_000_000n,
    ],
    ['output of a model that should have none is not free', EMBEDDING, { outputTokens: 1000 }, 20_000n],
    ['a search without a rate is not free', AUDIO, { webSearches: 1 }, 25_000_000n],
    [
      'images are priced by their tokens',
      IMAGE,
      { images: 2, outputTokens: 1000, imageOutputTokens: 1000 },
      32_000_000n,
    ],
    ['or singly, when listed so', price({ image: '0.04', input: '1' }), { images: 2 }, 80_000_000n],
    [
      'some providers charge for each request',
      price({ request: '5', input: '1' }),
      { inputTokens: 1000 },
      6_000_000n,
    ],
  ]

test.each(CALLS)('%s', (_, price, part, nanoUsd, tier = undefined) => {
  expect(costOf(used(part), price, tier ?? null).nanoUsd).toBe(nanoUsd)
})

test('the modifiers that applied are named', () => {
  expect(costOf(used({ inputTokens: 1 }), GPT_5_4, 'flex').modifiers).toEqual(['flex'])
  expect(costOf(used({ inputTokens: 1 }), SONNET, 'standard+fast+us').modifiers).toEqual(['fast', 'us'])
  expect(costOf(used({ inputTokens: 1 }), GPT_5_4, 'warp').modifiers).toEqual(['unknown_tier'])
  expect(costOf(used({ inputTokens: 1 }), GPT_5_4, 'default').modifiers).toEqual([])
})

const TIMES: [kind: ProviderKind, tier: string, model: string, times: string][] = [
  ['openai', 'priority', 'gpt-6-sol', '2/1'],
  ['openai', 'fast', 'gpt-5.5', '5/2'],
  ['openai', 'priority', 'gpt-5.4-mini', '2/1'],
  ['openai', 'priority', 'gpt-5', '2/1'],
  ['openai', 'priority', 'gpt-5-mini', '9/5'],
  ['openai', 'priority', 'gpt-4.1', '7/4'],
  ['openai', 'priority', 'gpt-4.1-nano', '2/1'],
  ['openai', 'priority', 'gpt-4o', '17/10'],
  ['openai', 'priority', 'gpt-4o-2024-05-13', '7/4'],
  ['openai', 'priority', 'gpt-4o-mini', '5/3'],
  ['openai', 'priority', 'o3', '7/4'],
  ['openai', 'priority', 'o4-mini', '20/11'],
  // Not on the list of the tier: the dearest that is.
  ['openai', 'priority', 'gpt-5-nano', '5/2'],
  ['openai', 'ultrafast', 'gpt-6-astra', '6/1'],
  ['openai', 'scale', 'gpt-5.4', '1/1'],
  ['anthropic', 'fast', 'claude-opus-5-5', '2/1'],
  ['anthropic', 'fast', 'claude-opus-4-8', '2/1'],
  ['anthropic', 'fast', 'claude-opus-4-6', '6/1'],
  ['anthropic', 'fast', 'claude-fable-5-1', '6/1'],
  ['azure_openai', 'priority', 'gpt-4.1', '5/2'],
  ['google_gemini', 'priority', 'gemini-3.8-flash', '2/1'],
]

test.each(TIMES)('%s %s costs %s its list price times %s', (kind, name, model, times) => {
  const found = modifiersOf(kind, model).find(({ tier }) => tier === name)
  expect(`${found?.numerator}/${found?.denominator}`).toBe(times)
})

const GARBAGE: [name: string, Partial<Quantities>][] = [
  ['negative counts', { inputTokens: -5, outputTokens: 10 }],
  ['not a number', { inputTokens: Number.NaN, outputTokens: 10 }],
  ['infinity', { inputTokens: Number.POSITIVE_INFINITY }],
  ['a thousand trillion tokens', { inputTokens: 1e15, outputTokens: 1e15 }],
  ['halves', { inputTokens: 1.5, outputTokens: 1 }],
  ['more cached than input', { inputTokens: 100, cachedInputTokens: 8000 }],
]

test.each(GARBAGE)('impossible figures are bent into range and marked: %s', (_, part) => {
  const { nanoUsd, modifiers } = costOf(used(part), GPT_5_4, null)
  const most = costOf(used({ inputTokens: MAX_COUNT, outputTokens: MAX_COUNT }), GPT_5_4, null).nanoUsd
  expect(modifiers).toEqual(['clamped'])
  expect(nanoUsd >= 0n && nanoUsd <= most).toBe(true)
})

test('a part that is larger than its total raises the total', () => {
  expect(costOf(used({ inputTokens: 100, cachedInputTokens: 8000 }), GPT_5_4, null).nanoUsd).toBe(2_000_000n)
})

const BOUND: CallBound = {
  inputTokens: 1000,
  outputTokens: 500,
  images: 0,
  tools: NO_TOOL_USE,
  serviceTier: null,
}

test('the worst case of a call is its dearest way to use what it may', () => {
  // All input written to the cache for an hour: 1,000 × 6 + 500 × 15 micro-USD.
  expect(worstCaseOf(SONNET, BOUND)).toBe(13_500_000n)
  expect(worstCaseOf(OPUS, { ...BOUND, serviceTier: 'fast' })).toBe(35_000_000n)
  expect(worstCaseOf(GPT_5_4, { ...BOUND, serviceTier: 'ultrafast' })).toBe(60_000_000n)
  expect(worstCaseOf(GPT_5_4, { ...BOUND, inputTokens: 272_001 })).toBe(1_371_255_000n)
})

test('what is affordable fits, and one token more does not', () => {
  const { outputTokens: _, ...bound } = BOUND
  for (const [price, room] of [
    [SONNET, 20_000_000n],
    [GPT_5_4, 2_500_001n],
    [GPT_5_4, 123_456_789n],
  ] as const) {
    const tokens = outputAffordable(price, bound, room)
    expect(worstCaseOf(price, { ...bound, outputTokens: tokens }) <= room).toBe(true)
    expect(worstCaseOf(price, { ...bound, outputTokens: tokens + 1 }) > room).toBe(true)
  }
})

test('when not even the input is affordable, no output is', () => {
  expect(outputAffordable(SONNET, BOUND, 5_999_999n)).toBe(0)
})

test('free output is affordable without end', () => {
  expect(outputAffordable(price({ input: '0', output: '0' }), BOUND, 0n)).toBe(MAX_COUNT)
})
