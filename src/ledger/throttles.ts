import { type Budget, type BudgetStage, stageOf } from '../domain/budget.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { Window } from './accounts.ts'
import type { Refusal } from './ledger.ts'

/** A budget that slows calls down now, as a rate limit of the same scope would: `rate_limit_figures` has it too. */
export type Throttle = { limit: RateLimit; budget: Budget; window: Window }

/** By what the authority knows to be spent, and what it has not been told yet. */
export function stageIn(budget: Budget, { standing, lease }: Window): BudgetStage {
  if (budget.throttleAtPercent === null && budget.suspendAtPercent === null) return 'open'
  return stageOf(budget, standing.spentNanoUsd + lease.charged, standing.limitNanoUsd)
}

export function throttleOf(budget: Budget, window: Window): Throttle {
  const { id, scope, providerId, modelPattern, throttleRequestsPerMinute: requestsPerMinute } = budget
  const none = { tokensPerMinute: null, concurrentCalls: null }
  const limit = { id: `${id}:throttle`, scope, providerId, modelPattern, requestsPerMinute, ...none }
  return { limit, budget, window }
}

/** The rate limits of a call that costs something, with those of its budgets. */
export function withThrottles(
  rateLimits: readonly RateLimit[],
  budgets: readonly Budget[],
  usable: (budgetId: string) => Window | null,
): readonly RateLimit[] {
  let limits: RateLimit[] | null = null
  for (const budget of budgets) {
    if (budget.throttleAtPercent === null) continue
    const window = usable(budget.id)
    if (!window || stageIn(budget, window) !== 'throttled') continue
    limits ??= [...rateLimits]
    limits.push(throttleOf(budget, window).limit)
  }
  return limits ?? rateLimits
}

/** A refusal by a throttle, said of its budget. */
export function namedByBudget(refusal: Refusal, throttles: readonly Throttle[]): Refusal {
  if (refusal.refused !== 'rate_limit') return refusal
  const throttle = throttles.find(({ limit }) => limit === refusal.limit)
  if (!throttle) return refusal
  const { budget, window } = throttle
  return { refused: 'throttled', budget, standing: window.standing, retryAfterMs: refusal.retryAfterMs }
}
