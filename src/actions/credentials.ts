import type { Ctx } from '../app.ts'
import {
  credentialCreate,
  credentialDelete,
  credentialList,
  credentialReplaceSecret,
  credentialUpdate,
  credentialView,
} from '../contract/credentials.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import { sealCredential } from '../credential-secret.ts'
import { forgetHealth } from '../db/credential-health.ts'
import {
  type CredentialRow,
  deleteCredential,
  findCredential,
  insertCredential,
  listCredentials,
  lockCredential,
  setCredential,
} from '../db/credentials.ts'
import { notify } from '../db/notify.ts'
import { lockProvider } from '../db/providers.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { keyKind, secretKind } from '../domain/key-format.ts'
import { CONFIDENTIAL, ORGANIZATION } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { requireUnarchived } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible } from './authorize.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'
import { credentialPlace } from './shared-place.ts'

/** Stores a provider's secret, sealed. No answer ever holds it again. */
export async function createCredential(
  ctx: Ctx,
  { body }: Valid<typeof credentialCreate>,
): Promise<Output<typeof credentialCreate>> {
  authorize(ctx.actor, credentialCreate.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const provider = visible(
      ctx.actor,
      'provider',
      await lockProvider(ctx.db, body.providerId),
      () => ORGANIZATION,
    )
    requireUnarchived('provider', provider)
    const { secret, ...credential } = body
    const id = newId('crd')
    await insertCredential(ctx.db, { id, ...credential, ...stored(ctx, id, 1, secret) })
    const after = await showCredential(ctx, id)
    await audit(ctx, { action: 'credential.create', targetId: id, after: decided(after) })
    await notify(ctx, { topic: 'providers' })
    return after
  })
}

export async function listCredentialsFor(
  ctx: Ctx,
  { query }: Valid<typeof credentialList>,
): Promise<Output<typeof credentialList>> {
  authorize(ctx.actor, credentialList.permission, CONFIDENTIAL)
  const { limit, cursor, providerId } = query
  const rows = await listCredentials(ctx.db, { limit: limit + 1, cursor, providerId })
  return pageOf(rows, limit, presentCredential)
}

export async function viewCredential(
  ctx: Ctx,
  { params }: Valid<typeof credentialView>,
): Promise<Output<typeof credentialView>> {
  authorize(ctx.actor, credentialView.permission, CONFIDENTIAL)
  return showCredential(ctx, params.credentialId)
}

export async function updateCredential(
  ctx: Ctx,
  { params, body }: Valid<typeof credentialUpdate>,
): Promise<Output<typeof credentialUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, credentialUpdate.permission, params.credentialId)
    const { enabled, ...values } = body
    if (enabled && row.needsSecret) {
      throw new AppError('conflict', "The provider's address changed: give the credential its secret again.")
    }
    await setCredential(ctx.db, row.id, { ...values, ...switched(enabled) })
    const before = factsOf(row)
    const after = await showCredential(ctx, row.id)
    await audit(ctx, { action: 'credential.update', targetId: row.id, before, after: decided(after) })
    await notify(ctx, { topic: 'providers' })
    return after
  })
}

export async function replaceCredentialSecret(
  ctx: Ctx,
  { params, body }: Valid<typeof credentialReplaceSecret>,
): Promise<Output<typeof credentialReplaceSecret>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, credentialReplaceSecret.permission, params.credentialId)
    const after = await replaceSecret(ctx, row, body.secret)
    await notify(ctx, { topic: 'providers' })
    return after
  })
}

/** Seals a new secret into a locked credential and enables it. What the provider said of the old one is forgotten. */
export async function replaceSecret(
  ctx: Ctx,
  row: CredentialRow,
  secret: string,
): Promise<Output<typeof credentialView>> {
  const secretVersion = row.secretVersion + 1
  const before = factsOf(row)
  await setCredential(ctx.db, row.id, {
    ...stored(ctx, row.id, secretVersion, secret),
    ...switched(true),
    secretVersion,
    secretAt: ctx.clock(),
  })
  await forgetHealth(ctx.db, row.id)
  const after = await showCredential(ctx, row.id)
  await audit(ctx, { action: 'credential.replace-secret', targetId: row.id, before, after: decided(after) })
  return after
}

export async function removeCredential(ctx: Ctx, { params }: Valid<typeof credentialDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, credentialDelete.permission, params.credentialId)
    await deleteCredential(ctx.db, row.id)
    await audit(ctx, { action: 'credential.delete', targetId: row.id, before: factsOf(row) })
    await notify(ctx, { topic: 'providers' })
    await notify(ctx, { topic: 'access' })
  })
}

export async function showCredential(ctx: Ctx, credentialId: string): Promise<Output<typeof credentialView>> {
  return presentCredential(
    visible(ctx.actor, 'credential', await findCredential(ctx.db, credentialId), () => CONFIDENTIAL),
  )
}

/** Credentials are the organization's: no role in a team reaches them. */
async function lockForChange(
  ctx: Ctx,
  permission: OperationPermission,
  credentialId: string,
): Promise<CredentialRow> {
  const found = await lockCredential(ctx.db, credentialId)
  authorize(ctx.actor, permission, await credentialPlace(ctx.db, credentialId))
  const row = visible(ctx.actor, 'credential', found, () => CONFIDENTIAL)
  requireVersion(ctx, 'credential', row)
  return row
}

function switched(enabled: boolean | undefined) {
  if (enabled === undefined) return {}
  return {
    state: enabled ? ('active' as const) : ('disabled' as const),
    parkedReason: null,
    parkedUntil: null,
  }
}

/** The columns that hold a secret, none of which tells it. */
function stored(ctx: Ctx, credentialId: string, secretVersion: number, secret: string) {
  if (keyKind(secret) !== null || secretKind(secret) !== null) {
    throw invalid('/body/secret', 'this is a secret of Claviger itself, not one of a provider')
  }
  return {
    ...sealCredential(ctx.keyring, credentialId, secretVersion, secret),
    fingerprint: ctx.keyring.fingerprint(secret),
    hint: secret.length >= SHORTEST_WITH_HINT ? `…${secret.slice(-4)}` : '…',
  }
}

const SHORTEST_WITH_HINT = 20

function presentCredential(row: CredentialRow): Output<typeof credentialView> {
  return { ...factsOf(row), environmentIds: row.environmentIds, health: healthOf(row) }
}

function decided({ environmentIds, health, ...facts }: Output<typeof credentialView>) {
  return facts
}

/** What somebody decided: what the audit trail tells of it. */
function factsOf(row: CredentialRow): Omit<Output<typeof credentialView>, 'environmentIds' | 'health'> {
  const parked = row.state === 'parked' && row.parkedReason !== null
  return {
    id: row.id,
    providerId: row.providerId,
    name: row.name,
    hint: row.hint,
    weight: row.weight,
    state: row.state,
    parked: parked ? { reason: row.parkedReason ?? '', until: row.parkedUntil?.toISOString() ?? null } : null,
    needsSecret: row.needsSecret,
    secretSince: row.secretAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    version: row.version,
  }
}

function healthOf({ health }: CredentialRow): Output<typeof credentialView>['health'] {
  if (health === null) return { test: null, calledAt: null, failed: null, limits: null }
  const { testedAt, testWorks, testDetail, calledAt, failedAt, failedStatus, limits, limitsAt } = health
  return {
    test:
      testedAt === null ? null : { at: iso(testedAt), works: testWorks === true, detail: testDetail ?? '' },
    calledAt: calledAt === null ? null : iso(calledAt),
    failed: failedAt === null || failedStatus === null ? null : { at: iso(failedAt), status: failedStatus },
    limits: limits === null || limitsAt === null ? null : { at: iso(limitsAt), data: limits },
  }
}

/** A time of a column in JSON, which PostgreSQL writes with microseconds and an offset. */
function iso(text: string): string {
  return new Date(text).toISOString()
}
