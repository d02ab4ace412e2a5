import type { KeySnapshot } from '../db/key-snapshots.ts'
import { type CallShape, fitHold, holdOf } from '../domain/call-hold.ts'
import { AppError } from '../domain/errors.ts'
import { budgetExceeded, rateLimitExceeded } from '../domain/limit-refusals.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { Admission, CallFacts, Ledger, Refusal } from '../ledger/ledger.ts'
import { searchesOf } from '../providers/openai-usage.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'

/** A call that was let in, and what was decided about it. */
export type Admitted = {
  plan: Plan
  admission: Admission
  /** What its output was cut to, when that is less than the caller asked for. */
  clampedTo: number | null
  /** Input to charge for when the provider reports none. */
  estimatedInputTokens: number
  /** The tier the caller asked for. */
  serviceTier: string | null
}

/** Bytes of JSON that make a token, at the least: an estimate for money charges high. */
const BYTES_PER_CHARGED_TOKEN = 3

/** Holds the call's worst case, or refuses it. All leases are there: see `Ledger.prepare`. */
export function admit(ledger: Ledger, facts: CallFacts, plan: Plan, call: Call): Admitted {
  const shape = shapeOf(call, plan)
  const hold = fitHold(holdOf(shape, plan), shape, plan, plan.budgets, ledger.room)
  const admission = ledger.admit({
    facts,
    budgets: plan.budgets,
    rateLimits: plan.rateLimits,
    holdNanoUsd: hold.nanoUsd,
    holdTokens: hold.tokens,
  })
  if ('refused' in admission) throw refusalError(admission)
  const estimatedInputTokens = call.unboundedInput
    ? hold.bound.inputTokens
    : Math.ceil(shape.bytes / BYTES_PER_CHARGED_TOKEN)
  return {
    plan,
    admission,
    clampedTo: hold.clampedTo,
    estimatedInputTokens,
    serviceTier: call.serviceTier,
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

/** Written out: a spread would cost each call more than all of the reckoning. */
function shapeOf(call: Call, { upstreamModel }: Plan): CallShape {
  const { operation, body } = call
  return {
    operation,
    bytes: body.text.length,
    hasTools: body.keys.includes('tools'),
    predicts: body.keys.includes('prediction'),
    unboundedInput: call.unboundedInput,
    outputCap: call.outputCap,
    choices: call.choices,
    images: call.images,
    webSearches: searchesOf(upstreamModel, call.webSearches),
    fileSearches: call.fileSearches,
    serviceTier: call.serviceTier,
  }
}

function refusalError(refusal: Refusal): AppError {
  switch (refusal.refused) {
    case 'unavailable':
      return new AppError('unavailable', `The call cannot be counted right now: ${refusal.reason}`, {
        retryAfterSeconds: 1,
      })
    case 'rate_limit':
      return rateLimitExceeded(refusal.limit, refusal.dimension, refusal.retryAfterMs)
    case 'budget':
      return budgetExceeded(refusal.budget, refusal.remainingNanoUsd, refusal.resetsAt)
  }
}
