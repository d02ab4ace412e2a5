import { AppError } from '../domain/errors.ts'
import {
  budgetExceeded,
  budgetOutOfReach,
  budgetSuspended,
  budgetThrottled,
  rateLimitExceeded,
} from '../domain/limit-refusals.ts'
import type { Refusal } from '../ledger/ledger.ts'

/** What the ledger refused, as the caller reads it: by name, with what is left and when there is more. */
export function refusalError(refusal: Refusal): AppError {
  switch (refusal.refused) {
    case 'unavailable':
      return new AppError('unavailable', `The call cannot be counted right now: ${refusal.reason}`, {
        retryAfterSeconds: 1,
      })
    case 'rate_limit':
      return rateLimitExceeded(refusal.limit, refusal.dimension, refusal.retryAfterMs)
    case 'suspended':
      return budgetSuspended(refusal.budget, refusal.standing)
    case 'throttled':
      return budgetThrottled(refusal.budget, refusal.standing, refusal.retryAfterMs)
    case 'budget':
      return budgetExceeded(refusal.budget, refusal.standing, refusal.remainingNanoUsd)
    case 'unanswered':
      return new AppError(
        'unavailable',
        `What is left of budget ${refusal.budget.name} cannot be had right now: the database is away.`,
        { retryAfterSeconds: 1 },
      )
    case 'out_of_reach':
      return budgetOutOfReach(
        refusal.budget,
        refusal.standing,
        refusal.remainingNanoUsd,
        refusal.outOfReachNanoUsd,
      )
  }
}
