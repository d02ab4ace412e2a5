import type { Output } from '../../../src/contract/operation.ts'
import type { usageReport } from '../../../src/contract/usage.ts'
import { formatUsd, parseUsd } from '../../../src/domain/money.ts'
import { count, countShort, usd, usdShort } from '../../format.ts'

export type Sums = Output<typeof usageReport>['total']

type Kind = {
  /** On controls and columns, and at the head of a sentence. */
  name: string
  /** Exact: nano-USD, or so many. Null where there is nothing to divide by. */
  of: (sums: Sums) => bigint | null
  money: boolean
  /** Whether parts add up to the whole, and so can be stacked and have a share. */
  adds: boolean
}

const tokens = (name: string, of: (sums: Sums) => number): Kind => ({
  name,
  of: (sums) => BigInt(of(sums)),
  money: false,
  adds: true,
})

/** What can be measured, as the API sums it up. Input and output tokens are all of them; the others are parts of these. */
export const MEASURES = {
  cost: { name: 'Cost', of: nanoOf, money: true, adds: true },
  calls: tokens('Calls', ({ calls }) => calls),
  tokens: tokens('Tokens', ({ inputTokens, outputTokens }) => inputTokens + outputTokens),
  inputTokens: tokens('Input tokens', ({ inputTokens }) => inputTokens),
  cachedInputTokens: tokens('Cached input tokens', ({ cachedInputTokens }) => cachedInputTokens),
  outputTokens: tokens('Output tokens', ({ outputTokens }) => outputTokens),
  reasoningTokens: tokens('Reasoning tokens', ({ reasoningTokens }) => reasoningTokens),
  errors: tokens('Errors', ({ errors }) => errors),
  costPerThousand: {
    name: 'Cost per 1,000 calls',
    of: (sums) => (sums.calls === 0 ? null : (nanoOf(sums) * 1000n) / BigInt(sums.calls)),
    money: true,
    adds: false,
  },
} satisfies Record<string, Kind>

export type Measure = keyof typeof MEASURES
export const MEASURE_NAMES = Object.keys(MEASURES) as Measure[]

export function amountOf(measure: Measure, sums: Sums): bigint | null {
  return MEASURES[measure].of(sums)
}

/** As the API would write it: what the chart kit draws and `saying` says. */
export function written(measure: Measure, amount: bigint): string {
  return MEASURES[measure].money ? formatUsd(amount) : amount.toString()
}

/** How such an amount is said to a person: in full, and beside an axis. */
export function saying(measure: Measure): {
  say: (amount: string | number) => string
  sayShort: (amount: number) => string
} {
  return MEASURES[measure].money
    ? { say: usd, sayShort: usdShort }
    : { say: (amount) => count(Number(amount)), sayShort: countShort }
}

/** An amount in words; a dash where there is none. */
export function said(measure: Measure, amount: bigint | null): string {
  return amount === null ? '–' : saying(measure).say(written(measure, amount))
}

/** By how much something changed, of what it was before; null when it was nothing. */
export function changeOf(now: bigint | null, before: bigint | null): number | null {
  if (now === null || before === null || before === 0n) return null
  return Number(((now - before) * 10_000n) / before) / 10_000
}

function nanoOf({ costUsd }: Sums): bigint {
  const nano = parseUsd(costUsd)
  if (nano === null) throw new Error(`The API said a cost that is no amount: ${costUsd}`)
  return nano
}
