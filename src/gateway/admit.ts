import type { KeySnapshot } from '../db/key-snapshots.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd } from '../domain/money.ts'
import type { CallBound } from '../domain/pricing.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { Admission, CallFacts, Ledger, Refusal } from '../ledger/ledger.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'
import { cutToRoom, type WorstCase } from './worst-case.ts'

/** A call that was let in, and what was decided about it. */
export type Admitted = {
  plan: Plan
  admission: Admission
  /** What its output was cut to, when that is less than the caller asked for. */
  clampedTo: number | null
  /** The most it may use, as far as it is held. */
  bound: CallBound
  /** When its stream has more events than this, more has to be held: see `outgrown.ts`. */
  holdMoreAt: number
  /** Input to charge for when the provider reports none. */
  estimatedInputTokens: number
  /** The tier the caller asked for. */
  serviceTier: string | null
}

/** Bytes of JSON that make a token, at the least: an estimate for money charges high, one for rates does not. */
const BYTES_PER_CHARGED_TOKEN = 3
const BYTES_PER_TOKEN = 4
/** Events of a stream that may carry no token that was held for: its first and last, and what sums up its reasoning. */
const SPARE_EVENTS = 1024
/** Counted against tokens per minute for the output of a call without a cap. */
const UNCAPPED_OUTPUT_TOKENS = 1024

/** A call waits for its budgets so many times and then takes what it finds: only others who are faster make it so many. */
export const MOST_WAITS = 8

/**
 * Holds the call's worst case, or refuses it: in the turn in which `Ledger.prepare` had nothing to wait for. When
 * `mayCount`, it answers null instead of refusing or cutting a call for its money: less may do.
 */
export function admit(
  ledger: Ledger,
  facts: CallFacts,
  plan: Plan,
  call: Call,
  most: WorstCase,
  mayCount: boolean,
): Admitted | null {
  const cut = cutToRoom(ledger, call, plan, most)
  if (mayCount && cut !== most) return null
  const { bound, holdNanoUsd, clampedTo } = cut
  const bytes = call.body.text.length
  const outputTokens = call.operation.writesTokens
    ? (clampedTo ?? call.outputCap ?? UNCAPPED_OUTPUT_TOKENS) * call.choices
    : 0
  const admission = ledger.admit({
    facts,
    budgets: plan.budgets,
    rateLimits: plan.rateLimits,
    holdNanoUsd,
    holdTokens: Math.ceil(bytes / BYTES_PER_TOKEN) + outputTokens,
  })
  if ('refused' in admission) {
    if (mayCount && admission.refused === 'budget') return null
    throw refusalError(admission)
  }
  const estimatedInputTokens = call.unboundedInput
    ? bound.inputTokens
    : Math.min(bound.inputTokens, Math.ceil(bytes / BYTES_PER_CHARGED_TOKEN))
  const { serviceTier } = call
  return {
    plan,
    admission,
    clampedTo,
    bound,
    holdMoreAt: bound.outputTokens + SPARE_EVENTS,
    estimatedInputTokens,
    serviceTier,
  }
}

/** The rate limits of calls that are for no provider or model in particular. */
export function rateLimitsOfAll(key: KeySnapshot): RateLimit[] {
  return key.rateLimits.filter((limit) => limit.providerId === null && limit.modelPattern === null)
}

/** Holds a call that costs nothing, in the rate limits that apply. */
export function admitFree(ledger: Ledger, facts: CallFacts, rateLimits: readonly RateLimit[]): Admission {
  const admission = ledger.admit({ facts, budgets: [], rateLimits, holdNanoUsd: 0n, holdTokens: 0 })
  if ('refused' in admission) throw refusalError(admission)
  return admission
}

function refusalError(refusal: Refusal): AppError {
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
  const { budget, remainingNanoUsd, resetsAt } = refusal
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

function scopeWord(scope: string): string {
  return scope.replace('_', ' ')
}
