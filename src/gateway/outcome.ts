import { dearest } from '../domain/price-units.ts'
import { costOf } from '../domain/pricing.ts'
import { chargedTools } from '../domain/tool-use.ts'
import { NO_QUANTITIES, type ReportedUsage } from '../domain/usage.ts'
import type { AttemptOutcome } from '../ledger/ledger.ts'
import { servedPrice } from '../providers/catalogue.ts'
import type { Admitted } from './admit.ts'
import type { UsableCredential } from './provider-directory.ts'

export type Attempt = {
  number: number
  credential: UsableCredential
  startedAtMs: number
  firstByteAtMs: number | null
}

/** One that may have ended before a credential was found for it. */
export type AnyAttempt = Omit<Attempt, 'credential'> & { credential: UsableCredential | null }

/** An attempt that brought no answer: it cost nothing. */
export function failedOutcome(
  admitted: Admitted,
  attempt: AnyAttempt,
  status: number,
  errorCode: string | null,
): AttemptOutcome {
  return {
    attempt: attempt.number,
    providerId: admitted.plan.upstream.connection.id,
    credentialId: attempt.credential?.id ?? null,
    upstreamModel: admitted.plan.upstreamModel,
    servedModel: null,
    status,
    errorCode,
    quantities: NO_QUANTITIES,
    costNanoUsd: 0n,
    estimated: false,
    priced: true,
    priceVersion: admitted.plan.price?.version ?? null,
    serviceTier: null,
    modifiers: [],
    durationMs: Math.round(performance.now() - attempt.startedAtMs),
    firstByteMs:
      attempt.firstByteAtMs === null ? null : Math.round(attempt.firstByteAtMs - attempt.startedAtMs),
    objectId: null,
  }
}

/** What an answer cost by the provider's own figures, at the price of the model that served. */
export function reportedOutcome(
  admitted: Admitted,
  attempt: Attempt,
  status: number,
  errorCode: string | null,
  usage: ReportedUsage,
): AttemptOutcome {
  const outcome = failedOutcome(admitted, attempt, status, errorCode)
  const { price, upstream, upstreamModel } = admitted.plan
  const { tools, estimated } = chargedTools(usage, admitted.bound.tools, outcome.durationMs)
  outcome.quantities = { ...usage.quantities, ...tools }
  outcome.estimated = usage.estimated || estimated
  outcome.servedModel = usage.servedModel
  outcome.serviceTier = usage.serviceTier
  outcome.objectId = usage.objectId
  const at = admitted.admission.admittedAt
  const served = price && servedPrice(price, upstream.connection, upstreamModel, usage.servedModel, at)
  if (served) {
    const cost = costOf(outcome.quantities, served, usage.serviceTier)
    outcome.costNanoUsd = cost.nanoUsd
    outcome.modifiers = cost.modifiers
    outcome.priceVersion = served.version
  } else {
    outcome.costNanoUsd = admitted.admission.heldNanoUsd
    outcome.priced = false
  }
  return outcome
}

/**
 * What an answer is taken to have cost when the provider did not say: our own count, never more than what was held;
 * and just that when there is nothing to count by.
 */
export function countedOutcome(
  admitted: Admitted,
  attempt: AnyAttempt,
  status: number,
  errorCode: string | null,
  outputTokens: number | null,
): AttemptOutcome {
  const outcome = failedOutcome(admitted, attempt, status, errorCode)
  const { price } = admitted.plan
  const { heldNanoUsd } = admitted.admission
  outcome.estimated = true
  if (!price) return outcome
  if (outputTokens === null) {
    outcome.costNanoUsd = heldNanoUsd
    return outcome
  }
  // What its tools did is not known either: all that was held for them.
  const used = { ...NO_QUANTITIES, ...admitted.bound.tools }
  outcome.quantities = { ...used, inputTokens: admitted.estimatedInputTokens, outputTokens }
  const standard = costOf(outcome.quantities, price, null).nanoUsd
  const asked = costOf(outcome.quantities, price, admitted.serviceTier).nanoUsd
  outcome.costNanoUsd = lesser(dearest([standard, asked]), heldNanoUsd)
  return outcome
}

/** An answer that comes later, by another call: it is charged at what was held for it. */
export function deferredOutcome(
  admitted: Admitted,
  attempt: AnyAttempt,
  status: number,
  errorCode: string | null,
  objectId: string | null,
): AttemptOutcome {
  const outcome = failedOutcome(admitted, attempt, status, errorCode)
  outcome.estimated = true
  outcome.costNanoUsd = admitted.admission.heldNanoUsd
  outcome.objectId = objectId
  return outcome
}

/** `Math.min` is for numbers only. */
function lesser(one: bigint, other: bigint): bigint {
  if (one < other) return one
  return other
}
