import type { ReportedUsage } from '../domain/usage.ts'

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
  push(chunk: Uint8Array): void
  /** What the provider reported, or null when it did not (cut off, not asked for, malformed). */
  finish(): ReportedUsage | null
  /** Output tokens to charge for what has gone by so far when nothing was reported: high rather than low. */
  countedOutputTokens(): number
}
