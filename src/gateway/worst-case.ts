import type { NanoUsd } from '../domain/money.ts'
import { type CallBound, outputAffordable, worstCaseOf } from '../domain/pricing.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { searchesAlways } from '../providers/openai-usage.ts'
import type { Plan } from './plan.ts'
import type { Call } from './read-call.ts'

/** The most that a call may use and cost, as it will be sent. */
export type WorstCase = {
  bound: CallBound
  holdNanoUsd: NanoUsd
  /** What its output is cut to, when that is less than the caller asked for. */
  clampedTo: number | null
}

/** What templates and separators add to a text, and what a provider adds when there are tools. */
const TEMPLATE_TOKENS = 64
const TOOLS_TOKENS = 4096
const UNKNOWN_CONTEXT = 1_000_000
const UNKNOWN_OUTPUT = 1_000_000
const TOKENS_PER_IMAGE = 20_000
/** No shorter: OpenAI refuses caps below 16, and nobody has use for such an answer. */
const LEAST_CLAMPED_TOKENS = 16

/** The worst case by the bytes of the body or, where somebody has counted them, by its tokens. */
export function worstCase(call: Call, plan: Plan, countedTokens: number | null): WorstCase {
  const bound = boundOf(call, plan, countedTokens)
  return { bound, holdNanoUsd: holdOf(call, plan, bound), clampedTo: clampOf(call, plan) }
}

/**
 * The same with its output cut to what is left, when the caller set no cap, what is left is short of the hold, and
 * every budget for which it is says to cut rather than to refuse. Otherwise as it is.
 */
export function cutToRoom(ledger: Ledger, call: Call, plan: Plan, worst: WorstCase): WorstCase {
  const { price } = plan
  if (!price || call.outputCap !== null || call.operation.outputCaps.length === 0) return worst
  const room = shortRoom(ledger, plan, worst)
  if (room === null || !mayClamp(ledger, plan, worst.holdNanoUsd)) return worst
  const predicted = predictedTokens(call)
  const affordable = Math.floor(outputAffordable(price, worst.bound, room) / call.choices) - predicted
  const clampedTo = worst.clampedTo === null ? affordable : Math.min(affordable, worst.clampedTo)
  if (clampedTo < LEAST_CLAMPED_TOKENS) return worst
  const bound = { ...worst.bound, outputTokens: (clampedTo + predicted) * call.choices }
  return { bound, holdNanoUsd: worstCaseOf(price, bound), clampedTo }
}

/** What is left of the tightest hard budget when the hold does not fit into it; null when it fits. */
export function shortRoom(ledger: Ledger, plan: Plan, { holdNanoUsd }: WorstCase): NanoUsd | null {
  if (holdNanoUsd === 0n) return null
  const room = ledger.room(plan.budgets)
  return room !== null && holdNanoUsd > room ? room : null
}

/** The least that any count of the input could bring the hold to. */
export function leastHold(call: Call, { price }: Plan, { bound }: WorstCase): NanoUsd {
  if (!price) return 0n
  const clampable = call.outputCap === null && call.operation.outputCaps.length > 0
  const outputTokens = clampable ? LEAST_CLAMPED_TOKENS * call.choices : bound.outputTokens
  return worstCaseOf(price, { ...bound, inputTokens: allowance(call), outputTokens })
}

function holdOf(call: Call, { price }: Plan, bound: CallBound): NanoUsd {
  return price && call.operation.meter !== 'free' ? worstCaseOf(price, bound) : 0n
}

function boundOf(
  call: Call,
  { price, outputCap, upstreamModel }: Plan,
  countedTokens: number | null,
): CallBound {
  const bytes = call.body.text.length
  const text = Math.min(bytes, countedTokens ?? bytes) + allowance(call)
  const inputTokens = call.unboundedInput ? Math.max(text, price?.contextWindow ?? UNKNOWN_CONTEXT) : text
  const { images, fileSearches, serviceTier } = call
  const webSearches = searchesAlways(upstreamModel) ? Math.max(1, call.webSearches) : call.webSearches
  const most = price?.maxOutputTokens ?? price?.contextWindow ?? UNKNOWN_OUTPUT
  const perChoice = Math.min(call.outputCap ?? most, outputCap ?? Number.POSITIVE_INFINITY)
  let outputTokens = call.operation.writesTokens ? (perChoice + predictedTokens(call)) * call.choices : 0
  if (images > 0) outputTokens = Math.max(TOKENS_PER_IMAGE, most === UNKNOWN_OUTPUT ? 0 : most) * images
  return { inputTokens, outputTokens, images, webSearches, fileSearches, serviceTier }
}

function allowance({ body: { keys } }: Call): number {
  return TEMPLATE_TOKENS + (keys.includes('tools') || keys.includes('functions') ? TOOLS_TOKENS : 0)
}

/** Predicted text that the model rejects is billed as output, beyond any cap. */
function predictedTokens({ body }: Call): number {
  return body.keys.includes('prediction') ? body.text.length : 0
}

/** The key's own cap, where the caller asked for more or for no limit. */
function clampOf({ operation, outputCap: asked }: Call, { outputCap }: Plan): number | null {
  if (outputCap === null || operation.outputCaps.length === 0) return null
  return asked === null || asked > outputCap ? outputCap : null
}

/** True when every budget that is too short for the hold says to cut the output rather than to refuse. */
function mayClamp(ledger: Ledger, { budgets }: Plan, hold: NanoUsd): boolean {
  return budgets.every((budget) => budget.onShort === 'clamp' || (ledger.room([budget]) ?? hold) >= hold)
}
