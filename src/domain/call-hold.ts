import { type Budget, cutsToFit } from './budget.ts'
import type { NanoUsd } from './money.ts'
import type { OperationTerms } from './operations.ts'
import { type CallBound, type ModelPrice, outputAffordable, worstCaseOf } from './pricing.ts'

/** What templates and separators add to a text, and what a provider adds when there are tools. */
const TEMPLATE_TOKENS = 64
const TOOLS_TOKENS = 4096
const UNKNOWN_CONTEXT = 1_000_000
const UNKNOWN_OUTPUT = 1_000_000
const TOKENS_PER_IMAGE = 20_000
/** Bytes of JSON that make a token, at the least: an estimate for rates does not charge high. */
const BYTES_PER_TOKEN = 4
/** Counted against tokens per minute for the output of a call without a cap. */
const UNCAPPED_OUTPUT_TOKENS = 1024

/** Searches that one call may do when it does not say: what is held for it, since nothing bounds them. */
export const SEARCHES_PER_CALL = 20

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
  webSearches: number
  fileSearches: number
  serviceTier: string | null
}

/** What the call's key and model say about it. */
export type HoldTerms = { price: ModelPrice | null; outputCap: number | null }

export type CallHold = {
  bound: CallBound
  /** Zero for what costs nothing. */
  nanoUsd: NanoUsd
  /** To count against tokens per minute until the true figure is known. */
  tokens: number
  /** What its output is cut to, when that is less than the caller asked for. */
  clampedTo: number | null
}

/** What a call holds before its first byte leaves: its worst case at the dearest rate that could apply. */
export function holdOf(shape: CallShape, terms: HoldTerms): CallHold {
  const bound = boundOf(shape, terms)
  const { price } = terms
  const nanoUsd = price && !shape.operation.free ? worstCaseOf(price, bound) : 0n
  const clampedTo = keysCap(shape, terms)
  return { bound, nanoUsd, clampedTo, tokens: rateTokens(shape, clampedTo) }
}

/**
 * The hold with the output cut to what is left, where the caller set no cap and all budgets that are too short say to
 * cut; else the hold as it is. `room` is the least that is left in these hard budgets, null when there are none.
 */
export function fitHold(
  hold: CallHold,
  shape: CallShape,
  { price }: HoldTerms,
  budgets: readonly Budget[],
  room: (budgets: readonly Budget[]) => NanoUsd | null,
): CallHold {
  if (hold.nanoUsd === 0n || !price || shape.outputCap !== null || shape.operation.outputCaps.length === 0)
    return hold
  const left = room(budgets)
  if (left === null || hold.nanoUsd <= left) return hold
  if (!budgets.every((budget) => cutsToFit(budget, room([budget]), hold.nanoUsd))) return hold
  const { bound } = hold
  const tokens = Math.floor(outputAffordable(price, bound, left) / shape.choices) - predictedTokens(shape)
  if (tokens <= 0) return hold
  const clampedTo = hold.clampedTo === null ? tokens : Math.min(tokens, hold.clampedTo)
  const cut = { ...bound, outputTokens: (clampedTo + predictedTokens(shape)) * shape.choices }
  return {
    bound: cut,
    nanoUsd: worstCaseOf(price, cut),
    tokens: rateTokens(shape, clampedTo),
    clampedTo,
  }
}

function boundOf(shape: CallShape, { price, outputCap }: HoldTerms): CallBound {
  const { operation, choices, images, webSearches, fileSearches, serviceTier } = shape
  const text = shape.bytes + TEMPLATE_TOKENS + (shape.hasTools ? TOOLS_TOKENS : 0)
  const inputTokens = shape.unboundedInput ? Math.max(text, price?.contextWindow ?? UNKNOWN_CONTEXT) : text
  const most = price?.maxOutputTokens ?? price?.contextWindow ?? UNKNOWN_OUTPUT
  const perChoice = Math.min(shape.outputCap ?? most, outputCap ?? Number.POSITIVE_INFINITY)
  let outputTokens = operation.writesTokens ? (perChoice + predictedTokens(shape)) * choices : 0
  if (images > 0) outputTokens = Math.max(TOKENS_PER_IMAGE, most === UNKNOWN_OUTPUT ? 0 : most) * images
  return { inputTokens, outputTokens, images, webSearches, fileSearches, serviceTier }
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
