import type { PriceUnit, Rate, Rates } from './pricing.ts'
import type { ToolUse } from './tool-use.ts'
import type { Quantities } from './usage.ts'

/** What has no rate and nothing to stand in for it costs the dearest list price of its kind, checked 2026-11-27. */
const FALLBACKS: Partial<Record<PriceUnit, bigint>> = {
  // 25 USD per thousand: OpenAI's preview of the web search.
  webSearch: 25_000_000_000_000n,
  fileSearch: 25_000_000_000_000n,
  // 0.05 USD: an hour of Anthropic's containers, and more than Azure asks for one of its sessions.
  container: 50_000_000_000_000n,
  // OpenAI's gpt-image-1, which Azure still serves.
  toolImageInput: 10_000_000_000n,
  toolImageOutput: 40_000_000_000n,
  // 1.92 USD: 20 minutes of OpenAI's largest container, the dearest use of any tool that has a list price.
  otherTool: 1_920_000_000_000_000n,
}

export const INPUT_UNITS: PriceUnit[] = [
  'input',
  'cachedInput',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'cachedAudioInput',
  'imageInput',
]
export const OUTPUT_UNITS: PriceUnit[] = ['output', 'reasoning', 'audioOutput', 'imageOutput']

/**
 * What stands in for a unit that has no rate: providers bill it as one of these when they do not list it.
 * Where several have a rate the dearest counts; where none has, the dearest of all rates.
 */
const STAND_INS: Record<PriceUnit, PriceUnit[]> = {
  input: INPUT_UNITS,
  cachedInput: ['input'],
  cacheWrite5m: ['input'],
  cacheWrite1h: ['input', 'cacheWrite5m'],
  audioInput: INPUT_UNITS,
  cachedAudioInput: INPUT_UNITS,
  imageInput: ['input'],
  output: OUTPUT_UNITS,
  reasoning: ['output'],
  audioOutput: OUTPUT_UNITS,
  imageOutput: ['output'],
  webSearch: [],
  fileSearch: ['webSearch'],
  container: [],
  toolImageInput: ['imageInput'],
  toolImageOutput: ['imageOutput'],
  otherTool: [],
  image: [],
  request: [],
}

/** Units whose counts stand for themselves. Tokens of a tool's images are no part of the call's tokens. */
export const SINGLE_UNITS = [
  'webSearch',
  'fileSearch',
  'container',
  'toolImageInput',
  'toolImageOutput',
  'otherTool',
  'image',
] as const

export type SingleUnit = (typeof SINGLE_UNITS)[number]

type Counted<Unit = PriceUnit> = [unit: Unit, count: number]

/**
 * Divides the inclusive totals into units that do not overlap and add up to them. Where a provider reports parts
 * that overlap (a cached image counts as both), the dearer part is counted first.
 */
export function tokenUnits(quantities: Quantities): Counted[] {
  const units: Counted[] = []
  let left = quantities.inputTokens
  const take = (unit: PriceUnit, count: number) => {
    const taken = Math.min(count, left)
    if (taken > 0) units.push([unit, taken])
    left -= taken
  }
  const cachedAudio = Math.min(
    quantities.cachedAudioInputTokens,
    quantities.cachedInputTokens,
    quantities.audioInputTokens,
  )
  take('cacheWrite1h', quantities.cacheWrite1hTokens)
  take('cacheWrite5m', quantities.cacheWrite5mTokens)
  take('audioInput', quantities.audioInputTokens - cachedAudio)
  take('imageInput', quantities.imageInputTokens)
  take('cachedAudioInput', cachedAudio)
  take('cachedInput', quantities.cachedInputTokens - cachedAudio)
  take('input', left)
  left = quantities.outputTokens
  take('audioOutput', quantities.audioOutputTokens)
  take('imageOutput', quantities.imageOutputTokens)
  take('reasoning', quantities.reasoningTokens)
  take('output', left)
  return units
}

/** Images have a price of their own on some models; on the others their tokens are the price. */
export function singleUnits(tools: ToolUse, images: number, rates: Rates): Counted<SingleUnit>[] {
  const units: Counted<SingleUnit>[] = []
  const take = (unit: SingleUnit, count: number) => {
    if (count > 0) units.push([unit, count])
  }
  take('webSearch', tools.webSearches)
  take('fileSearch', tools.fileSearches)
  take('container', tools.containers)
  take('toolImageInput', tools.toolImageTokensIn)
  take('toolImageOutput', tools.toolImageTokensOut)
  take('otherTool', tools.otherTools)
  if (rates.image) take('image', images)
  return units
}

export function rateOf(rates: Rates, unit: PriceUnit, inputTokens: number): bigint {
  const own = rates[unit]
  if (own) return inTier(own, inputTokens)
  const standIns = STAND_INS[unit].filter((other) => rates[other])
  if (standIns.length > 0) return dearest(standIns.map((other) => inTier(rates[other], inputTokens)))
  const fallback = FALLBACKS[unit]
  if (fallback !== undefined) return fallback
  return dearest([...INPUT_UNITS, ...OUTPUT_UNITS].map((other) => inTier(rates[other], inputTokens)))
}

function inTier(rate: Rate | undefined, inputTokens: number): bigint {
  if (!rate) return 0n
  let found = rate[0]?.nanoPerMillion ?? 0n
  for (const tier of rate) if (inputTokens > tier.above) found = tier.nanoPerMillion
  return found
}

export function dearest(rates: readonly bigint[]): bigint {
  let most = 0n
  for (const rate of rates) if (rate > most) most = rate
  return most
}
