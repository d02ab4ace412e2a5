import { randomBytes } from 'node:crypto'
import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { tokenCreate, tokenList, tokenRevoke, tokenSelf, tokenView } from '../contract/tokens.ts'
import { findTeam } from '../db/teams.ts'
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
import { findUser, lockUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { formatToken, hintOf, SECRET_RANDOM_BYTES } from '../domain/key-format.ts'
import { type Role, roleCovers } from '../domain/permission.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, reachedTeam, visible } from './authorize.ts'
import { invalid } from './invalid.ts'
import { keepAnOwner } from './keep-an-owner.ts'
import { pageOf } from './page.ts'
import { presentUser } from './users.ts'

/** Creates an API token that allows no more, reaches no further and lives no longer than the one that creates it. */
export async function createToken(
  ctx: Ctx,
  { body }: Valid<typeof tokenCreate>,
): Promise<Output<typeof tokenCreate>> {
  return transaction(ctx, async (ctx) => {
    const teamId = reachedTeam(ctx.actor, body.teamId) ?? null
    authorize(ctx.actor, tokenCreate.permission, teamId)
    requireCovered(ctx, body.role)
    if (teamId !== null) visible(ctx.actor, 'team', await findTeam(ctx.db, teamId), (team) => team.id)
    const userId = await ownerOfNewToken(ctx, body.userId)
    const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt)
    if (expiresAt && expiresAt <= (await databaseTime(ctx.db)))
      throw invalid('/body/expiresAt', 'this moment has passed')
    await requireNotLongerThanCreator(ctx, expiresAt)
    const secret = formatToken(randomBytes(SECRET_RANDOM_BYTES))
    const row = await insertToken(ctx.db, {
      id: newId('tok'),
      userId,
      name: body.name,
      role: body.role,
      teamId,
      hash: ctx.keyring.hashSecret(secret),
      hint: hintOf(secret),
      expiresAt,
    })
    const token = presentToken(row)
    await audit(ctx, { action: 'token.create', targetId: token.id, teamId, after: token })
    return { token, secret }
  })
}

export async function listTokensFor(
  ctx: Ctx,
  { query }: Valid<typeof tokenList>,
): Promise<Output<typeof tokenList>> {
  authorize(ctx.actor, tokenList.permission, ctx.actor.teamId)
  const { limit, cursor, userId } = query
  const teamId = ctx.actor.teamId ?? undefined
  return pageOf(await listTokens(ctx.db, { limit: limit + 1, cursor, teamId, userId }), limit, presentToken)
}

/** Who is asking: the token and its user, also for a token that may see no other user. */
export async function viewOwnToken(ctx: Ctx): Promise<Output<typeof tokenSelf>> {
  authorize(ctx.actor, tokenSelf.permission, ctx.actor.teamId)
  const token = visible(ctx.actor, 'token', await findToken(ctx.db, ctx.actor.id), () => null)
  const user = visible(ctx.actor, 'user', await findUser(ctx.db, token.userId), () => null)
  return { token: presentToken(token), user: presentUser(user) }
}

export async function viewToken(
  ctx: Ctx,
  { params }: Valid<typeof tokenView>,
): Promise<Output<typeof tokenView>> {
  const row = visibleToken(ctx, await findToken(ctx.db, params.tokenId))
  authorize(ctx.actor, tokenView.permission, row.teamId)
  return presentToken(row)
}

export async function revokeToken(
  ctx: Ctx,
  { params }: Valid<typeof tokenRevoke>,
): Promise<Output<typeof tokenRevoke>> {
  return transaction(ctx, async (ctx) => {
    const row = visibleToken(ctx, await lockToken(ctx.db, params.tokenId))
    authorize(ctx.actor, tokenRevoke.permission, row.teamId)
    requireCovered(ctx, row.role)
    const before = presentToken(row)
    if (row.revokedAt !== null) return before
    const after = presentToken(await setTokenRevoked(ctx.db, row.id, ctx.clock()))
    if (row.role === 'owner' && row.teamId === null) await keepAnOwner(ctx)
    await audit(ctx, { action: 'token.revoke', targetId: row.id, teamId: row.teamId, before, after })
    return after
  })
}

/** Tokens of the whole organization are as invisible to a team's token as another team's. */
function visibleToken(ctx: Ctx, row: TokenRow | undefined): TokenRow {
  return visible(ctx.actor, 'token', row, (token) => token.teamId ?? '')
}

function requireCovered(ctx: Ctx, role: Role): void {
  if (!roleCovers(ctx.actor.role, role)) {
    throw new AppError(
      'forbidden',
      `A token with the role "${ctx.actor.role}" has no say over one with "${role}".`,
    )
  }
}

async function ownerOfNewToken(ctx: Ctx, userId: string | undefined): Promise<string> {
  const ownerId = userId ?? ctx.actor.userId
  if (ownerId === null)
    throw new AppError('invalid_request', 'Name the user whose token this will be (userId).')
  if (ownerId !== ctx.actor.userId) authorize(ctx.actor, tokenCreate.permission, null)
  const owner = visible(ctx.actor, 'user', await lockUser(ctx.db, ownerId), () => null)
  if (owner.deactivatedAt !== null) throw new AppError('conflict', 'This user is deactivated.')
  return owner.id
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

function presentToken(row: TokenRow): Output<typeof tokenRevoke> {
  return {
    id: row.id,
    userId: row.userId,
    name: row.name,
    role: row.role,
    teamId: row.teamId,
    hint: row.hint,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}
