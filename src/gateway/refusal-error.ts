import type { Budget } from '../domain/budget.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd } from '../domain/money.ts'
import type { BudgetStanding, Refusal } from '../ledger/ledger.ts'

/** What the ledger refused, as the caller reads it: by name, with what is left and when there is more. */
export function refusalError(refusal: Refusal): AppError {
  if (refusal.refused === 'unavailable') {
    return new AppError('unavailable', `The call cannot be counted right now: ${refusal.reason}`, {
      retryAfterSeconds: 1,
    })
  }
  if (refusal.refused === 'rate_limit') {
    const { limit, dimension, retryAfterMs } = refusal
    const figures = {
      requests: ['requests per minute', limit.requestsPerMinute],
      tokens: ['tokens per minute', limit.tokensPerMinute],
      concurrent: ['calls at the same time', limit.concurrentCalls],
    } as const
    const [what, most] = figures[dimension]
    return new AppError(
      'rate_limit_exceeded',
      `The ${scopeWord(limit.scope.type)} has a limit of ${most} ${what}.`,
      {
        retryAfterSeconds: retryAfterMs / 1000,
        rule: {
          limit: 'rate_limit',
          dimension,
          id: limit.id,
          scope: limit.scope.type,
          scope_id: limit.scope.id,
          most,
          resets_at: null,
        },
      },
    )
  }
  return budgetError(refusal)
}

type BudgetRefusal = Extract<Refusal, { budget: Budget }>

function budgetError(refusal: BudgetRefusal): AppError {
  const { budget, standing } = refusal
  const limit = `${formatUsd(standing.limitNanoUsd)} USD`
  const named = `The budget "${budget.name}" of this ${scopeWord(budget.scope.type)}`
  const rule = ruleOf(budget, standing)
  switch (refusal.refused) {
    case 'suspended':
      return new AppError(
        'budget_suspended',
        `${named} is suspended: ${budget.suspendAtPercent} % of its ${limit} are spent. ${resumes(budget, standing)}`,
        { rule: { ...rule, suspend_at_percent: budget.suspendAtPercent } },
      )
    case 'throttled': {
      const most = budget.throttleRequestsPerMinute
      return new AppError(
        'rate_limit_exceeded',
        `${named} lets ${most === 1 ? 'one call' : `${most} calls`} a minute through, since ${budget.throttleAtPercent} % of its ${limit} are spent.`,
        {
          retryAfterSeconds: refusal.retryAfterMs / 1000,
          rule: { ...rule, throttle_at_percent: budget.throttleAtPercent, most },
        },
      )
    }
    case 'budget': {
      const left = formatUsd(refusal.remainingNanoUsd)
      return new AppError(
        'budget_exceeded',
        `${named} has ${left} of ${limit} left, and this call may cost more. ${resumes(budget, standing)}`.trim(),
        { rule: { ...rule, remaining_usd: left } },
      )
    }
  }
}

function ruleOf({ id, name, scope, window }: Budget, { limitNanoUsd, resetsAt }: BudgetStanding) {
  return {
    limit: 'budget',
    id,
    name,
    scope: scope.type,
    scope_id: scope.id,
    window,
    limit_usd: formatUsd(limitNanoUsd),
    resets_at: resetsAt?.toISOString() ?? null,
  }
}

/** When there is more. A total never starts anew; somebody has to raise it. */
function resumes({ window }: Budget, { resetsAt }: BudgetStanding): string {
  if (resetsAt === null) return window === 'total' ? 'It does not start anew by itself.' : ''
  const at = resetsAt.toISOString()
  return window === 'rolling_24h'
    ? `What was spent first counts no more from ${at} on.`
    : `It starts anew at ${at}.`
}

function scopeWord(scope: string): string {
  return scope.replace('_', ' ')
}
