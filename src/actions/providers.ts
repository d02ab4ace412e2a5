import type { Ctx } from '../app.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import {
  providerCreate,
  providerDelete,
  providerList,
  providerUpdate,
  providerView,
} from '../contract/providers.ts'
import { lockCredentialsOf, setCredential } from '../db/credentials.ts'
import { listModels } from '../db/models.ts'
import { notify } from '../db/notify.ts'
import {
  findProvider,
  insertProvider,
  listProviders,
  lockProvider,
  type ProviderRow,
  setProvider,
} from '../db/providers.ts'
import { transaction } from '../db/transaction.ts'
import { normalizeBaseUrl } from '../domain/base-url.ts'
import { AppError } from '../domain/errors.ts'
import { ORGANIZATION } from '../domain/place.ts'
import type { ProviderKind } from '../domain/providers.ts'
import { newId } from '../ids.ts'
import { ADAPTERS } from '../providers/adapters.ts'
import { requireUnarchived } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere, visible } from './authorize.ts'
import { replaceSecret, showCredential } from './credentials.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'
import { providerPlace } from './shared-place.ts'

/** The demo provider answers here, without a network. */
const DEMO_ADDRESS = 'demo:'

export async function createProvider(
  ctx: Ctx,
  { body }: Valid<typeof providerCreate>,
): Promise<Output<typeof providerCreate>> {
  authorize(ctx.actor, providerCreate.permission, ORGANIZATION)
  const baseUrl = body.kind === 'demo' ? DEMO_ADDRESS : (body.baseUrl ?? ADAPTERS[body.kind]?.defaultBaseUrl)
  if (!baseUrl) throw invalid('/body/baseUrl', `a provider of the kind "${body.kind}" needs its address`)
  return transaction(ctx, async (ctx) => {
    const { name, kind } = body
    const row = await insertProvider(ctx.db, {
      id: newId('prv'),
      name,
      kind,
      baseUrl: normalizeBaseUrl(baseUrl),
    })
    const after = presentProvider(row)
    await audit(ctx, { action: 'provider.create', targetId: row.id, after })
    await notify(ctx, { topic: 'providers' })
    return after
  })
}

/** Everybody with a role may know which providers there are: their names are part of model names. */
export async function listProvidersFor(
  ctx: Ctx,
  { query }: Valid<typeof providerList>,
): Promise<Output<typeof providerList>> {
  authorizeAnywhere(ctx.actor, providerList.permission)
  const { limit, cursor } = query
  return pageOf(await listProviders(ctx.db, { limit: limit + 1, cursor }), limit, presentProvider)
}

export async function viewProvider(
  ctx: Ctx,
  { params }: Valid<typeof providerView>,
): Promise<Output<typeof providerView>> {
  const row = visible(
    ctx.actor,
    'provider',
    await findProvider(ctx.db, params.providerId),
    () => ORGANIZATION,
  )
  authorizeAnywhere(ctx.actor, providerView.permission)
  return presentProvider(row)
}

/**
 * Changes where a provider is reached. A stored secret goes only where it was meant to go: at a new address each
 * credential works with a secret given in this call, or is disabled and its old secret erased.
 */
export async function updateProvider(
  ctx: Ctx,
  { params, body }: Valid<typeof providerUpdate>,
): Promise<Output<typeof providerUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, providerUpdate.permission, params.providerId)
    requireUnarchived('provider', row)
    const before = presentProvider(row)
    const baseUrl = body.baseUrl === undefined ? row.baseUrl : normalizeBaseUrl(body.baseUrl)
    const after = presentProvider(await setProvider(ctx.db, row.id, { baseUrl }))
    await updateSecrets(ctx, row.id, body.credentials, baseUrl !== row.baseUrl)
    await audit(ctx, { action: 'provider.update', targetId: row.id, before, after })
    await notify(ctx, { topic: 'providers' })
    return after
  })
}

/** Archives a provider, so that what was used of it can still be named. */
export async function deleteProvider(ctx: Ctx, { params }: Valid<typeof providerDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, providerDelete.permission, params.providerId)
    requireUnarchived('provider', row)
    const credentials = await lockCredentialsOf(ctx.db, row.id)
    const models = (await listModels(ctx.db)).filter((model) => model.providerId === row.id)
    const left = [...credentials, ...models].map(({ name }) => `"${name}"`)
    if (left.length > 0) {
      throw new AppError(
        'conflict',
        `Delete the provider's credentials and own models first: ${left.join(', ')}.`,
      )
    }
    const before = presentProvider(row)
    const after = presentProvider(await setProvider(ctx.db, row.id, { archivedAt: ctx.clock() }))
    await audit(ctx, { action: 'provider.delete', targetId: row.id, before, after })
    await notify(ctx, { topic: 'providers' })
  })
}

async function updateSecrets(
  ctx: Ctx,
  providerId: string,
  given: Valid<typeof providerUpdate>['body']['credentials'],
  moved: boolean,
): Promise<void> {
  const credentials = await lockCredentialsOf(ctx.db, providerId)
  const stranger = given.findIndex(({ credentialId }) => !credentials.some(({ id }) => id === credentialId))
  if (stranger >= 0)
    throw invalid(`/body/credentials/${stranger}/credentialId`, 'the provider has no such credential')
  for (const credential of credentials) {
    const secret = given.find(({ credentialId }) => credentialId === credential.id)?.secret
    if (secret !== undefined) await replaceSecret(ctx, credential, secret)
    else if (moved) await eraseSecret(ctx, credential.id)
  }
}

async function eraseSecret(ctx: Ctx, credentialId: string): Promise<void> {
  const before = await showCredential(ctx, credentialId)
  const nothing = Buffer.alloc(0)
  await setCredential(ctx.db, credentialId, {
    state: 'disabled',
    sealedDataKey: nothing,
    sealedSecret: nothing,
  })
  const after = await showCredential(ctx, credentialId)
  const reason = "The provider's address changed."
  await audit(ctx, { action: 'credential.disable', targetId: credentialId, before, after, reason })
}

async function lockForChange(
  ctx: Ctx,
  permission: OperationPermission,
  providerId: string,
): Promise<ProviderRow> {
  const row = visible(ctx.actor, 'provider', await lockProvider(ctx.db, providerId), () => ORGANIZATION)
  authorize(ctx.actor, permission, await providerPlace(ctx.db, row.id))
  requireVersion(ctx, 'provider', row)
  return row
}

function presentProvider(row: ProviderRow): Output<typeof providerView> {
  return {
    id: row.id,
    name: row.name,
    // Written only by `createProvider`, which takes one of these kinds.
    kind: row.kind as ProviderKind,
    baseUrl: row.baseUrl,
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    version: row.version,
  }
}
