import type { BudgetPeriod } from './budget.ts'
import type { NanoUsd } from './money.ts'

/** Where the spend of a budget's window stands, and how it came there. All times are the database's. */
export type Course = {
  now: Date
  windowStart: Date
  /** Null when it never ends: a total. */
  windowEnd: Date | null
  limitNanoUsd: NanoUsd
  spentNanoUsd: NanoUsd
  /** What was spent since a moment, which may lie before the window. */
  burn: { since: Date; nanoUsd: NanoUsd }
}

/** Where it goes when it goes on like that. */
export type Projection = {
  /** The pace, and since when it is measured. */
  perDayNanoUsd: NanoUsd
  since: Date
  /** The spend of the whole window when it ends; null when it never does. */
  atEndNanoUsd: NanoUsd | null
  /** When the spend reaches the limit; null when it does not before the window ends (or in a year), or has already. */
  runsOutAt: Date | null
}

const DAY_MS = 86_400_000n
const YEAR_MS = 365n * DAY_MS

/**
 * How far back the pace is measured, in hours: across a day and a night, and for longer windows across a weekend, so
 * that neither looks like a change of pace. It reaches into the window before. Null where there is none to measure.
 */
export const BURN_HOURS: Record<BudgetPeriod, number | null> = {
  day: 24,
  week: 168,
  month: 168,
  quarter: 168,
  rolling_24h: null,
  total: 168,
  credits: 168,
}

/** Measured over less than this part of the window, or of 30 days, a pace would be that of one batch of calls. */
const LEAST_PART = 10n
const LEAST_OF_MS = 30n * DAY_MS
/** Nobody is told of an overrun before a tenth of the window has passed or a quarter of the limit is spent, */
const QUIET_TIME = 10n
const QUIET_SPEND = 4n
/** nor of one of less than 5 % of the limit. */
const MARGIN_PERCENT = 105n

/** Where the spend goes at the pace of the burn. */
export function project(course: Course): Projection {
  const { now, windowStart, windowEnd, limitNanoUsd, spentNanoUsd, burn } = course
  const left = windowEnd === null ? YEAR_MS : ms(now, windowEnd)
  const whole = windowEnd === null ? LEAST_OF_MS : least(ms(windowStart, windowEnd), LEAST_OF_MS)
  const measured = most(ms(burn.since, now), whole / LEAST_PART)
  const room = limitNanoUsd - spentNanoUsd
  const untilOut = burn.nanoUsd > 0n && room > 0n ? (room * measured) / burn.nanoUsd : left
  return {
    perDayNanoUsd: (burn.nanoUsd * DAY_MS) / measured,
    since: new Date(now.getTime() - Number(measured)),
    atEndNanoUsd: windowEnd === null ? null : spentNanoUsd + (burn.nanoUsd * left) / measured,
    runsOutAt: untilOut < left ? new Date(now.getTime() + Number(untilOut)) : null,
  }
}

/**
 * The projection when it is an overrun that somebody should hear of: money is left, it will not last until the window
 * ends, and there is enough to judge by. Null otherwise.
 */
export function overrunOf(course: Course): Projection | null {
  const { now, windowStart, windowEnd, limitNanoUsd, spentNanoUsd } = course
  if (windowEnd === null) return null
  const early = ms(windowStart, now) * QUIET_TIME < ms(windowStart, windowEnd)
  if (early && spentNanoUsd * QUIET_SPEND < limitNanoUsd) return null
  const projection = project(course)
  const { atEndNanoUsd, runsOutAt } = projection
  if (runsOutAt === null || atEndNanoUsd === null) return null
  return atEndNanoUsd * 100n >= limitNanoUsd * MARGIN_PERCENT ? projection : null
}

function ms(from: Date, to: Date): bigint {
  return BigInt(Math.max(0, to.getTime() - from.getTime()))
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
