import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { userReset } from '../contract/users.ts'
import { hasOwnerWhoSignsIn } from '../db/owners.ts'
import { voidSignIns } from '../db/sign-ins.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize, visible } from './authorize.ts'
import { linkFor } from './notices.ts'
import { forgetPasskeys } from './passkeys.ts'
import { sendReset } from './password-reset.ts'
import { requireCoversPrincipal } from './principal.ts'
import { requireOutranks } from './require-outranks.ts'
import { endSessions } from './sessions.ts'
import { forgetTotp } from './totp.ts'

/** Lets somebody back in who lost their password or their phone. Their sessions end. */
export async function resetUser(
  ctx: Ctx,
  { params, body }: Valid<typeof userReset>,
): Promise<Output<typeof userReset>> {
  authorize(ctx.actor, userReset.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const user = visible(ctx.actor, 'user', await lockUser(ctx.db, params.userId), () => CONFIDENTIAL)
    if (user.deactivatedAt) throw new AppError('conflict', 'This user is deactivated.')
    await requireMayReset(ctx, user.id)
    await audit(ctx, { action: 'user.reset', targetId: user.id, after: body })
    if (body.mfa) {
      await forgetTotp(ctx, user.id)
      await forgetPasskeys(ctx, user.id)
    }
    await voidSignIns(ctx.db, user.id)
    await endSessions(ctx, { userId: user.id }, 'reset by an admin')
    const link = body.password ? await sendReset(ctx, user) : undefined
    return { link: (link && linkFor(ctx, link)) ?? null }
  })
}

/**
 * An owner who was set up without a browser has a token and nothing else: as long as no owner can sign in, they make
 * the link to their own first password.
 */
async function requireMayReset(ctx: Ctx, userId: string): Promise<void> {
  const self = { userId, serviceAccountId: null }
  if (userId === ctx.actor.userId && !(await hasOwnerWhoSignsIn(ctx.db))) {
    const held = await requireCoversPrincipal(ctx, self)
    if (held.some(({ roleId }) => roleId === 'owner')) return
  }
  await requireOutranks(ctx, userId)
}
