import { divideUp, type NanoUsd } from './money.ts'
import type { Scope } from './scope.ts'

export const BUDGET_WINDOWS = ['day', 'week', 'month', 'quarter', 'rolling_24h', 'total'] as const
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number]

/** A window that recurs, or an account of credits: these come one by one, and have ends of their own. */
export const BUDGET_PERIODS = [...BUDGET_WINDOWS, 'credits'] as const
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number]

/** True when no next window brings more: only somebody does. */
export function isEndless(period: BudgetPeriod): boolean {
  return period === 'total' || period === 'credits'
}

/** How a period is called after an amount: `5 USD a day`. */
export const WINDOW_WORDS: Record<BudgetPeriod, string> = {
  day: 'a day',
  week: 'a week',
  month: 'a month',
  quarter: 'a quarter',
  rolling_24h: 'in any 24 hours',
  total: 'in total',
  credits: 'of credits',
}

/** Where a budget slows calls down, and where it stops them, in percent of its limit. Null: nowhere. */
export type BudgetLines = {
  throttleAtPercent: number | null
  /** How many calls a minute pass from there on. Set together with `throttleAtPercent`. */
  throttleRequestsPerMinute: number | null
  suspendAtPercent: number | null
}

/** Money per window at one scope, optionally only for one provider or for models that match a pattern. */
export type Budget = BudgetLines & {
  id: string
  name: string
  scope: Scope
  /** A hard budget refuses; a soft one only warns. */
  kind: 'hard' | 'soft'
  window: BudgetPeriod
  limitNanoUsd: NanoUsd
  /** When the caller set no output cap and the remainder is short: cut the output to what it buys, or refuse. */
  onShort: 'clamp' | 'deny'
  providerId: string | null
  modelPattern: string | null
}

/** True when a budget with `free` left lets a call hold `amount`. What costs nothing passes even when nothing is left. */
export function allowsHold(kind: Budget['kind'], free: NanoUsd, amount: NanoUsd): boolean {
  return kind === 'soft' || amount === 0n || amount <= free
}

/** True when a budget with `room` left has enough for `hold`, or says to cut the output rather than to refuse. */
export function cutsToFit(
  { onShort }: Pick<Budget, 'onShort'>,
  room: NanoUsd | null,
  hold: NanoUsd,
): boolean {
  return onShort === 'clamp' || room === null || room >= hold
}

/** `throttled`: only so many calls a minute. `suspended`: none that cost anything, until the next window or a higher limit. */
export const BUDGET_STAGES = ['open', 'throttled', 'suspended'] as const
export type BudgetStage = (typeof BUDGET_STAGES)[number]

/** From so much of its limit on, in percent, a budget is `near` its end. */
export const NEAR_PERCENT = 80

/**
 * How a budget stands, in the one word that matters most: it refuses calls by its line or at its hard limit, has used up its
 * soft limit, slows calls down, or is near its end.
 */
export const BUDGET_STANDINGS = ['suspended', 'refusing', 'over', 'throttled', 'near', 'open'] as const
export type BudgetWord = (typeof BUDGET_STANDINGS)[number]

/** The stage of a budget of which `spent` is spent, of a limit of `limit` that holds now. */
export function stageOf(lines: BudgetLines, spent: NanoUsd, limit: NanoUsd): BudgetStage {
  if (reaches(lines.suspendAtPercent, spent, limit)) return 'suspended'
  return reaches(lines.throttleAtPercent, spent, limit) ? 'throttled' : 'open'
}

/** How a budget stands, as `STANDING` in src/db/budget-order.ts says it: nothing is spent of what is for each member. */
export function standingOf(
  budget: BudgetLines & Pick<Budget, 'kind'> & { perMember: boolean },
  spent: NanoUsd,
  limit: NanoUsd,
): BudgetWord {
  if (budget.perMember) return 'open'
  const stage = stageOf(budget, spent, limit)
  if (stage === 'suspended') return stage
  if (spent >= limit) return budget.kind === 'hard' ? 'refusing' : 'over'
  if (stage === 'throttled') return stage
  return reaches(NEAR_PERCENT, spent, limit) ? 'near' : 'open'
}

/** The least that reaches `percent` of a limit: so the line of a budget can be found once for many calls. */
export function lineOf(percent: number, limit: NanoUsd): NanoUsd {
  return divideUp(limit * BigInt(percent), 100n)
}

function reaches(percent: number | null, spent: NanoUsd, limit: NanoUsd): boolean {
  return percent !== null && spent * 100n >= limit * BigInt(percent)
}
