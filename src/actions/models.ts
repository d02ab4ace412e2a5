import type { Ctx } from '../app.ts'
import { modelCreate, modelDelete, modelList, modelUpdate, modelView } from '../contract/models.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import {
  deleteModel,
  findModel,
  insertModel,
  listModels,
  lockModel,
  type ModelRow,
  setModel,
} from '../db/models.ts'
import { notify } from '../db/notify.ts'
import { listLiveProviders, type ProviderRow } from '../db/providers.ts'
import { transaction } from '../db/transaction.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { listOfRates, type PriceList } from '../domain/price-list.ts'
import type { ProviderKind } from '../domain/providers.ts'
import { newId } from '../ids.ts'
import { catalogueModels, cataloguePrice } from '../providers/catalogue.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere, visible } from './authorize.ts'
import { requireVersion } from './require-version.ts'
import { requireProvider } from './rule-scope.ts'
import { sharedPlace } from './shared-place.ts'

type PresentedModel = Output<typeof modelCreate>

/** Every model that callers can name, by name: own entries, and what the catalogue knows of the live providers. */
export async function listModelsFor(
  ctx: Ctx,
  { query }: Valid<typeof modelList>,
): Promise<Output<typeof modelList>> {
  authorizeAnywhere(ctx.actor, modelList.permission)
  const own = (await listModels(ctx.db)).map((row) => presentOwn(row, ctx.clock()))
  const names = new Set(own.map((model) => model.name))
  const catalogue = (await listLiveProviders(ctx.db)).flatMap((provider) =>
    presentCatalogue(provider, ctx.clock()),
  )
  const { limit, cursor = '', providerId, source } = query
  const rest = [...own, ...catalogue.filter((model) => !names.has(model.name))]
    .filter((model) => model.name > cursor)
    .filter((model) => providerId === undefined || model.providerId === providerId)
    .filter((model) => source === undefined || model.source === source)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const data = rest.slice(0, limit)
  return { data, nextCursor: rest.length > limit ? (data.at(-1)?.name ?? null) : null }
}

export async function viewModel(
  ctx: Ctx,
  { params }: Valid<typeof modelView>,
): Promise<Output<typeof modelView>> {
  authorizeAnywhere(ctx.actor, modelView.permission)
  return showModel(ctx, params.modelId)
}

export async function createModel(
  ctx: Ctx,
  { body }: Valid<typeof modelCreate>,
): Promise<Output<typeof modelCreate>> {
  return transaction(ctx, async (ctx) => {
    authorize(ctx.actor, modelCreate.permission, await sharedPlace(ctx.db))
    await requireProvider(ctx, body.providerId, '/body/providerId')
    const id = newId('mdl')
    await insertModel(ctx.db, { id, ...body })
    const after = await showModel(ctx, id)
    await audit(ctx, { action: 'model.create', targetId: id, after })
    await notify(ctx, { topic: 'models' })
    return after
  })
}

export async function updateModel(
  ctx: Ctx,
  { params, body }: Valid<typeof modelUpdate>,
): Promise<Output<typeof modelUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, modelUpdate.permission, params.modelId)
    await requireProvider(ctx, body.providerId ?? null, '/body/providerId')
    const before = await showModel(ctx, row.id)
    await setModel(ctx.db, row.id, body)
    const after = await showModel(ctx, row.id)
    await audit(ctx, { action: 'model.update', targetId: row.id, before, after })
    await notify(ctx, { topic: 'models' })
    return after
  })
}

export async function removeModel(ctx: Ctx, { params }: Valid<typeof modelDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, modelDelete.permission, params.modelId)
    const before = await showModel(ctx, row.id)
    await deleteModel(ctx.db, row.id)
    await audit(ctx, { action: 'model.delete', targetId: row.id, before })
    await notify(ctx, { topic: 'models' })
  })
}

async function lockForChange(ctx: Ctx, permission: OperationPermission, modelId: string): Promise<ModelRow> {
  const row = visible(ctx.actor, 'model', await lockModel(ctx.db, modelId), () => ORGANIZATION)
  authorize(ctx.actor, permission, await sharedPlace(ctx.db))
  requireVersion(ctx, 'model', row)
  return row
}

async function showModel(ctx: Ctx, modelId: string): Promise<PresentedModel> {
  const row = visible(ctx.actor, 'model', await findModel(ctx.db, modelId), () => ORGANIZATION)
  return presentOwn(row, ctx.clock())
}

function presentOwn(row: ModelRow, at: Date): PresentedModel {
  const listed = cataloguePrice(connectionOf(row.kind, row.baseUrl), row.upstreamModel, at)
  // The contract let only price lists through when it was written.
  const rates = row.rates as PriceList | null
  return {
    id: row.id,
    name: row.name,
    source: 'own',
    providerId: row.providerId,
    providerName: row.providerName,
    upstreamModel: row.upstreamModel,
    rates,
    price: rates ?? (listed && listOfRates(listed.rates)),
    contextWindow: row.contextWindow ?? listed?.contextWindow ?? null,
    maxOutputTokens: row.maxOutputTokens ?? listed?.maxOutputTokens ?? null,
    deprecated: false,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
  }
}

function presentCatalogue({ id, name, kind, baseUrl }: ProviderRow, at: Date): PresentedModel[] {
  return catalogueModels(connectionOf(kind, baseUrl), at).map(({ model, price, deprecated }) => ({
    id: null,
    name: `${name}/${model}`,
    source: 'catalogue',
    providerId: id,
    providerName: name,
    upstreamModel: model,
    rates: null,
    price: listOfRates(price.rates),
    contextWindow: price.contextWindow,
    maxOutputTokens: price.maxOutputTokens,
    deprecated,
    createdAt: null,
    version: null,
  }))
}

function connectionOf(kind: string, baseUrl: string) {
  // Providers are written only by `createProvider`, which takes one of these kinds.
  return { kind: kind as ProviderKind, baseUrl }
}
