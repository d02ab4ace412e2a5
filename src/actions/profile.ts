import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import type { profileUpdate, profileView } from '../contract/profile.ts'
import { listConnectionsToLink } from '../db/identities.ts'
import { transaction } from '../db/transaction.ts'
import { findUser, lockUser, setUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import type { MfaNeed } from '../domain/mfa-policy.ts'
import { audit } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'
import { NO_MAIL } from './email-change.ts'
import { type Factors, factorsOf, mfaNeedOf, tooLittleIn } from './factors.ts'
import { mailConfigured } from './notices.ts'
import { noPasskeysAt } from './passkey-answer.ts'
import { requireVersion } from './require-version.ts'
import { presentUser } from './users.ts'

/** The account of whoever asks, by a token of theirs too. */
export async function viewProfile(ctx: Ctx): Promise<Output<typeof profileView>> {
  const { userId } = ctx.actor
  if (userId === null) throw new AppError('not_found', 'A service account has no profile.')
  const user = await findUser(ctx.db, userId)
  if (!user) throw notFound('user')
  const need = await mfaNeedOf(ctx.db, userId)
  const factors = await factorsOf(ctx.db, userId)
  return {
    user: presentUser(user),
    factors,
    mfaRequired: need !== 'nothing',
    passkeyRequired: need === 'passkey',
    can: whatCanBeDone(ctx, factors, need),
    connections: await listConnectionsToLink(ctx.db, userId),
  }
}

/** Why each of these operations would be refused, or come to nothing, said before somebody tries. */
function whatCanBeDone(ctx: Ctx, factors: Factors, need: MfaNeed): Output<typeof profileView>['can'] {
  const unless = (reason: string | null) => (reason === null ? true : { reason })
  return {
    totpStart: unless(need === 'passkey' ? 'The organization takes passkeys alone.' : null),
    totpDelete: unless(tooLittleIn({ ...factors, totp: false }, need)),
    passkeyStart: unless(noPasskeysAt(ctx)),
    passkeyDelete: unless(tooLittleIn({ ...factors, passkeys: factors.passkeys - 1 }, need)),
    emailChange: unless(mailConfigured(ctx) ? null : NO_MAIL),
  }
}

export async function updateProfile(
  ctx: Ctx,
  { body }: Valid<typeof profileUpdate>,
): Promise<Output<typeof profileUpdate>> {
  const { userId } = requirePerson(ctx.actor)
  return transaction(ctx, async (ctx) => {
    const row = await lockUser(ctx.db, userId)
    if (!row) throw notFound('user')
    requireVersion(ctx, 'profile', row)
    const before = presentUser(row)
    const after = presentUser(await setUser(ctx.db, userId, { name: body.name }))
    await audit(ctx, { action: 'user.update', targetId: userId, before, after })
    return after
  })
}
