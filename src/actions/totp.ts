import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import type { totpConfirm, totpStart } from '../contract/profile.ts'
import { findOrganization } from '../db/organization.ts'
import { markForRotation, setSessionMfa } from '../db/sessions.ts'
import { deleteTotpFactor, findTotpFactor, insertTotpFactor, setTotpConfirmed } from '../db/totp-factors.ts'
import { transaction } from '../db/transaction.ts'
import { findUser, lockUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { newTotpSecret, totpUri } from '../totp.ts'
import { audit } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'
import { keepBreakGlass } from './enforced-sign-in.ts'
import { dropIdleRecoveryCodes, factorsOf, requireEnoughLeft } from './factors.ts'
import { invalid } from './invalid.ts'
import { giveRecoveryCodes } from './recovery-codes.ts'
import { requireConfirmed } from './require-confirmed.ts'
import { attempt, succeeded } from './throttle.ts'
import { totpSeal, totpSecretOf, usesTotpCode } from './totp-code.ts'

/** Begins to add an authenticator app: its secret, to be scanned. It counts once its first code was right. */
export async function startTotp(ctx: Ctx): Promise<Output<typeof totpStart>> {
  const { userId } = requirePerson(ctx.actor)
  requireConfirmed(ctx)
  return transaction(ctx, async (ctx) => {
    await offerTotp(ctx, userId)
    await audit(ctx, { action: 'totp.start', targetId: userId })
    return showOffer(ctx, userId)
  })
}

/** The first code of the app. The session it is entered in counts as one with a second factor from then on. */
export async function confirmTotp(
  ctx: Ctx,
  { body }: Valid<typeof totpConfirm>,
): Promise<Output<typeof totpConfirm>> {
  const { userId, sessionId } = requirePerson(ctx.actor)
  return transaction(ctx, async (ctx) => {
    const recoveryCodes = await takeOffer(ctx, userId, body.code)
    await setSessionMfa(ctx.db, sessionId, 'otp')
    await markForRotation(ctx.db, userId)
    return { recoveryCodes }
  })
}

/** Takes one's own authenticator app away, unless it is the last factor and the organization requires one. */
export async function removeTotp(ctx: Ctx): Promise<void> {
  const { userId } = requirePerson(ctx.actor)
  requireConfirmed(ctx)
  await transaction(ctx, async (ctx) => {
    // Of two removals at once, the second sees what the first left.
    await lockUser(ctx.db, userId)
    if (!(await forgetTotp(ctx, userId))) throw notFound('authenticator app')
    await requireEnoughLeft(ctx.db, userId, await factorsOf(ctx.db, userId))
    await keepBreakGlass(ctx)
    await markForRotation(ctx.db, userId)
  })
}

/** Takes a person's app away, whoever decided it. False when there was none. */
export async function forgetTotp(ctx: Ctx, userId: string): Promise<boolean> {
  const had = await deleteTotpFactor(ctx.db, userId)
  if (!had) return false
  await dropIdleRecoveryCodes(ctx.db, userId)
  await audit(ctx, { action: 'totp.delete', targetId: userId })
  return true
}

/** A secret for an app of somebody who has none yet. It takes the place of one that was offered before. */
export async function offerTotp(ctx: Ctx, userId: string): Promise<void> {
  const id = newId('fac')
  const sealed = ctx.keyring.seal(newTotpSecret(), totpSeal(id))
  if (await insertTotpFactor(ctx.db, { id, userId, ...sealed })) return
  throw new AppError('conflict', 'There is an authenticator app already. Remove it first.')
}

/** What was offered and not confirmed yet, as it is scanned or typed into an app. */
export async function showOffer(ctx: Ctx, userId: string): Promise<Output<typeof totpStart>> {
  const { user, factor } = await offered(ctx, userId)
  const secret = totpSecretOf(ctx, factor)
  const organization = (await findOrganization(ctx.db))?.name ?? ''
  return { secret, uri: totpUri(secret, { organization, email: user.email }) }
}

/** The app shows the right code: from now on it is asked for. Returns the person's recovery codes. */
export async function takeOffer(ctx: Ctx, userId: string, code: string): Promise<string[]> {
  const key = `otp:user:${userId}` as const
  await attempt(ctx, [key])
  const { factor } = await offered(ctx, userId)
  if (!(await usesTotpCode(ctx, factor, code.replace(/\s/g, '')))) {
    throw invalid('/body/code', 'this is not the code that the app shows now: check the clock of your phone')
  }
  await setTotpConfirmed(ctx.db, factor.id)
  await audit(ctx, { action: 'totp.create', targetId: userId })
  await succeeded(ctx, [key])
  return giveRecoveryCodes(ctx, userId)
}

async function offered(ctx: Ctx, userId: string) {
  const [user, factor] = [await findUser(ctx.db, userId), await findTotpFactor(ctx.db, userId)]
  if (user && factor?.confirmedAt === null) return { user, factor }
  throw new AppError('conflict', 'There is no authenticator app to confirm. Begin again.')
}
