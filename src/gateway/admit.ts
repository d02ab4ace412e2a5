import type { KeySnapshot } from '../db/key-snapshots.ts'
import { type CallHold, type CallShape, fitHold, holdOf } from '../domain/call-hold.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { Admission, CallFacts, Ledger } from '../ledger/ledger.ts'
import { searchesOf } from '../providers/openai-usage.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'
import { refusalError } from './refusal-error.ts'

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

/** What a call can cost at the most, as it is: decided before any budget is asked. */
export type Bound = CallHold & { shape: CallShape }

export function boundOf(plan: Plan, call: Call): Bound {
  const shape = shapeOf(call, plan)
  return { shape, ...holdOf(shape, plan) }
}

/** A call waits for its budgets so many times and then takes what it finds: only others who are faster make it so many. */
export const MOST_WAITS = 8

/** Holds the call's worst case, or refuses it. In the turn in which `Ledger.prepare` had nothing to wait for. */
export function admit(ledger: Ledger, facts: CallFacts, plan: Plan, call: Call, bound: Bound): Admitted {
  const { shape } = bound
  const hold = fitHold(bound, shape, plan, plan.budgets, ledger.room)
  const admission = ledger.admit({
    facts,
    budgets: plan.budgets,
    rateLimits: plan.rateLimits,
    holdNanoUsd: hold.nanoUsd,
    holdTokens: Math.min(bound.tokens, hold.tokens),
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

/** Waits as long as it helps for a call that costs nothing, in the rate limits that apply. */
export async function prepareFree(ledger: Ledger, rateLimits: readonly RateLimit[]): Promise<void> {
  let preparing = ledger.prepare([], 0n, rateLimits)
  for (let waits = 0; preparing && waits < MOST_WAITS; waits++) {
    await preparing
    preparing = ledger.prepare([], 0n, rateLimits)
  }
}

/** Holds a call that costs nothing, in the rate limits that apply. After `prepareFree`. */
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
