import type { Budget } from '../domain/budget.ts'
import { AppError } from '../domain/errors.ts'
import type { Gateway } from './gateway.ts'
import type { LiveCall } from './live-calls.ts'

/** A lowered budget, what is left of it, and the calls here that hold in it. */
type Tally = { budget: Budget; left: bigint; calls: LiveCall[] }

/**
 * Ends the calls of budgets whose limit was lowered while they were under way, once what is spent and what these calls
 * have used so far come to the new limit. Until then they go on: what they hold was theirs under the old limit, and
 * most of it is not used. A budget that is deleted limits nobody, so its calls go on as well.
 */
export function cutBeyondBudgets({ app: { ledger }, live }: Gateway): void {
  let tallies: Map<string, Tally> | null = null
  for (const call of live.all()) {
    for (const { budget, leftNanoUsd } of ledger.lowered(call.admitted.admission)) {
      tallies ??= new Map()
      const tally = tallies.get(budget.id) ?? { budget, left: leftNanoUsd, calls: [] }
      tally.left -= call.costSoFar()
      tally.calls.push(call)
      tallies.set(budget.id, tally)
    }
  }
  if (!tallies) return
  for (const { budget, left, calls } of tallies.values()) {
    if (left <= 0n) for (const call of calls) call.cut(budgetError(budget, LOWERED))
  }
}

const LOWERED = 'was lowered while this call was under way, and nothing of it is left.'

/** Why a call that was let in cannot go on. `reason` follows the budget's name. */
export function budgetError({ id, name, scope, window }: Budget, reason: string): AppError {
  const rule = { limit: 'budget', id, name, scope: scope.type, scope_id: scope.id, window }
  return new AppError('budget_exceeded', `The budget "${name}" ${reason}`, { rule })
}
