import type { KeySnapshot } from '../db/key-snapshots.ts'
import type { NanoUsd } from '../domain/money.ts'
import { type CallBound, outputAffordable, worstCaseOf } from '../domain/pricing.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { Admission, CallFacts, Ledger } from '../ledger/ledger.ts'
import { searchesAlways } from '../providers/openai-usage.ts'
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

/** What templates and separators add to a text, and what a provider adds when there are tools. */
const TEMPLATE_TOKENS = 64
const TOOLS_TOKENS = 4096
const UNKNOWN_CONTEXT = 1_000_000
const UNKNOWN_OUTPUT = 1_000_000
const TOKENS_PER_IMAGE = 20_000
/** Bytes of JSON that make a token, at the least: an estimate for money charges high, one for rates does not. */
const BYTES_PER_CHARGED_TOKEN = 3
const BYTES_PER_TOKEN = 4
/** Counted against tokens per minute for the output of a call without a cap. */
const UNCAPPED_OUTPUT_TOKENS = 1024

/** The most that a call can use, what that would cost, what it counts as in rates, and how its output is cut so far. */
export type Bound = CallBound & { holdNanoUsd: NanoUsd; holdTokens: number; clampedTo: number | null }

/** What a call can cost at the most, as it is: decided before any budget is asked. */
export function boundOf(plan: Plan, call: Call): Bound {
  const bound = usageBoundOf(call, plan, call.body.text.length)
  const { price } = plan
  const holdNanoUsd = price && call.operation.meter !== 'free' ? worstCaseOf(price, bound) : 0n
  const clampedTo = clampOf(call, plan)
  return { ...bound, holdNanoUsd, holdTokens: tokensToCount(call, clampedTo), clampedTo }
}

/** A call waits for its budgets so many times and then takes what it finds: only others who are faster make it so many. */
export const MOST_WAITS = 8

/** Holds the call's worst case, or refuses it. In the turn in which `Ledger.prepare` had nothing to wait for. */
export function admit(ledger: Ledger, facts: CallFacts, plan: Plan, call: Call, bound: Bound): Admitted {
  const bytes = call.body.text.length
  const { price } = plan
  let { clampedTo, holdNanoUsd: hold } = bound
  if (hold > 0n && price && call.outputCap === null && call.operation.outputCaps.length > 0) {
    const room = ledger.room(plan.budgets)
    if (room !== null && hold > room && mayClamp(ledger, plan, hold)) {
      const predicted = predictedTokens(call, bytes)
      const tokens = Math.floor(outputAffordable(price, bound, room) / call.choices) - predicted
      if (tokens > 0) {
        clampedTo = clampedTo === null ? tokens : Math.min(tokens, clampedTo)
        hold = worstCaseOf(price, { ...bound, outputTokens: (clampedTo + predicted) * call.choices })
      }
    }
  }
  const admission = ledger.admit({
    facts,
    budgets: plan.budgets,
    rateLimits: plan.rateLimits,
    holdNanoUsd: hold,
    holdTokens: Math.min(bound.holdTokens, tokensToCount(call, clampedTo)),
  })
  if ('refused' in admission) throw refusalError(admission)
  const estimatedInputTokens = call.unboundedInput
    ? bound.inputTokens
    : Math.ceil(bytes / BYTES_PER_CHARGED_TOKEN)
  return { plan, admission, clampedTo, estimatedInputTokens, serviceTier: call.serviceTier }
}

/** What the call counts against tokens per minute until its usage is known. */
function tokensToCount({ body, operation, outputCap, choices }: Call, clampedTo: number | null): number {
  const output = clampedTo ?? outputCap ?? UNCAPPED_OUTPUT_TOKENS
  return Math.ceil(body.text.length / BYTES_PER_TOKEN) + (operation.writesTokens ? output * choices : 0)
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

function usageBoundOf(call: Call, { price, outputCap, upstreamModel }: Plan, bytes: number): CallBound {
  const text = bytes + TEMPLATE_TOKENS + (call.body.keys.includes('tools') ? TOOLS_TOKENS : 0)
  const inputTokens = call.unboundedInput ? Math.max(text, price?.contextWindow ?? UNKNOWN_CONTEXT) : text
  const { images, fileSearches, serviceTier } = call
  const webSearches = searchesAlways(upstreamModel) ? Math.max(1, call.webSearches) : call.webSearches
  const most = price?.maxOutputTokens ?? price?.contextWindow ?? UNKNOWN_OUTPUT
  const perChoice = Math.min(call.outputCap ?? most, outputCap ?? Number.POSITIVE_INFINITY)
  let outputTokens = call.operation.writesTokens
    ? (perChoice + predictedTokens(call, bytes)) * call.choices
    : 0
  if (images > 0) outputTokens = Math.max(TOKENS_PER_IMAGE, most === UNKNOWN_OUTPUT ? 0 : most) * images
  return { inputTokens, outputTokens, images, webSearches, fileSearches, serviceTier }
}

/** Predicted text that the model rejects is billed as output, beyond any cap. */
function predictedTokens({ body }: Call, bytes: number): number {
  return body.keys.includes('prediction') ? bytes : 0
}

/** The key's own cap, where the caller asked for more or for no limit. */
function clampOf({ operation, outputCap: asked }: Call, { outputCap }: Plan): number | null {
  if (outputCap === null || operation.outputCaps.length === 0) return null
  return asked === null || asked > outputCap ? outputCap : null
}

/** True when every budget that is too short for the hold says to cut the output rather than to refuse. */
function mayClamp(ledger: Ledger, { budgets }: Plan, hold: bigint): boolean {
  return budgets.every((budget) => budget.onShort === 'clamp' || (ledger.room([budget]) ?? hold) >= hold)
}
