import type { Ctx } from '../app.ts'
import { isCommonPassword } from '../common-passwords.ts'
import type { Valid } from '../contract/operation.ts'
import type { passwordChange } from '../contract/profile.ts'
import { deleteOpenEmailTokens } from '../db/email-tokens.ts'
import { deleteKnownDevices } from '../db/known-devices.ts'
import { findOrganization } from '../db/organization.ts'
import { findPasswordHash, setPasswordHash } from '../db/passwords.ts'
import { voidSignIns } from '../db/sign-ins.ts'
import { transaction } from '../db/transaction.ts'
import { findUser } from '../db/users.ts'
import { passwordProblem } from '../domain/password.ts'
import { hashPassword } from '../password-hash.ts'
import { audit } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'
import { invalid } from './invalid.ts'
import { checkOwnPassword } from './prove.ts'
import { requireConfirmed } from './require-confirmed.ts'
import { endSessions } from './sessions.ts'

/** A new password of one's own: with the one before or, for who had none, confirmed in another way. */
export async function changePassword(ctx: Ctx, { body }: Valid<typeof passwordChange>): Promise<void> {
  const { userId } = requirePerson(ctx.actor)
  const stored = await findPasswordHash(ctx.db, userId)
  if (stored === null) requireConfirmed(ctx)
  else await checkOwnPassword(ctx, userId, body.current ?? '', '/body/current')
  await setPassword(ctx, userId, body.password)
}

/**
 * Gives a person a password, in the actor's name. All their other sessions end, what they had begun, and links to choose another; browsers that
 * were known are strangers again. Throws `invalid_request` and says why when it is easy to guess.
 */
export async function setPassword(ctx: Ctx, userId: string, password: string): Promise<void> {
  const [user, organization] = [await findUser(ctx.db, userId), await findOrganization(ctx.db)]
  if (!user || user.deactivatedAt) throw notFound('user')
  const owner = { email: user.email, organization: organization?.name ?? '' }
  const problem = passwordProblem(password, owner, isCommonPassword)
  if (problem) throw invalid('/body/password', problem)
  const hash = await hashPassword(ctx.keyring, password)
  await transaction(ctx, async (ctx) => {
    await setPasswordHash(ctx.db, userId, hash)
    await voidSignIns(ctx.db, userId)
    await deleteOpenEmailTokens(ctx.db, userId)
    await deleteKnownDevices(ctx.db, { userId })
    await audit(ctx, { action: 'password.set', targetId: userId })
    const { sessionId } = ctx.actor
    const others = sessionId === null ? { userId } : { userId, exceptSessionId: sessionId }
    await endSessions(ctx, others, 'the password was changed')
  })
}
