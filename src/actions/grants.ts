import type { Ctx } from '../app.ts'
import { grantCreate, grantList, grantRevoke } from '../contract/grants.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  findGrant,
  type GrantRow,
  insertGrant,
  listGrants,
  lockGrant,
  setGrantRevoked,
} from '../db/grants.ts'
import { notify } from '../db/notify.ts'
import type { Grants } from '../db/schema.ts'
import { lockServiceAccount } from '../db/service-accounts.ts'
import { markForRotation } from '../db/sessions.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { reachesNothing, reachOf, sees } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { heldPlace, type Place, serviceAccountPlace, teamPlace } from '../domain/place.ts'
import type { RoleId } from '../domain/roles.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere, notFound, requireCovers, visible } from './authorize.ts'
import { findNamedScope, named, permissionsGiven, permissionsHeld } from './given-role.ts'
import { invalid } from './invalid.ts'
import { keepAnOwner } from './keep-an-owner.ts'
import { pageOf } from './page.ts'
import type { Principal } from './principal.ts'

/** Who gave it takes it back: a person, an invitation, a connection or an access request. */
export type GrantSource = { source: Grants['source']; sourceId?: string }

type NewGrant = {
  role: RoleId
  teamId: string | null
  projectId: string | null
  production: boolean
  expiresAt: Date | null
}

/** Owns the installation. Always in production and without an end, or there might one day be no owner. */
export const OWNER: NewGrant = {
  role: 'owner',
  teamId: null,
  projectId: null,
  production: true,
  expiresAt: null,
}

/** Gives somebody a role: never more than the actor has, nor for longer. */
export async function createGrant(
  ctx: Ctx,
  { body }: Valid<typeof grantCreate>,
): Promise<Output<typeof grantCreate>> {
  return transaction(ctx, async (ctx) => {
    const { teamId, projectId, place } = await findNamedScope(ctx, body)
    authorize(ctx.actor, grantCreate.permission, place)
    const principal = { userId: body.userId ?? null, serviceAccountId: body.serviceAccountId ?? null }
    await requirePrincipal(ctx, principal)
    const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt)
    if (expiresAt && expiresAt <= (await databaseTime(ctx.db)))
      throw invalid('/body/expiresAt', 'this moment has passed')
    const { role, production } = body
    return giveGrant(ctx, principal, { role, teamId, projectId, production, expiresAt }, { source: 'direct' })
  })
}

/** Gives a role that the actor was let give, in their name. Refuses what they lack themselves. */
export async function giveGrant(
  ctx: Ctx,
  principal: Principal,
  grant: NewGrant,
  { source, sourceId }: GrantSource,
): Promise<Output<typeof grantCreate>> {
  const { role: roleId, teamId, projectId, expiresAt } = grant
  const owner = roleId === 'owner'
  if (owner && (expiresAt !== null || principal.userId === null)) {
    throw invalid('/body/role', 'an owner is a person, and owners do not expire')
  }
  // An owner without production would be none.
  const production = grant.production || owner
  const scope = named({ teamId, projectId })
  const permissions = await permissionsGiven(ctx, roleId, scope)
  requireCovers(ctx.actor, { permissions, scope: scope.scope, production, endsAt: expiresAt })
  const id = newId('grt')
  await insertGrant(ctx.db, {
    id,
    ...principal,
    roleId,
    scopeType: scope.scope.type,
    teamId,
    projectId,
    production,
    source,
    sourceId: sourceId ?? null,
    createdBy: ctx.actor.id,
    expiresAt,
  })
  const after = await showGrant(ctx, id)
  await audit(ctx, { action: 'grant.create', targetId: id, teamId, projectId, after })
  await announce(ctx, principal)
  return after
}

/** Who holds which role, as far as the actor may know, and always what is their own. */
export async function listGrantsFor(
  ctx: Ctx,
  { query }: Valid<typeof grantList>,
): Promise<Output<typeof grantList>> {
  const within = reachOf(ctx.actor, 'grant:read')
  const { self } = ctx.actor
  if (reachesNothing(within) && self === null) authorizeAnywhere(ctx.actor, grantList.permission)
  if (query.teamId !== undefined && !sees(ctx.actor, teamPlace(query.teamId))) throw notFound('team')
  const { limit, ...filter } = query
  const rows = await listGrants(ctx.db, { ...filter, limit: limit + 1, within, self })
  return pageOf(rows, limit, presentGrant)
}

export async function revokeGrant(
  ctx: Ctx,
  { params }: Valid<typeof grantRevoke>,
): Promise<Output<typeof grantRevoke>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'grant', await lockGrant(ctx.db, params.grantId), placeOf)
    authorize(ctx.actor, grantRevoke.permission, placeOf(row))
    const scope = named(row)
    const permissions = await permissionsHeld(ctx, row.roleId, scope)
    // Who could not give it does not take it away. When it would end by itself does not matter.
    const { production } = row
    requireCovers(ctx.actor, { permissions, scope: scope.scope, production, endsAt: new Date(0) })
    if (row.revokedAt !== null) return presentGrant(row)
    return takeGrant(ctx, row, 'grant.revoke')
  })
}

/** Takes a grant away, whoever decided it, and keeps an owner. */
export async function takeGrant(
  ctx: Ctx,
  row: GrantRow,
  action: 'grant.revoke' | 'grant.expire',
): Promise<Output<typeof grantRevoke>> {
  await setGrantRevoked(ctx.db, row.id)
  if (row.roleId === 'owner') await keepAnOwner(ctx)
  const after = await showGrant(ctx, row.id)
  const { teamId, projectId } = row
  await audit(ctx, { action, targetId: row.id, teamId, projectId, before: presentGrant(row), after })
  await announce(ctx, row)
  return after
}

/** Keys work only while their owners have a role, and what a person may do has changed. */
async function announce(ctx: Ctx, { userId }: Principal): Promise<void> {
  if (userId !== null) await markForRotation(ctx.db, userId)
  await notify(ctx, { topic: 'access' })
}

async function requirePrincipal(ctx: Ctx, { userId, serviceAccountId }: Principal): Promise<void> {
  if (userId !== null) {
    const user = await lockUser(ctx.db, userId)
    if (!user || user.deactivatedAt) throw invalid('/body/userId', 'there is no such active user')
  }
  if (serviceAccountId !== null) {
    const found = await lockServiceAccount(ctx.db, serviceAccountId)
    const account = visible(ctx.actor, 'service account', found, serviceAccountPlace)
    if (account.deactivatedAt) throw new AppError('conflict', 'This service account is deactivated.')
  }
}

async function showGrant(ctx: Ctx, grantId: string): Promise<Output<typeof grantCreate>> {
  const row = await findGrant(ctx.db, grantId)
  if (!row) throw new Error('a grant that was just written is not there')
  return presentGrant(row)
}

/** Who holds a grant knows of it, wherever it is. */
function placeOf(row: GrantRow): Place {
  return { ...heldPlace(row), ownerUserId: row.userId }
}

export function presentGrant(row: GrantRow): Output<typeof grantCreate> {
  return {
    id: row.id,
    userId: row.userId,
    user: row.userId === null ? null : { name: row.userName ?? '', email: row.userEmail ?? '' },
    serviceAccountId: row.serviceAccountId,
    role: row.roleId,
    scopeType: row.scopeType,
    teamId: row.teamId,
    projectId: row.projectId,
    production: row.production,
    source: row.source,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}
