import { calcPrice, findProvider, type ModelPrice as ListedPrice } from '@pydantic/genai-prices'
import { type PriceList, ratesOfList } from '../domain/price-list.ts'
import { modifiersOf } from '../domain/price-modifiers.ts'
import type { ModelPrice, PriceUnit, Rate, Rates } from '../domain/pricing.ts'
import type { ProviderKind } from '../domain/providers.ts'
import { type Candidate, type Connection, candidatesFor, type OwnModel } from '../domain/routing.ts'
import type { Route } from './adapter.ts'
import { supplementFor, TOOL_RATES } from './catalogue-supplements.ts'
import { DEMO_MODELS } from './demo-models.ts'

/** The price data in use: the pinned package and the day it was published. */
export const CATALOGUE_VERSION = 'genai-prices@0.1.8'
export const CATALOGUE_DATE = '2026-09-23'

/**
 * The routes of a model name, best first. Empty: nobody serves it. A route without a price: somebody does, but
 * nobody knows what it costs. Prices change by the day: keep the answer no longer.
 */
export function resolve(
  name: string,
  connections: readonly Connection[],
  ownModels: readonly OwnModel[],
  at: Date,
): Route[] {
  return candidatesFor(name, connections, ownModels)
    .map((candidate) => ({ candidate, price: priceOf(candidate, at) }))
    .filter(({ candidate, price }) => candidate.named || price)
    .map(({ candidate, price }) => ({
      providerId: candidate.connection.id,
      upstreamModel: candidate.upstreamModel,
      price,
    }))
}

/**
 * The price of the model that answered, which may be another than the one asked for. An own price holds for
 * whatever its entry serves. Null when nobody knows the price: the call then costs what was held for it.
 */
export function servedPrice(
  admitted: ModelPrice,
  connection: Connection,
  upstreamModel: string,
  servedModel: string | null,
  at: Date,
): ModelPrice | null {
  const same = servedModel === null || servedModel === upstreamModel
  return same || admitted.version.startsWith('own/') ? admitted : cataloguePrice(connection, servedModel, at)
}

/** The list price of a model at a connection on the day of `at`; null when the catalogue does not know it. */
export function cataloguePrice(
  connection: Pick<Connection, 'kind' | 'baseUrl'>,
  model: string,
  at: Date,
): ModelPrice | null {
  const source = sourceOf(connection)
  // Prices change by the day. The catalogue ignores case and blanks; budgets and policies that name a model do not.
  if (!source || model.length > 200 || !/^[a-z0-9][a-z0-9._:@/+~-]*$/.test(model)) return null
  const key = `${connection.kind} ${source.id} ${model} ${Math.floor(at.getTime() / 86_400_000)}`
  let price = known.get(key)
  if (price === undefined) {
    price =
      source.id === 'demo'
        ? demoPrice(model)
        : source.names.test(model)
          ? lookUp(connection.kind, source.id, model, at)
          : null
    // Callers choose names, so what is remembered has a bound.
    if (known.size >= 10_000) known.clear()
    known.set(key, price)
  }
  return price
}

export type CatalogueModel = { model: string; name: string; deprecated: boolean; price: ModelPrice }

/** The models that the catalogue knows for a connection, by name. */
export function catalogueModels(
  connection: Pick<Connection, 'kind' | 'baseUrl'>,
  at: Date,
): CatalogueModel[] {
  const source = sourceOf(connection)
  if (!source) return []
  const ids = source.id === 'azure' ? ['openai', 'azure'] : [source.id]
  const entries =
    source.id === 'demo'
      ? DEMO_MODELS.map((id) => ({ id, name: id, deprecated: false }))
      : ids.flatMap((providerId) => findProvider({ providerId })?.models ?? [])
  const models = new Map<string, CatalogueModel>()
  for (const { id, name, deprecated } of entries) {
    // Some entries hold the price of a family, such as `ft:gpt-3.5-turbo-`: nobody can call that.
    const price = /[-:]$/.test(id) ? null : cataloguePrice(connection, id, at)
    if (price) models.set(id, { model: id, name: name ?? id, deprecated: deprecated ?? false, price })
  }
  return [...models.values()].sort((one, other) => (one.model < other.model ? -1 : 1))
}

type Source = { id: string; names: RegExp }

/** Which names a kind of connection serves: the catalogue also lists models that others resell under its roof. */
const SOURCES: Partial<Record<ProviderKind, Source>> = {
  openai: { id: 'openai', names: /./ },
  anthropic: { id: 'anthropic', names: /^claude-/ },
  azure_openai: { id: 'azure', names: /^(gpt-|o\d|text-embedding-|codex-)/ },
  google_gemini: { id: 'google', names: /^(gemini|gemma)-/ },
  demo: { id: 'demo', names: /./ },
}

const SOURCES_BY_HOST: Record<string, Source> = {
  'api.groq.com': { id: 'groq', names: /./ },
  'api.mistral.ai': { id: 'mistral', names: /./ },
  'openrouter.ai': { id: 'openrouter', names: /./ },
}

function sourceOf({ kind, baseUrl }: Pick<Connection, 'kind' | 'baseUrl'>): Source | undefined {
  return kind === 'openai_compatible' ? SOURCES_BY_HOST[URL.parse(baseUrl)?.hostname ?? ''] : SOURCES[kind]
}

const known = new Map<string, ModelPrice | null>()

function priceOf({ connection, upstreamModel, own }: Candidate, at: Date): ModelPrice | null {
  const price = own?.price ?? cataloguePrice(connection, upstreamModel, at)
  if (!price || !own || (own.contextWindow === null && own.maxOutputTokens === null)) return price
  return {
    ...price,
    contextWindow: own.contextWindow ?? price.contextWindow,
    maxOutputTokens: own.maxOutputTokens ?? price.maxOutputTokens,
  }
}

function lookUp(kind: ProviderKind, providerId: string, model: string, timestamp: Date): ModelPrice | null {
  const found = calcPrice({ input_tokens: 0 }, model, { providerId, timestamp })
  if (!found) return null
  const listedBy = providerId === 'azure' ? 'openai' : providerId
  const rates = ratesOf(found.model_price, listedBy)
  if (!rates) return null
  const supplement = supplementFor(listedBy, model)
  const contextWindow = found.model.context_window ?? null
  return {
    version: `${CATALOGUE_VERSION}/${found.provider.id}/${found.model.id}`,
    rates: {
      ...longCacheWrites(listedBy, rates),
      // Models that search are the ones that have the other tools.
      ...(rates.webSearch ? ratesOfList(TOOL_RATES[kind] ?? {}) : {}),
      ...ratesOfList(supplement.rates),
      ...rates,
    },
    modifiers: modifiersOf(kind, model),
    contextWindow,
    maxOutputTokens: supplement.maxOutputTokens ?? contextWindow,
  }
}

const UNIT_OF_KEY: Record<string, PriceUnit | 'ignored'> = {
  input_mtok: 'input',
  cache_read_mtok: 'cachedInput',
  cache_write_mtok: 'cacheWrite5m',
  cache_write_1h_mtok: 'cacheWrite1h',
  input_audio_mtok: 'audioInput',
  cache_audio_read_mtok: 'cachedAudioInput',
  input_image_mtok: 'imageInput',
  output_mtok: 'output',
  output_reasoning_mtok: 'reasoning',
  output_audio_mtok: 'audioOutput',
  output_image_mtok: 'imageOutput',
  web_searches_kcount: 'webSearch',
  storage_searches_kcount: 'fileSearch',
  requests_kcount: 'request',
  // Providers do not report cached image tokens apart: they count as image tokens, which cost more.
  cache_image_read_mtok: 'ignored',
}

/** Exact rates, from the decimal text of the listed numbers. Null when the model is priced by a unit we do not count. */
function ratesOf(listed: ListedPrice, listedBy: string): Rates | null {
  const list: PriceList = {}
  for (const [key, value] of Object.entries(listed)) {
    const unit = UNIT_OF_KEY[key]
    if (value === undefined || unit === 'ignored') continue
    if (unit === undefined) return null
    list[unit] =
      typeof value === 'number'
        ? String(value)
        : [
            { above: 0, usd: String(value.base) },
            ...value.tiers.map(({ start, price }) => ({
              above: tierStart(start, listedBy),
              usd: String(price),
            })),
          ]
  }
  // The catalogue lists a free model without prices.
  return Object.keys(list).length === 0 ? FREE : ratesOfList(list)
}

/**
 * OpenAI's long rate is for more than 272,000 tokens (https://developers.openai.com/api/docs/pricing). The catalogue
 * begins it one token earlier for some models.
 */
function tierStart(start: number, listedBy: string): number {
  return listedBy === 'openai' && start === 271_999 ? 272_000 : start
}

const FREE: Rates = { input: [{ above: 0, nanoPerMillion: 0n }], output: [{ above: 0, nanoPerMillion: 0n }] }

/**
 * OpenAI's cache writes kept for 12 hours cost twice those kept for 30 minutes, which the catalogue does not list.
 * Published for one model (https://developers.openai.com/api/docs/models/gpt-6.2-sol.md); our bound for the others.
 */
function longCacheWrites(listedBy: string, { cacheWrite5m }: Rates): Rates {
  if (listedBy !== 'openai' || !cacheWrite5m) return {}
  const cacheWrite1h: Rate = cacheWrite5m.map((tier) => ({
    ...tier,
    nanoPerMillion: tier.nanoPerMillion * 2n,
  }))
  return { cacheWrite1h }
}

function demoPrice(model: string): ModelPrice | null {
  if (!DEMO_MODELS.includes(model)) return null
  return { version: 'demo', rates: FREE, modifiers: [], contextWindow: 128_000, maxOutputTokens: 4_096 }
}
