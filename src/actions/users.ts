import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { userCreate, userList, userUpdate, userView } from '../contract/users.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { findUser, insertUser, listUsers, lockUser, setUser, type UserRow } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible } from './authorize.ts'
import { factorsOf } from './factors.ts'
import { invalid } from './invalid.ts'
import { keepAnOwner } from './keep-an-owner.ts'
import { notice } from './notices.ts'
import { pageOf } from './page.ts'
import { requireCoversPrincipal } from './principal.ts'
import { requireConfirmed } from './require-confirmed.ts'
import { requireOutranks } from './require-outranks.ts'
import { requireVersion } from './require-version.ts'

export async function createUser(
  ctx: Ctx,
  { body }: Valid<typeof userCreate>,
): Promise<Output<typeof userCreate>> {
  authorize(ctx.actor, userCreate.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const user = presentUser(await insertUser(ctx.db, { id: newId('usr'), ...body }))
    await audit(ctx, { action: 'user.create', targetId: user.id, after: user })
    return user
  })
}

export async function listUsersFor(
  ctx: Ctx,
  { query }: Valid<typeof userList>,
): Promise<Output<typeof userList>> {
  authorize(ctx.actor, userList.permission, CONFIDENTIAL)
  const { limit } = query
  return pageOf(await listUsers(ctx.db, { ...query, limit: limit + 1 }), limit, presentUser)
}

export async function viewUser(
  ctx: Ctx,
  { params }: Valid<typeof userView>,
): Promise<Output<typeof userView>> {
  authorize(ctx.actor, userView.permission, CONFIDENTIAL)
  return presentUser(visible(ctx.actor, 'user', await findUser(ctx.db, params.userId), () => CONFIDENTIAL))
}

export async function updateUser(
  ctx: Ctx,
  { params, body }: Valid<typeof userUpdate>,
): Promise<Output<typeof userUpdate>> {
  authorize(ctx.actor, userUpdate.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'user', await lockUser(ctx.db, params.userId), () => CONFIDENTIAL)
    requireVersion(ctx, 'user', row)
    // An admin does not lock out an owner, nor take over an owner's address.
    const held = await requireCoversPrincipal(ctx, { userId: row.id, serviceAccountId: null })
    if (body.email !== undefined && body.email !== row.email) await requireMaySetEmail(ctx, row.id)
    if (body.deactivated && row.id === ctx.actor.userId) {
      throw new AppError('conflict', 'You cannot deactivate yourself. Ask somebody else.')
    }
    const owner = held.some(({ roleId }) => roleId === 'owner')
    if (body.breakGlass !== undefined) authorize(ctx.actor, 'security:update', CONFIDENTIAL)
    if (body.breakGlass && !owner) throw invalid('/body/breakGlass', 'only an owner can have this way in')
    const deactivatedAt = switchedAt(body.deactivated, row.deactivatedAt, ctx.clock())
    const before = presentUser(row)
    const after = presentUser(
      await setUser(ctx.db, row.id, {
        email: body.email,
        name: body.name,
        deactivatedAt,
        breakGlass: body.breakGlass,
      }),
    )
    if (after.email !== before.email) await tellOldAddress(ctx, before.email)
    if ((body.deactivated || body.breakGlass === false) && owner) await keepAnOwner(ctx)
    await audit(ctx, { action: 'user.update', targetId: row.id, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

/** Whoever loses an address that links to new passwords go to is told, where they still read it. */
async function tellOldAddress(ctx: Ctx, email: string): Promise<void> {
  await notice(ctx, {
    kind: 'user.address',
    to: { email },
    subject: 'This is no longer the address of your Claviger account',
    text: 'Somebody who manages accounts gave yours another e-mail address. Links that were sent here open nothing any more. If you do not know why, ask them, and an owner.',
  })
}

/** The address is where a link to a new password goes: who signs in here moves it themselves, by proving both. */
async function requireMaySetEmail(ctx: Ctx, userId: string): Promise<void> {
  const { password, passkeys } = await factorsOf(ctx.db, userId)
  if (password || passkeys > 0) {
    throw new AppError(
      'forbidden',
      'This user signs in here: only they change their address, in their profile.',
    )
  }
  requireConfirmed(ctx)
  if (userId !== ctx.actor.userId) await requireOutranks(ctx, userId)
}

export function presentUser(row: UserRow): Output<typeof userView> {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    breakGlass: row.breakGlass,
    createdAt: row.createdAt.toISOString(),
    deactivatedAt: row.deactivatedAt?.toISOString() ?? null,
    version: row.version,
  }
}
