import type { ReportedUsage } from '../domain/usage.ts'
import { watchAnthropicUsage } from './anthropic-usage.ts'
import { watchOpenAiUsage } from './openai-usage.ts'

/** How an answer reports what it used. Each operation in `gateway/operations.ts` names one. */
export type Meter =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'openai-images'
  | 'anthropic-messages'
  /** Costs nothing: moderations, token counting, stored objects, lists. */
  | 'free'

/**
 * Watches an answer's bytes go by and finds the usage in them, with constant memory and without parsing each chunk.
 * It never changes or holds back a byte.
 */
export type UsageWatch = {
  /** The bytes are the caller's again afterwards. `text` is one character for each of them. */
  push(chunk: Buffer, text: string): void
  /**
   * What the provider reported, or null when it reported nothing usable (cut off, not asked for, malformed).
   * Call it once, at the end.
   */
  finish(): ReportedUsage | null
  /**
   * Output tokens to charge for what has gone by so far when nothing was reported: high rather than low.
   * Null when the bytes say nothing about the price: then it is what was held.
   */
  countedOutputTokens(): number | null
  /**
   * How many events of a stream carried output so far, each a token or more: low rather than high. None for answers in
   * one piece, and where events are not made of tokens.
   */
  outputEvents(): number
}

/** A watch for one answer. `isEventStream` is what the answer's content type says, not what the caller asked for. */
export function watchUsage(meter: Meter, isEventStream: boolean): UsageWatch {
  if (meter === 'free') return NOTHING
  return meter === 'anthropic-messages'
    ? watchAnthropicUsage(isEventStream)
    : watchOpenAiUsage(meter, isEventStream)
}

const NOTHING: UsageWatch = {
  push() {},
  finish: () => null,
  countedOutputTokens: () => 0,
  outputEvents: () => 0,
}
