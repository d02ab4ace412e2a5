/**
 * What one call used, in whole units, as the provider reported it (or as we counted it).
 * `inputTokens` and `outputTokens` are inclusive totals; the other token counts are parts of them,
 * whatever the provider's own convention is (Anthropic reports exclusive counts; its adapter adds them up).
 * `cachedAudioInputTokens` is a part of both the cached and the audio tokens.
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
  /** Gigabytes of memory (or whole containers, where they come in one size) for each 20 minutes in which code may have run. */
  containers: number
  /** Tokens of the images that a tool read and drew: another model's than the call's. */
  toolImageTokensIn: number
  toolImageTokensOut: number
  /** Tools of the provider that nobody knows the price of. */
  otherTools: number
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
  containers: 0,
  toolImageTokensIn: 0,
  toolImageTokensOut: 0,
  otherTools: 0,
})

/** What an adapter finds in a provider's answer. */
export type ReportedUsage = {
  quantities: Quantities
  /** True when we counted a part of it (the stream was cut) or had to bend it (impossible figures). */
  estimated: boolean
  /** The model that really served, when the answer names it. Its price counts, not the requested name's. */
  servedModel: string | null
  /** The tier the answer reports (`default`, `priority`, `flex`, `batch`, `fast`); null when it names none. Several are joined: `standard+fast+us`. */
  serviceTier: string | null
  /** The provider ran code in a container, or may have. It does not say for how long. */
  ranCode: boolean
  /** The answer broke off before it said what its tools had used. */
  cut: boolean
  /** The provider's id of a stored object (a response), so that only its project can ask for it again. */
  objectId: string | null
}

/**
 * No call uses more than this of anything: a hundred times the largest context window there is. A provider that
 * reports more lies or has a bug, and must not be able to empty a budget or overflow a column.
 */
export const MAX_COUNT = 100_000_000

/**
 * Makes reported figures usable: whole, at least zero, at most `MAX_COUNT`, and no part larger than its total (the
 * total grows: when in doubt we charge more). `bent` says that something had to change.
 */
export function saneQuantities(reported: Quantities): { quantities: Quantities; bent: boolean } {
  if (isSane(reported)) return { quantities: reported, bent: false }
  const quantities = { ...NO_QUANTITIES }
  for (const name of NAMES) quantities[name] = saneCount(reported[name])
  quantities.inputTokens = Math.max(quantities.inputTokens, largest(quantities, PARTS_OF_INPUT))
  quantities.outputTokens = Math.max(quantities.outputTokens, largest(quantities, PARTS_OF_OUTPUT))
  return { quantities, bent: true }
}

type Name = keyof Quantities

// The keys of a constant we wrote.
const NAMES = Object.keys(NO_QUANTITIES) as Name[]
const PARTS_OF_INPUT = NAMES.filter((name) => name.endsWith('InputTokens') || name.startsWith('cacheWrite'))
const PARTS_OF_OUTPUT: Name[] = ['reasoningTokens', 'audioOutputTokens', 'imageOutputTokens']

function isSane(quantities: Quantities): boolean {
  for (const name of NAMES) {
    const count = quantities[name]
    if (!(count >= 0 && count <= MAX_COUNT) || !Number.isInteger(count)) return false
  }
  return (
    largest(quantities, PARTS_OF_INPUT) <= quantities.inputTokens &&
    largest(quantities, PARTS_OF_OUTPUT) <= quantities.outputTokens
  )
}

function largest(quantities: Quantities, parts: readonly Name[]): number {
  let most = 0
  for (const part of parts) if (quantities[part] > most) most = quantities[part]
  return most
}

function saneCount(value: number): number {
  if (!(value > 0)) return 0 // also NaN
  return value > MAX_COUNT ? MAX_COUNT : Math.ceil(value)
}
