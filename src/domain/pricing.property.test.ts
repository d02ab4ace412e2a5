import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokenUnits } from './price-units.ts'
import {
  type CallBound,
  costOf,
  type ModelPrice,
  outputAffordable,
  PRICE_UNITS,
  worstCaseOf,
} from './pricing.ts'
import { NO_TOOL_USE, type ToolUse } from './tool-use.ts'
import { MAX_COUNT, NO_QUANTITIES, type Quantities, saneQuantities } from './usage.ts'

const tiers = ['flex', 'priority', 'fast', 'us', 'nobody-knows-this']

/** Any price: any subset of the units, tiers that rise or fall, zero rates. */
const anyPrice: fc.Arbitrary<ModelPrice> = fc
  .record({
    rates: fc
      .dictionary(
        fc.constantFrom(...PRICE_UNITS),
        fc.uniqueArray(fc.record({ above: fc.nat(5000), nanoPerMillion: fc.bigInt(0n, 10n ** 14n) }), {
          minLength: 1,
          maxLength: 3,
          selector: ({ above }) => above,
        }),
        { minKeys: 1 },
      )
      .map((rates) =>
        Object.fromEntries(
          Object.entries(rates).map(([unit, rate]) => {
            const sorted = rate.toSorted((one, other) => one.above - other.above)
            return [unit, sorted.map((tier, index) => (index === 0 ? { ...tier, above: 0 } : tier))]
          }),
        ),
      ),
    modifiers: fc.uniqueArray(
      fc.record({
        tier: fc.constantFrom('flex', 'priority', 'fast', 'us'),
        numerator: fc.bigInt(1n, 30n),
        denominator: fc.bigInt(1n, 11n),
      }),
      { selector: ({ tier }) => tier },
    ),
  })
  .map(({ rates, modifiers }) => ({
    version: 'any',
    rates,
    modifiers,
    contextWindow: null,
    maxOutputTokens: null,
  }))

/** Any use of tools, each up to its limit. */
function toolsUpTo(most: (tool: keyof ToolUse) => number): fc.Arbitrary<ToolUse> {
  // The keys of a ToolUse.
  const names = Object.keys(NO_TOOL_USE) as (keyof ToolUse)[]
  return fc.tuple(...names.map((name) => fc.nat(most(name)))).map((counts) => ({
    ...NO_TOOL_USE,
    ...Object.fromEntries(names.map((name, index) => [name, counts[index]])),
  }))
}

const tokens = fc.nat(10_000)
const bound: fc.Arbitrary<CallBound> = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  images: fc.nat(10),
  tools: toolsUpTo(() => 10),
  serviceTier: fc.option(fc.constantFrom(...tiers)),
})

/** Any usage that stays within a bound: each count a share of what it may be at most. */
function usageWithin(limits: CallBound): fc.Arbitrary<Quantities> {
  const upTo = (most: number) => fc.nat(most)
  return fc
    .record({ input: upTo(limits.inputTokens), output: upTo(limits.outputTokens) })
    .chain(({ input, output }) =>
      fc
        .record({
          inputTokens: fc.constant(input),
          cachedInputTokens: upTo(input),
          cacheWrite5mTokens: upTo(input),
          cacheWrite1hTokens: upTo(input),
          audioInputTokens: upTo(input),
          cachedAudioInputTokens: upTo(input),
          imageInputTokens: upTo(input),
          outputTokens: fc.constant(output),
          reasoningTokens: upTo(output),
          audioOutputTokens: upTo(output),
          imageOutputTokens: upTo(output),
          images: upTo(limits.images),
          tools: toolsUpTo((tool) => limits.tools[tool]),
        })
        .map(({ tools, ...rest }) => ({ ...rest, ...tools })),
    )
}

const anyCall = fc.record({ price: anyPrice, bound }).chain(({ price, bound }) =>
  fc.record({
    price: fc.constant(price),
    bound: fc.constant(bound),
    usage: usageWithin(bound),
    // What was asked for or anything cheaper may serve: the standard tier always may.
    servedTier: fc.constantFrom(null, 'default', ...(bound.serviceTier === null ? [] : [bound.serviceTier])),
  }),
)

test('no usage within the bounds costs more than the worst case', () => {
  fc.assert(
    fc.property(anyCall, ({ price, bound, usage, servedTier }) => {
      expect(costOf(usage, price, servedTier).nanoUsd <= worstCaseOf(price, bound)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('the worst case grows with each part of the bound', () => {
  const growing = ['inputTokens', 'outputTokens', 'images'] as const
  fc.assert(
    fc.property(anyPrice, bound, fc.constantFrom(...growing), fc.nat(5000), (price, bound, part, more) => {
      const larger = { ...bound, [part]: bound[part] + more }
      expect(worstCaseOf(price, larger) >= worstCaseOf(price, bound)).toBe(true)
    }),
    { numRuns: 1000 },
  )
  const more = toolsUpTo(() => 10)
  fc.assert(
    fc.property(anyPrice, bound, more, (price, bound, more) => {
      const tools = { ...bound.tools }
      // The keys of a ToolUse.
      for (const tool of Object.keys(more) as (keyof ToolUse)[]) tools[tool] += more[tool]
      expect(worstCaseOf(price, { ...bound, tools }) >= worstCaseOf(price, bound)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

const NO_PRICE = { version: 'any', modifiers: [], contextWindow: null, maxOutputTokens: null }
const NO_BOUND = { inputTokens: 0, outputTokens: 0, images: 0, tools: NO_TOOL_USE, serviceTier: null }

test('what is affordable fits the room, and one token more does not', () => {
  fc.assert(
    fc.property(anyPrice, bound, fc.bigInt(0n, 10n ** 12n), (price, bound, room) => {
      const affordable = outputAffordable(price, bound, room)
      const worst = (outputTokens: number) => worstCaseOf(price, { ...bound, outputTokens })
      if (worst(0) > room) expect(affordable).toBe(0)
      else expect(worst(affordable) <= room).toBe(true)
      if (affordable < MAX_COUNT) expect(worst(affordable + 1) > room).toBe(true)
    }),
    {
      numRuns: 2000,
      // So cheap that the room buys more than any call uses.
      examples: [[{ ...NO_PRICE, rates: { input: [{ above: 0, nanoPerMillion: 1n }] } }, NO_BOUND, 101n]],
    },
  )
})

test('a call costs more with each unit more, at rates that do not fall with size', () => {
  const flat = anyPrice.map((price) => ({
    ...price,
    rates: Object.fromEntries(
      Object.entries(price.rates).map(([unit, [first]]) => [unit, first ? [first] : []]),
    ),
  }))
  // One more of a part is one more of its total as well.
  const steps: Partial<Record<keyof Quantities, keyof Quantities>> = {
    inputTokens: 'inputTokens',
    cacheWrite1hTokens: 'inputTokens',
    audioInputTokens: 'inputTokens',
    outputTokens: 'outputTokens',
    audioOutputTokens: 'outputTokens',
    reasoningTokens: 'outputTokens',
    webSearches: 'webSearches',
    containers: 'containers',
    otherTools: 'otherTools',
  }
  fc.assert(
    fc.property(
      fc.record({ price: flat, bound }).chain(({ price, bound }) =>
        fc.record({
          price: fc.constant(price),
          input: fc.nat(bound.inputTokens),
          output: fc.nat(bound.outputTokens),
          part: fc.constantFrom(...(Object.keys(steps) as (keyof Quantities)[])),
        }),
      ),
      ({ price, input, output, part }) => {
        const before = { ...NO_QUANTITIES, inputTokens: input, outputTokens: output }
        const after = { ...before, [part]: before[part] + 1 }
        const total = steps[part]
        if (total && total !== part) after[total] = before[total] + 1
        expect(costOf(after, price, null).nanoUsd >= costOf(before, price, null).nanoUsd).toBe(true)
      },
    ),
    { numRuns: 2000 },
  )
})

const anyNumber = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(Number.NaN, 1e308, -0))
const anyReport = fc.record(
  Object.fromEntries(Object.keys(NO_QUANTITIES).map((name) => [name, anyNumber])),
) as unknown as fc.Arbitrary<Quantities> // a record of the names of Quantities

test('whatever is reported becomes counts whose units add up to the totals', () => {
  fc.assert(
    fc.property(anyReport, (reported) => {
      const { quantities } = saneQuantities(reported)
      for (const count of Object.values(quantities))
        expect(Number.isSafeInteger(count) && count >= 0).toBe(true)
      const sum = tokenUnits(quantities).reduce((sum, [, count]) => sum + count, 0)
      expect(sum).toBe(quantities.inputTokens + quantities.outputTokens)
      expect(saneQuantities(quantities)).toEqual({ quantities, bent: false })
    }),
    { numRuns: 2000 },
  )
})
