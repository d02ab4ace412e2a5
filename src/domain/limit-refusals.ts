import type { Budget } from './budget.ts'
import { AppError } from './errors.ts'
import { formatUsd, type NanoUsd } from './money.ts'
import type { RateLimit } from './rate-limit.ts'

/** A budget has less left than the call may cost. `resetsAt` is null for a total, which never starts anew. */
export function budgetExceeded(budget: Budget, remainingNanoUsd: NanoUsd, resetsAt: Date | null): AppError {
  const until = resetsAt ? ` It starts anew at ${resetsAt.toISOString()}.` : ''
  const left = `${formatUsd(remainingNanoUsd)} of ${formatUsd(budget.limitNanoUsd)} USD`
  return new AppError(
    'budget_exceeded',
    `The budget "${budget.name}" of this ${scopeWord(budget.scope.type)} has ${left} left, and this call may cost more.${until}`,
    {
      rule: {
        limit: 'budget',
        id: budget.id,
        name: budget.name,
        scope: budget.scope.type,
        scope_id: budget.scope.id,
        window: budget.window,
        limit_usd: formatUsd(budget.limitNanoUsd),
        remaining_usd: formatUsd(remainingNanoUsd),
        resets_at: resetsAt?.toISOString() ?? null,
      },
    },
  )
}

/** A rate limit has no room for one more call, or for the tokens of this one; asking again makes sense after a wait. */
export function rateLimitExceeded(
  limit: RateLimit,
  dimension: 'requests' | 'tokens' | 'concurrent',
  retryAfterMs: number,
): AppError {
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

function scopeWord(scope: string): string {
  return scope.replace('_', ' ')
}
