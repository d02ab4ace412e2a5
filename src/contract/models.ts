import { z } from 'zod'
import { ratesOfList } from '../domain/price-list.ts'
import { PRICE_UNITS } from '../domain/pricing.ts'
import { Id, page, pageQuery, Slug, Timestamp } from './fields.ts'
import { operation } from './operation.ts'

const ModelName = z
  .string()
  .max(200)
  .regex(/^[\x21-\x29\x2b-\x7e]+$/, 'expected a model name in ASCII, without blanks and *')

const Amount = z.string().regex(/^\d{1,9}(?:\.\d{1,20})?$/, 'expected an amount of USD such as "2.5"')
const Tier = z.strictObject({ above: z.int().min(0), usd: Amount })

/** USD per million tokens, per thousand searches or requests, per image; in tiers by the size of the input. */
const Rates = z
  .partialRecord(z.enum(PRICE_UNITS), Amount.or(z.array(Tier).min(1).max(10)))
  .refine((rates) => ratesOfList(rates) !== null, 'expected at least one unit, and tiers that begin above 0')

const Tokens = z.int().min(1).max(2_147_483_647)

const own = {
  providerId: Id,
  upstreamModel: ModelName.describe('the name by which the provider knows it'),
  rates: Rates.nullable().describe(
    "USD by unit; without them the catalogue's price of the upstream model counts",
  ),
  contextWindow: Tokens.nullable(),
  maxOutputTokens: Tokens.nullable(),
}

export const Model = z
  .object({
    /** Null for a model of the catalogue. */
    id: Id.nullable(),
    /** What callers write. */
    name: ModelName,
    source: z.enum(['catalogue', 'own']),
    ...own,
    providerName: Slug,
    /** What counts: the own rates or the catalogue's. Null when nobody knows the price; such calls are refused. */
    price: Rates.nullable(),
    deprecated: z.boolean(),
    createdAt: Timestamp.nullable(),
    version: z.int().nullable(),
  })
  .meta({ id: 'Model' })

export const modelList = operation({
  name: 'modelList',
  method: 'GET',
  path: '/v1/models',
  summary: 'List the models of the connected providers, own entries and aliases, with prices',
  permission: 'model:read',
  query: { ...pageQuery, providerId: Id.optional(), source: Model.shape.source.optional() },
  response: page(Model),
  examples: ['claviger model list --source own', 'claviger model list --provider anthropic'],
})

export const modelCreate = operation({
  name: 'modelCreate',
  method: 'POST',
  path: '/v1/models',
  summary: 'Name a model: an alias, one the catalogue does not know, or one with a price of your own',
  permission: 'model:create',
  body: z.strictObject({
    name: ModelName,
    providerId: own.providerId,
    upstreamModel: own.upstreamModel,
    rates: own.rates.default(null),
    contextWindow: own.contextWindow.default(null),
    maxOutputTokens: own.maxOutputTokens.default(null),
  }),
  response: Model,
  examples: [
    'claviger model create --name fast --provider openai --upstream-model gpt-5-mini',
    `claviger model create --name llama --provider ollama --upstream-model llama4 --rates '{"input":"0","output":"0"}'`,
  ],
})

export const modelView = operation({
  name: 'modelView',
  method: 'GET',
  path: '/v1/models/{modelId}',
  summary: 'Show an own model with the price that counts',
  permission: 'model:read',
  params: { modelId: Id },
  response: Model,
  examples: ['claviger model get fast'],
})

export const modelUpdate = operation({
  name: 'modelUpdate',
  method: 'PATCH',
  path: '/v1/models/{modelId}',
  summary: 'Change where an own model leads or what it costs; its name stays',
  permission: 'model:update',
  params: { modelId: Id },
  body: z.strictObject(own).partial(),
  response: Model,
  examples: ['claviger model update fast --upstream-model gpt-5.4-mini'],
})

export const modelDelete = operation({
  name: 'modelDelete',
  method: 'DELETE',
  path: '/v1/models/{modelId}',
  summary: 'Delete an own model; calls to its name are then routed as if it had never been',
  permission: 'model:update',
  params: { modelId: Id },
  examples: ['claviger model delete fast'],
})
