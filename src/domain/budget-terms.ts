import type { Budget, BudgetLines, BudgetPeriod } from './budget.ts'
import type { NanoUsd } from './money.ts'

/** A change of a budget's limit within a window. Times are milliseconds. */
export type LimitChange = {
  /** What the window allowed before; nothing, when the budget is new. */
  windowLimit: NanoUsd
  /** The limit of whole windows, before and after the change; nothing before, when the budget is new. */
  from: NanoUsd
  to: NanoUsd
  startMs: number
  endMs: number
  atMs: number
}

/**
 * What the window in which a limit changes allows in all: of the difference, the part that is left of the window.
 *
 *     floor((windowLimit × length + (to − from) × rest) ÷ length)      length = end − start, rest = end − at
 *
 * In one step on integers, rounded down once, so that no change gives away a fraction. Changes add up: each of them
 * counts from its moment on. Never below nothing.
 */
export function proratedLimit({ windowLimit, from, to, startMs, endMs, atMs }: LimitChange): NanoUsd {
  const length = BigInt(endMs - startMs)
  const rest = BigInt(endMs - Math.min(endMs, Math.max(startMs, atMs)))
  const scaled = windowLimit * length + (to - from) * rest
  return scaled <= 0n ? 0n : scaled / length
}

/** Windows that have a beginning and an end, between which a limit can count in part. */
export function canProrate(window: BudgetPeriod): boolean {
  return window !== 'total' && window !== 'rolling_24h' && window !== 'credits'
}

export type LinesProblem = { field: keyof BudgetLines; message: string }

/** What is wrong with the lines of a budget; null when nothing is. */
export function problemOfLines(kind: Budget['kind'], lines: BudgetLines): LinesProblem | null {
  const { throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent } = lines
  if (throttleAtPercent !== null && throttleRequestsPerMinute === null) {
    return { field: 'throttleRequestsPerMinute', message: 'say how many calls a minute pass from there on' }
  }
  if (throttleAtPercent === null && throttleRequestsPerMinute !== null) {
    return { field: 'throttleAtPercent', message: 'say from which percent of the limit on' }
  }
  for (const field of ['throttleAtPercent', 'suspendAtPercent'] as const) {
    if (kind === 'hard' && (lines[field] ?? 0) > 100) {
      return { field, message: 'a hard budget is never spent beyond 100 percent' }
    }
  }
  if (throttleAtPercent !== null && suspendAtPercent !== null && throttleAtPercent >= suspendAtPercent) {
    return { field: 'throttleAtPercent', message: 'calls are slowed down before they are stopped' }
  }
  return null
}
