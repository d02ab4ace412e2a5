/**
 * What one call used, in whole units, as the provider reported it (or as we counted it).
 * `inputTokens` and `outputTokens` are inclusive totals; the other token counts are parts of them,
 * whatever the provider's own convention is (Anthropic reports exclusive counts; its adapter adds them up).
 */
export type Quantities = {
  inputTokens: number
  cachedInputTokens: number
  cacheWrite5mTokens: number
  cacheWrite1hTokens: number
  audioInputTokens: number
  cachedAudioInputTokens: number
  imageInputTokens: number
  outputTokens: number
  reasoningTokens: number
  audioOutputTokens: number
  imageOutputTokens: number
  webSearches: number
  fileSearches: number
  images: number
}

export const NO_QUANTITIES: Readonly<Quantities> = Object.freeze({
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  audioInputTokens: 0,
  cachedAudioInputTokens: 0,
  imageInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  imageOutputTokens: 0,
  webSearches: 0,
  fileSearches: 0,
  images: 0,
})

/** What an adapter finds in a provider's answer. */
export type ReportedUsage = {
  quantities: Quantities
  /** The model that really served, when the answer names it. Its price counts, not the requested name's. */
  servedModel: string | null
  /** The tier the answer reports (`default`, `priority`, `flex`, `batch`, `fast`); null when it names none. */
  serviceTier: string | null
  /** The provider's id of a stored object (a response), so that only its project can ask for it again. */
  objectId: string | null
}
