import type { NanoUsd } from './money.ts'

/** What a price is for. Token units are priced per million, `…Count` units per thousand, as providers list them. */
export const PRICE_UNITS = [
  'input',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'cachedAudioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
  'webSearch',
  'fileSearch',
  'image',
  'request',
] as const

export type PriceUnit = (typeof PRICE_UNITS)[number]

/**
 * A rate in nano-USD per million units (tokens, searches, images or requests alike), so that a list price of
 * 0.0375 USD per million tokens is 37_500_000 and one of 10 USD per thousand searches is 10_000_000_000_000.
 * `from` is the input size in tokens above which a higher tier counts for the whole call; the first is 0.
 */
export type Rate = readonly { above: number; nanoPerMillion: bigint }[]

export type Rates = Partial<Record<PriceUnit, Rate>>

/** The price of one model at one moment, as admitted calls keep it until they settle. */
export type ModelPrice = {
  /** Names the source and its version, so that an old bill can be recomputed: `genai-prices@0.1.8/openai/gpt-5.4`. */
  version: string
  rates: Rates
  /** The most tokens the model reads and writes together; null when the source does not say. */
  contextWindow: number | null
  maxOutputTokens: number | null
}

export type Cost = {
  nanoUsd: NanoUsd
  /** The modifiers that applied, by name (`flex`, `priority`), as the usage row keeps them. */
  modifiers: string[]
}
