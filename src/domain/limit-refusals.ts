import { type Budget, isEndless } from './budget.ts'
import { AppError } from './errors.ts'
import { formatUsd, type NanoUsd } from './money.ts'
import type { RateLimit } from './rate-limit.ts'

/** What a budget allows now, raises included, and when there is more; null when that is never. */
export type Allowance = { limitNanoUsd: NanoUsd; resetsAt: Date | null }

/** A budget has less left than the call may cost. */
export function budgetExceeded(budget: Budget, allowance: Allowance, remainingNanoUsd: NanoUsd): AppError {
  const left = formatUsd(remainingNanoUsd)
  const message = `${named(budget)} has ${left} of ${limitOf(allowance)} left, and this call may cost more.`
  return new AppError('budget_exceeded', `${message} ${resumes(budget, allowance)}`.trim(), {
    rule: { ...ruleOf(budget, allowance), remaining_usd: left },
  })
}

/** A gateway that was asked for what it has free of a budget, and is only busy, has answered by then. */
const OUT_OF_REACH_RETRY_SECONDS = 5

/** The call would fit into the budget, but for what is set aside for a gateway that hangs or was killed. */
export function budgetOutOfReach(
  budget: Budget,
  allowance: Allowance,
  remainingNanoUsd: NanoUsd,
  outOfReachNanoUsd: NanoUsd,
): AppError {
  const left = formatUsd(remainingNanoUsd)
  const elsewhere = formatUsd(outOfReachNanoUsd)
  const message =
    `${named(budget)} has ${left} of ${limitOf(allowance)} left here, and this call may cost more. ` +
    `${elsewhere} USD of it are held by another gateway that does not answer: try again in ${OUT_OF_REACH_RETRY_SECONDS} seconds.`
  return new AppError('budget_out_of_reach', message, {
    retryAfterSeconds: OUT_OF_REACH_RETRY_SECONDS,
    rule: { ...ruleOf(budget, allowance), remaining_usd: left, out_of_reach_usd: elsewhere },
  })
}

/** So much of a budget is spent that nothing that costs is let in. */
export function budgetSuspended(budget: Budget, allowance: Allowance): AppError {
  const { suspendAtPercent } = budget
  return new AppError(
    'budget_suspended',
    `${named(budget)} is suspended: ${suspendAtPercent} % of its ${limitOf(allowance)} are spent. ${resumes(budget, allowance)}`,
    { rule: { ...ruleOf(budget, allowance), suspend_at_percent: suspendAtPercent } },
  )
}

/** So much of a budget is spent that only so many calls a minute are let in. */
export function budgetThrottled(budget: Budget, allowance: Allowance, retryAfterMs: number): AppError {
  const { throttleAtPercent, throttleRequestsPerMinute: most } = budget
  return new AppError(
    'rate_limit_exceeded',
    `${named(budget)} lets ${most === 1 ? 'one call' : `${most} calls`} a minute through, since ${throttleAtPercent} % of its ${limitOf(allowance)} are spent.`,
    {
      retryAfterSeconds: retryAfterMs / 1000,
      rule: { ...ruleOf(budget, allowance), throttle_at_percent: throttleAtPercent, most },
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

function ruleOf({ id, name, scope, window }: Budget, { limitNanoUsd, resetsAt }: Allowance) {
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

function named({ name, scope }: Budget): string {
  return `The budget "${name}" of this ${scopeWord(scope.type)}`
}

function limitOf({ limitNanoUsd }: Allowance): string {
  return `${formatUsd(limitNanoUsd)} USD`
}

/** When there is more. A total never starts anew; somebody has to raise it. */
function resumes({ window }: Budget, { resetsAt }: Allowance): string {
  if (resetsAt === null) return isEndless(window) ? 'It does not start anew by itself.' : ''
  const at = resetsAt.toISOString()
  return window === 'rolling_24h'
    ? `What was spent first counts no more from ${at} on.`
    : `It starts anew at ${at}.`
}

function scopeWord(scope: string): string {
  return scope.replace('_', ' ')
}
