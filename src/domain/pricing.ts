import { divideUp, MAX_NANO_USD, type NanoUsd } from './money.ts'
import { type PriceModifier, tierModifier, worstModifier } from './price-modifiers.ts'
import {
  dearest,
  INPUT_UNITS,
  OUTPUT_UNITS,
  rateOf,
  SINGLE_UNITS,
  type SingleUnit,
  singleUnits,
  tokenUnits,
} from './price-units.ts'
import type { ToolUse } from './tool-use.ts'
import { MAX_COUNT, type Quantities, saneQuantities } from './usage.ts'

/**
 * What a price is for. Searches, containers (for 20 minutes), tools nobody knows, images and requests are priced singly,
 * everything else by the token.
 */
export const PRICE_UNITS = [
  'input',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'cachedAudioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
  ...SINGLE_UNITS,
  'request',
] as const

export type PriceUnit = (typeof PRICE_UNITS)[number]

/**
 * A rate in nano-USD per million units (tokens, searches, images or requests alike), so that a list price of
 * 0.0375 USD per million tokens is 37_500_000 and one of 10 USD per thousand searches is 10_000_000_000_000.
 * A tier counts for the whole call when its input has more tokens than `above`; the first is 0 and counts always.
 */
export type Rate = readonly { above: number; nanoPerMillion: bigint }[]

export type Rates = Partial<Record<PriceUnit, Rate>>

/** The price of one model at one moment, as admitted calls keep it until they settle. */
export type ModelPrice = {
  /** Names the source and its version, so that an old bill can be recomputed: `genai-prices@0.1.8/openai/gpt-5.4`. */
  version: string
  /** At least one rate: a model without any has no price, and is not called. */
  rates: Rates
  /** What the tiers that its answers may report do to the token rates. */
  modifiers: readonly PriceModifier[]
  /** The most tokens the model reads and writes together; null when the source does not say. */
  contextWindow: number | null
  maxOutputTokens: number | null
}

export type Cost = {
  nanoUsd: NanoUsd
  /** The modifiers that applied, by name (`flex`, `priority`), as the usage row keeps them. */
  modifiers: string[]
}

/**
 * What a call costs, exact, rounded up once. `serviceTier` is what the answer reports (`standard+fast+us`).
 * A unit without a rate of its own costs the dearest rate that may apply to it, never nothing; a tier nobody knows
 * costs the dearest known one and is named `unknown_tier`; impossible figures are bent into range and named `clamped`.
 */
export function costOf(reported: Quantities, price: ModelPrice, serviceTier: string | null): Cost {
  const { quantities, bent } = saneQuantities(reported)
  const { rates } = price
  const inputTokens = quantities.inputTokens
  let tokens = 0n
  for (const [unit, count] of tokenUnits(quantities))
    tokens += BigInt(count) * rateOf(rates, unit, inputTokens)
  let others = rates.request ? rateOf(rates, 'request', inputTokens) : 0n
  for (const [unit, count] of singleUnits(quantities, quantities.images, rates))
    others += BigInt(count) * rateOf(rates, unit, inputTokens)
  const tier = tierModifier(price.modifiers, serviceTier)
  const dividend = tokens * tier.numerator + others * tier.denominator
  const nanoUsd = atMost(divideUp(dividend, PER_MILLION * tier.denominator))
  return { nanoUsd, modifiers: bent ? [...tier.names, 'clamped'] : tier.names }
}

/** The most that a call may use, as far as it is known before the call. */
export type CallBound = {
  inputTokens: number
  outputTokens: number
  images: number
  tools: ToolUse
  /** The tier the caller asked for; null leaves it to the account, which we take to be on the standard tier. */
  serviceTier: string | null
}

/** An upper bound of `costOf` for whatever usage stays within `bound`, however it is divided among the units. */
export function worstCaseOf(price: ModelPrice, bound: CallBound): NanoUsd {
  const { numerator, denominator } = worstModifier(price.modifiers, bound.serviceTier)
  const dividend =
    fixedWorst(price, bound) +
    BigInt(bound.outputTokens) * worstRates(price, bound.inputTokens).output * numerator
  return atMost(divideUp(dividend, PER_MILLION * denominator))
}

/** How many output tokens `room` buys after everything else in `bound` is held: the largest count whose worst case fits. */
export function outputAffordable(
  price: ModelPrice,
  bound: Omit<CallBound, 'outputTokens'>,
  room: NanoUsd,
): number {
  const { numerator, denominator } = worstModifier(price.modifiers, bound.serviceTier)
  const left = room * PER_MILLION * denominator - fixedWorst(price, bound)
  const perToken = worstRates(price, bound.inputTokens).output * numerator
  if (left < 0n) return 0
  if (perToken === 0n) return MAX_COUNT
  const tokens = left / perToken
  return tokens > MAX_COUNT ? MAX_COUNT : Number(tokens)
}

const PER_MILLION = 1_000_000n

/** Everything but the output, times million and the modifier's denominator. */
function fixedWorst(price: ModelPrice, bound: Omit<CallBound, 'outputTokens'>): bigint {
  const { numerator, denominator } = worstModifier(price.modifiers, bound.serviceTier)
  const worst = worstRates(price, bound.inputTokens)
  let others = worst.request
  for (const [unit, count] of singleUnits(bound.tools, bound.images, price.rates))
    others += BigInt(count) * worst.singles[unit]
  return BigInt(bound.inputTokens) * worst.input * numerator + others * denominator
}

/** The dearest rates that a call with more input than `above` may meet: also those of smaller tiers, in case it uses less. */
type WorstRates = Record<'input' | 'output' | 'request', bigint> & {
  above: number
  singles: Record<SingleUnit, bigint>
}

const worstByPrice = new WeakMap<ModelPrice, WorstRates[]>()

function worstRates(price: ModelPrice, inputTokens: number): WorstRates {
  let steps = worstByPrice.get(price)
  if (!steps) {
    steps = worstSteps(price.rates)
    worstByPrice.set(price, steps)
  }
  let last = 0
  while (last + 1 < steps.length && inputTokens > (steps[last + 1]?.above ?? 0)) last++
  return steps[last] ?? NO_RATES
}

const NO_RATES: WorstRates = {
  above: 0,
  input: 0n,
  output: 0n,
  request: 0n,
  singles: singleRates(() => 0n),
}

function singleRates(rateOf: (unit: SingleUnit) => bigint): Record<SingleUnit, bigint> {
  // Each of the units has an entry.
  return Object.fromEntries(SINGLE_UNITS.map((unit) => [unit, rateOf(unit)])) as Record<SingleUnit, bigint>
}

function worstSteps(rates: Rates): WorstRates[] {
  const tiers = Object.values(rates).flatMap((rate) => rate.map(({ above }) => above))
  const sizes = [...new Set([0, ...tiers])].sort((one, other) => one - other)
  let worst = NO_RATES
  return sizes.map((above, index) => {
    const at = (units: PriceUnit[]) =>
      dearest(units.map((unit) => rateOf(rates, unit, index === 0 ? 0 : above + 1)))
    const { input, output, request, singles } = worst
    worst = {
      above,
      input: dearest([input, at(INPUT_UNITS)]),
      output: dearest([output, at(OUTPUT_UNITS)]),
      request: rates.request ? dearest([request, at(['request'])]) : 0n,
      singles: singleRates((unit) => dearest([singles[unit], at([unit])])),
    }
    return worst
  })
}

function atMost(nanoUsd: bigint): NanoUsd {
  return nanoUsd > MAX_NANO_USD ? MAX_NANO_USD : nanoUsd
}
