import { type Budget, cutsToFit } from './budget.ts'
import type { NanoUsd } from './money.ts'
import type { OperationTerms } from './operations.ts'
import { type CallBound, type ModelPrice, outputAffordable, worstCaseOf } from './pricing.ts'
import { TOKENS_PER_IMAGE, type ToolUse } from './tool-use.ts'

/** What templates and separators add to a text, and what a provider adds when there are tools. */
const TEMPLATE_TOKENS = 64
const TOOLS_TOKENS = 4096
const UNKNOWN_CONTEXT = 1_000_000
const UNKNOWN_OUTPUT = 1_000_000
/** No shorter: OpenAI refuses caps below 16, and nobody has use for such an answer. */
const LEAST_CLAMPED_TOKENS = 16
/** Bytes of JSON that make a token, at the least: an estimate for rates does not charge high. */
const BYTES_PER_TOKEN = 4
/** Counted against tokens per minute for the output of a call without a cap. */
const UNCAPPED_OUTPUT_TOKENS = 1024

/** All of a call that its worst case depends on, as far as it is known before it is made. */
export type CallShape = {
  operation: OperationTerms
  /** Of the body. A byte-level token is at least one byte. */
  bytes: number
  hasTools: boolean
  /** Sends predicted text along, which is billed as output where the model rejects it, beyond any cap. */
  predicts: boolean
  /** Bytes do not bound what the model reads: images, files, stored context, hosted tools. */
  unboundedInput: boolean
  /** The caller's own cap on output tokens, of each choice. */
  outputCap: number | null
  choices: number
  images: number
  /** The most that tools of the provider may use. */
  tools: ToolUse
  serviceTier: string | null
}

/** What the call's key and model say about it. */
export type HoldTerms = { price: ModelPrice | null; outputCap: number | null }

/** The most that a call may use and cost, as it will be sent. */
export type WorstCase = {
  bound: CallBound
  /** Zero for what costs nothing. */
  holdNanoUsd: NanoUsd
  /** To count against tokens per minute until the true figure is known. */
  holdTokens: number
  /** What its output is cut to, when that is less than the caller asked for. */
  clampedTo: number | null
}

/**
 * What a call holds before its first byte leaves, at the dearest rate that could apply: by the bytes of its body or,
 * where somebody has counted them, by its tokens.
 */
export function worstCase(shape: CallShape, terms: HoldTerms, countedTokens: number | null): WorstCase {
  const bound = boundOf(shape, terms, countedTokens)
  const { price } = terms
  const holdNanoUsd = price && !shape.operation.free ? worstCaseOf(price, bound) : 0n
  const clampedTo = keysCap(shape, terms)
  return { bound, holdNanoUsd, holdTokens: rateTokens(shape, clampedTo), clampedTo }
}

/** The least that is left in those of these budgets that are hard; null when there are none, or none is known. */
export type Room = (budgets: readonly Budget[]) => NanoUsd | null

/**
 * The same with its output cut to what is left, when the caller set no cap, what is left is short of the hold, and
 * every budget for which it is says to cut rather than to refuse. Otherwise as it is.
 */
export function cutToRoom(
  worst: WorstCase,
  shape: CallShape,
  { price }: HoldTerms,
  budgets: readonly Budget[],
  room: Room,
): WorstCase {
  if (!price || !isCuttable(shape)) return worst
  const left = shortRoom(worst, budgets, room)
  if (left === null) return worst
  if (!budgets.every((budget) => cutsToFit(budget, room([budget]), worst.holdNanoUsd))) return worst
  const predicted = predictedTokens(shape)
  const affordable = Math.floor(outputAffordable(price, worst.bound, left) / shape.choices) - predicted
  const clampedTo = worst.clampedTo === null ? affordable : Math.min(affordable, worst.clampedTo)
  if (clampedTo < LEAST_CLAMPED_TOKENS) return worst
  const bound = { ...worst.bound, outputTokens: (clampedTo + predicted) * shape.choices }
  const holdTokens = Math.min(worst.holdTokens, rateTokens(shape, clampedTo))
  return { bound, holdNanoUsd: worstCaseOf(price, bound), holdTokens, clampedTo }
}

/** What is left of the tightest hard budget when the hold does not fit into it; null when it fits. */
export function shortRoom(
  { holdNanoUsd }: WorstCase,
  budgets: readonly Budget[],
  room: Room,
): NanoUsd | null {
  if (holdNanoUsd === 0n) return null
  const left = room(budgets)
  return left !== null && holdNanoUsd > left ? left : null
}

/** The least that any count of the input could bring the hold to. */
export function leastHold(shape: CallShape, { price }: HoldTerms, { bound }: WorstCase): NanoUsd {
  if (!price) return 0n
  const outputTokens = isCuttable(shape) ? LEAST_CLAMPED_TOKENS * shape.choices : bound.outputTokens
  return worstCaseOf(price, { ...bound, inputTokens: allowance(shape), outputTokens })
}

function isCuttable({ outputCap, operation }: CallShape): boolean {
  return outputCap === null && operation.outputCaps.length > 0
}

function allowance({ hasTools }: CallShape): number {
  return TEMPLATE_TOKENS + (hasTools ? TOOLS_TOKENS : 0)
}

function boundOf(shape: CallShape, { price, outputCap }: HoldTerms, countedTokens: number | null): CallBound {
  const { operation, choices, images, tools, serviceTier } = shape
  const text = Math.min(shape.bytes, countedTokens ?? shape.bytes) + allowance(shape)
  const inputTokens = shape.unboundedInput ? Math.max(text, price?.contextWindow ?? UNKNOWN_CONTEXT) : text
  const most = price?.maxOutputTokens ?? price?.contextWindow ?? UNKNOWN_OUTPUT
  const perChoice = Math.min(shape.outputCap ?? most, outputCap ?? Number.POSITIVE_INFINITY)
  let outputTokens = operation.writesTokens ? (perChoice + predictedTokens(shape)) * choices : 0
  if (images > 0) outputTokens = Math.max(TOKENS_PER_IMAGE, most === UNKNOWN_OUTPUT ? 0 : most) * images
  return { inputTokens, outputTokens, images, tools, serviceTier }
}

function predictedTokens({ predicts, bytes }: CallShape): number {
  return predicts ? bytes : 0
}

/** The key's own cap, where the caller asked for more or for no limit. */
function keysCap({ operation, outputCap: asked }: CallShape, { outputCap }: HoldTerms): number | null {
  if (outputCap === null || operation.outputCaps.length === 0) return null
  return asked === null || asked > outputCap ? outputCap : null
}

function rateTokens({ operation, bytes, outputCap, choices }: CallShape, clampedTo: number | null): number {
  const output = operation.writesTokens ? (clampedTo ?? outputCap ?? UNCAPPED_OUTPUT_TOKENS) * choices : 0
  return Math.ceil(bytes / BYTES_PER_TOKEN) + output
}
