import type { Ctx } from '../app.ts'
import { sealClientSecret } from '../connection-secret.ts'
import {
  connectionCreate,
  connectionDelete,
  connectionList,
  connectionUpdate,
  connectionView,
} from '../contract/connections.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type ConnectionRow,
  findConnection,
  insertConnection,
  listConnections,
  lockConnection,
  setConnection,
  setConnectionDomains,
} from '../db/connections.ts'
import { deleteMappingsOf } from '../db/mappings.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, requireCovers, visible } from './authorize.ts'
import { beginEnforcing, requireEnforceable } from './enforced-sign-in.ts'
import { named, permissionsGiven } from './given-role.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'
import { endSessions } from './sessions.ts'
import { redirectUriOf } from './sso-attempts.ts'
import { takeGrantsOfConnection } from './sso-grants.ts'

export async function createConnection(
  ctx: Ctx,
  { body }: Valid<typeof connectionCreate>,
): Promise<Output<typeof connectionCreate>> {
  authorize(ctx.actor, connectionCreate.permission, CONFIDENTIAL)
  const { clientSecret, domains, ...values } = body
  return transaction(ctx, async (ctx) => {
    await requireMayGive(ctx, body.defaultRole)
    const id = newId('con')
    const sealed = clientSecret === undefined ? {} : sealClientSecret(ctx.keyring, id, 1, clientSecret)
    await insertConnection(ctx.db, { id, ...values, ...sealed })
    await setConnectionDomains(ctx.db, id, domains)
    const after = await show(ctx, id)
    await audit(ctx, { action: 'connection.create', targetId: id, after })
    return after
  })
}

export async function listConnectionsFor(
  ctx: Ctx,
  { query }: Valid<typeof connectionList>,
): Promise<Output<typeof connectionList>> {
  authorize(ctx.actor, connectionList.permission, CONFIDENTIAL)
  const { limit, cursor } = query
  const rows = await listConnections(ctx.db, { limit: limit + 1, cursor })
  return pageOf(rows, limit, (row) => presentConnection(ctx, row))
}

export async function viewConnection(
  ctx: Ctx,
  { params }: Valid<typeof connectionView>,
): Promise<Output<typeof connectionView>> {
  authorize(ctx.actor, connectionView.permission, CONFIDENTIAL)
  return show(ctx, params.connectionId)
}

export function updateConnection(
  ctx: Ctx,
  { params, body }: Valid<typeof connectionUpdate>,
): Promise<Output<typeof connectionUpdate>> {
  authorize(ctx.actor, connectionUpdate.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const row = await lockFor(ctx, params.connectionId)
    if (row.archivedAt) throw new AppError('conflict', 'This connection is archived.')
    const before = presentConnection(ctx, row)
    const { clientSecret, domains, ...values } = body
    if (body.defaultRole !== undefined) await requireMayGive(ctx, body.defaultRole)
    // A secret goes only to whom it was given for.
    if (moves(row, body) && row.sealedSecret !== null && clientSecret === undefined) {
      throw invalid(
        '/body/clientSecret',
        'give the client secret again: it would be sent to another provider',
      )
    }
    const stopped = body.enabled === false ? { enforced: false } : {}
    const untested = isAnother(row, body) ? { testedAt: null, testedBy: null } : {}
    const secret = clientSecret === undefined ? {} : resealed(ctx, row, clientSecret)
    if (domains) await setConnectionDomains(ctx.db, row.id, domains)
    await requireEnforceable(ctx, { ...row, ...untested }, body)
    await setConnection(ctx.db, row.id, { ...values, ...stopped, ...untested, ...secret })
    const after = await show(ctx, row.id)
    await audit(ctx, { action: 'connection.update', targetId: row.id, before, after })
    if (before.enabled && !after.enabled)
      await endSessions(ctx, { connectionId: row.id }, 'the connection was disabled')
    if (after.enforced && (!before.enforced || domains)) await beginEnforcing(ctx, row.id)
    return after
  })
}

/** Archives a connection. Who somebody was there is kept: it is history. */
export async function deleteConnection(ctx: Ctx, { params }: Valid<typeof connectionDelete>): Promise<void> {
  authorize(ctx.actor, connectionDelete.permission, CONFIDENTIAL)
  await transaction(ctx, async (ctx) => {
    const row = await lockFor(ctx, params.connectionId)
    if (row.archivedAt) return
    await setConnectionDomains(ctx.db, row.id, [])
    await deleteMappingsOf(ctx.db, row.id)
    await setConnection(ctx.db, row.id, {
      enabled: false,
      enforced: false,
      archivedAt: ctx.clock(),
      sealedDataKey: null,
      sealedSecret: null,
    })
    const before = presentConnection(ctx, row)
    await audit(ctx, { action: 'connection.delete', targetId: row.id, before })
    await endSessions(ctx, { connectionId: row.id }, 'the connection was archived')
    await takeGrantsOfConnection(ctx, row.id)
  })
}

async function lockFor(ctx: Ctx, connectionId: string): Promise<ConnectionRow> {
  const row = visible(ctx.actor, 'connection', await lockConnection(ctx.db, connectionId), () => CONFIDENTIAL)
  requireVersion(ctx, 'connection', row)
  return row
}

type Changes = Valid<typeof connectionUpdate>['body']

function moves(row: ConnectionRow, { issuer }: Changes): boolean {
  return issuer !== undefined && issuer !== row.issuer
}

/** Whether what was tested is not what it is now. */
function isAnother(row: ConnectionRow, body: Changes): boolean {
  const { clientId, scopes } = body
  return (
    moves(row, body) ||
    (clientId !== undefined && clientId !== row.clientId) ||
    (scopes !== undefined && scopes.join(' ') !== row.scopes.join(' '))
  )
}

function resealed(ctx: Ctx, row: ConnectionRow, clientSecret: string) {
  const secretVersion = row.secretVersion + 1
  return { ...sealClientSecret(ctx.keyring, row.id, secretVersion, clientSecret), secretVersion }
}

/** Whoever signs in gets it: nobody gives through a connection what they lack. */
async function requireMayGive(ctx: Ctx, roleId: string | null): Promise<void> {
  if (roleId === null) return
  const scope = named({ teamId: null, projectId: null })
  const permissions = await permissionsGiven(ctx, roleId, scope)
  requireCovers(ctx.actor, { permissions, scope: scope.scope, production: false, endsAt: null })
}

async function show(ctx: Ctx, connectionId: string): Promise<Output<typeof connectionView>> {
  const found = await findConnection(ctx.db, connectionId)
  return presentConnection(
    ctx,
    visible(ctx.actor, 'connection', found, () => CONFIDENTIAL),
  )
}

function presentConnection(ctx: Ctx, row: ConnectionRow): Output<typeof connectionView> {
  const at = `${ctx.config.url}/sso/${row.id}`
  return {
    id: row.id,
    name: row.name,
    issuer: row.issuer,
    clientId: row.clientId,
    hasSecret: row.sealedSecret !== null,
    scopes: row.scopes,
    domains: row.domains,
    mfaValues: row.mfaValues,
    defaultRole: row.defaultRole,
    enabled: row.enabled,
    enforced: row.enforced,
    testedAt: row.testedAt?.toISOString() ?? null,
    testedBy: row.testedBy,
    redirectUri: redirectUriOf(ctx),
    backchannelLogoutUri: `${at}/backchannel-logout`,
    signInUrl: `${at}/start`,
    testUrl: `${at}/test`,
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    version: row.version,
  }
}
