import { randomBytes } from 'node:crypto'
import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { tokenCreate, tokenList, tokenRevoke, tokenView } from '../contract/tokens.ts'
import { lockServiceAccount } from '../db/service-accounts.ts'
import { databaseTime } from '../db/time.ts'
import {
  findToken,
  insertToken,
  listTokens,
  lockToken,
  setTokenRevoked,
  type TokenRow,
} from '../db/tokens.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { covers, type Given, reachesNothing, reachOf } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { formatSecret, hintOf, SECRET_RANDOM_BYTES } from '../domain/key-format.ts'
import { CONFIDENTIAL, heldPlace, type Place, serviceAccountPlace } from '../domain/place.ts'
import { EVERY_PERMISSION } from '../domain/roles.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere, requireCovers, requireEndsInTime, visible } from './authorize.ts'
import { findNamedScope, type NamedScope, named, permissionsGiven, permissionsHeld } from './given-role.ts'
import { invalid } from './invalid.ts'
import { keepAnOwner } from './keep-an-owner.ts'
import { pageOf } from './page.ts'
import { type Principal, requireCoversPrincipal } from './principal.ts'
import { requireOutranks } from './require-outranks.ts'

type NewToken = Valid<typeof tokenCreate>['body']

/**
 * Creates an API token. It narrows what its owner may do at the moment of each use; and who creates it holds all of
 * it, and keeps it at least as long.
 */
export async function createToken(
  ctx: Ctx,
  { body }: Valid<typeof tokenCreate>,
): Promise<Output<typeof tokenCreate>> {
  return transaction(ctx, async (ctx) => {
    const scope = await findNamedScope(ctx, body.teamId || body.projectId ? body : ownScope(ctx))
    authorize(ctx.actor, tokenCreate.permission, scope.place)
    const principal = await principalOfNewToken(ctx, body)
    const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt)
    if (expiresAt && expiresAt <= (await databaseTime(ctx.db)))
      throw invalid('/body/expiresAt', 'this moment has passed')
    requireEndsInTime(ctx.actor, tokenCreate.permission, scope.place, expiresAt)
    await requireNotLongerThanCreator(ctx, expiresAt)
    await requireHeld(ctx, body, scope, principal)
    const secret = formatSecret('tok', randomBytes(SECRET_RANDOM_BYTES))
    const row = await insertToken(ctx.db, {
      id: newId('tok'),
      ...principal,
      name: body.name,
      roleId: body.role ?? null,
      teamId: scope.teamId,
      projectId: scope.projectId,
      production: body.production,
      hash: ctx.keyring.hashSecret(secret),
      hint: hintOf(secret),
      expiresAt,
    })
    const token = presentToken(row)
    const { teamId, projectId } = scope
    await audit(ctx, { action: 'token.create', targetId: token.id, teamId, projectId, after: token })
    return { token, secret }
  })
}

export async function listTokensFor(
  ctx: Ctx,
  { query }: Valid<typeof tokenList>,
): Promise<Output<typeof tokenList>> {
  const within = reachOf(ctx.actor, 'token:read')
  const { self } = ctx.actor
  if (reachesNothing(within) && self === null) authorizeAnywhere(ctx.actor, tokenList.permission)
  const { limit, ...filter } = query
  const rows = await listTokens(ctx.db, { ...filter, limit: limit + 1, within, self })
  return pageOf(rows, limit, presentToken)
}

export async function viewToken(
  ctx: Ctx,
  { params }: Valid<typeof tokenView>,
): Promise<Output<typeof tokenView>> {
  const row = visible(ctx.actor, 'token', await findToken(ctx.db, params.tokenId), placeOf)
  if (!isOwn(ctx, row)) authorize(ctx.actor, tokenView.permission, placeOf(row))
  return presentToken(row)
}

/** Revokes a token: everybody their own, and others' that are not above the actor. */
export async function revokeToken(
  ctx: Ctx,
  { params }: Valid<typeof tokenRevoke>,
): Promise<Output<typeof tokenRevoke>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'token', await lockToken(ctx.db, params.tokenId), placeOf)
    if (!isOwn(ctx, row)) {
      authorize(ctx.actor, tokenRevoke.permission, placeOf(row))
      await requireNotAbove(ctx, row)
    }
    const before = presentToken(row)
    if (row.revokedAt !== null) return before
    const after = presentToken(await setTokenRevoked(ctx.db, row.id, ctx.clock()))
    if (mayBeAnOwners(row)) await keepAnOwner(ctx)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'token.revoke', targetId: row.id, teamId, projectId, before, after })
    return after
  })
}

/** A token without a scope reaches as far as its creator: where that is one team, it is that team. */
function ownScope(ctx: Ctx): { teamId?: string } {
  const within = reachOf(ctx.actor, 'token:create')
  if (within === 'everything' || within.projectIds.length > 0 || within.teamIds.length !== 1) return {}
  return { teamId: within.teamIds[0] as string }
}

async function principalOfNewToken(ctx: Ctx, { userId, serviceAccountId }: NewToken): Promise<Principal> {
  if (serviceAccountId !== undefined || (userId === undefined && ctx.actor.serviceAccountId !== null)) {
    const accountId = serviceAccountId ?? ctx.actor.serviceAccountId ?? ''
    const found = await lockServiceAccount(ctx.db, accountId)
    const own = accountId === ctx.actor.serviceAccountId
    const account = own && found ? found : visible(ctx.actor, 'service account', found, serviceAccountPlace)
    if (!own) authorize(ctx.actor, tokenCreate.permission, serviceAccountPlace(account))
    if (account.deactivatedAt) throw new AppError('conflict', 'This service account is deactivated.')
    return { userId: null, serviceAccountId: account.id }
  }
  const ownerId = userId ?? ctx.actor.userId
  if (ownerId === null)
    throw new AppError('invalid_request', 'Name the user whose token this will be (userId).')
  const others = ownerId !== ctx.actor.userId
  if (others) authorize(ctx.actor, tokenCreate.permission, CONFIDENTIAL)
  const owner = await lockUser(ctx.db, ownerId)
  if (!owner) throw invalid('/body/userId', 'there is no such user')
  if (owner.deactivatedAt !== null) throw new AppError('conflict', 'This user is deactivated.')
  // What it does is done in their name, and they are asked nothing. The first owner's is made by the program.
  if (others && ctx.actor.kind !== 'setup') await requireOutranks(ctx, owner.id)
  return { userId: owner.id, serviceAccountId: null }
}

/** The actor holds what the token is to allow: its role; without one, all that its owner may. */
async function requireHeld(
  ctx: Ctx,
  { role, production }: NewToken,
  scope: NamedScope,
  principal: Principal,
): Promise<void> {
  const always = new Date(0)
  if (role !== undefined) {
    const permissions = await permissionsGiven(ctx, role, scope)
    requireCovers(ctx.actor, { permissions, scope: scope.scope, production, endsAt: always })
    return
  }
  if (isNarrowed(ctx, production)) {
    throw new AppError(
      'forbidden',
      'Your own token is narrowed, so one that it creates must be as well: give it a role.',
    )
  }
  await requireCoversPrincipal(ctx, principal)
  const ofSomebodyElse = principal.userId !== null && principal.userId !== ctx.actor.userId
  if (!ofSomebodyElse || covers(ctx.actor, EVERYTHING).allowed) return
  throw new AppError(
    'forbidden',
    'Without a role, a token allows whatever this person is given one day, so only an owner makes one for somebody else: give it a role.',
  )
}

/** More than this nobody is given later. */
const EVERYTHING: Given = {
  permissions: EVERY_PERMISSION,
  scope: { type: 'organization' },
  production: true,
  endsAt: null,
}

/** What the owner of the token is given later, it allows as well: so a narrowed token creates none of this kind. */
function isNarrowed({ actor }: Ctx, production: boolean): boolean {
  if (actor.kind !== 'token') return false
  const whole = actor.layers[0].some(
    (reach) =>
      reach.scope.type === 'organization' &&
      reach.permissions.size === EVERY_PERMISSION.size &&
      (reach.production || !production),
  )
  return !whole
}

async function requireNotAbove(ctx: Ctx, row: TokenRow): Promise<void> {
  if (row.roleId === null) {
    await requireCoversPrincipal(ctx, row)
    return
  }
  const scope = named(row)
  const permissions = await permissionsHeld(ctx, row.roleId, scope)
  const { production } = row
  requireCovers(ctx.actor, { permissions, scope: scope.scope, production, endsAt: new Date(0) })
}

async function requireNotLongerThanCreator(ctx: Ctx, expiresAt: Date | null): Promise<void> {
  const creator = ctx.actor.kind === 'token' ? await findToken(ctx.db, ctx.actor.id) : undefined
  const limit = creator?.expiresAt ?? null
  if (limit !== null && (expiresAt === null || expiresAt > limit)) {
    throw new AppError(
      'forbidden',
      `Your own token expires at ${limit.toISOString()}: one that it creates cannot live longer (expiresAt).`,
    )
  }
}

function isOwn({ actor }: Ctx, row: TokenRow): boolean {
  return actor.self !== null && row.userId === actor.self
}

function mayBeAnOwners(row: TokenRow): boolean {
  return row.userId !== null && row.teamId === null && (row.roleId === null || row.roleId === 'owner')
}

/** Who owns a token knows of it, wherever it reaches. */
function placeOf(row: TokenRow): Place {
  return { ...heldPlace(row), ownerUserId: row.userId }
}

export function presentToken(row: TokenRow): Output<typeof tokenRevoke> {
  return {
    id: row.id,
    userId: row.userId,
    serviceAccountId: row.serviceAccountId,
    name: row.name,
    role: row.roleId,
    teamId: row.teamId,
    projectId: row.projectId,
    production: row.production,
    hint: row.hint,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}
