import type { KeySnapshot } from '../db/key-snapshots.ts'
import { type CallShape, cutToRoom, type WorstCase } from '../domain/call-hold.ts'
import type { CallBound } from '../domain/pricing.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { Admission, CallFacts, Ledger, Refusal } from '../ledger/ledger.ts'
import type { Plan } from './plan.ts'
import { refusalError } from './refusal-error.ts'

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

/** Bytes of JSON that make a token, at the least: an estimate for money charges high. */
const BYTES_PER_CHARGED_TOKEN = 3
/** Events of a stream that may carry no token that was held for: its first and last, and what sums up its reasoning. */
const SPARE_EVENTS = 1024

/** Refusals of a call that holds too much: less may do. */
const FOR_MONEY = new Set<Refusal['refused']>(['budget', 'out_of_reach', 'unanswered'])

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
  shape: CallShape,
  most: WorstCase,
  mayCount: boolean,
): Admitted | null {
  const cut = cutToRoom(most, shape, plan, plan.budgets, ledger.room)
  if (mayCount && cut !== most) return null
  const { bound, holdNanoUsd, holdTokens, clampedTo } = cut
  const { budgets, rateLimits } = plan
  const admission = ledger.admit({ facts, budgets, rateLimits, holdNanoUsd, holdTokens })
  if ('refused' in admission) {
    if (mayCount && FOR_MONEY.has(admission.refused)) return null
    throw refusalError(admission)
  }
  const estimatedInputTokens = shape.unboundedInput
    ? bound.inputTokens
    : Math.min(bound.inputTokens, Math.ceil(shape.bytes / BYTES_PER_CHARGED_TOKEN))
  const { serviceTier } = shape
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
