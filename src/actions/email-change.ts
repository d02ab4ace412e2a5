import type { Ctx, Visit } from '../app.ts'
import type { Valid } from '../contract/operation.ts'
import type { emailChange } from '../contract/profile.ts'
import {
  CONFIRM_HOURS,
  type EmailChangeRow,
  findEmailChange,
  findStoppableEmailChange,
  insertEmailChange,
  STOP_DAYS,
  setEmailChangeConfirmed,
  stopEmailChangesFrom,
} from '../db/email-changes.ts'
import { voidEmailTokens } from '../db/email-tokens.ts'
import { revokeInvitationsTo } from '../db/invitations.ts'
import { deleteKnownDevices } from '../db/known-devices.ts'
import { markForRotation } from '../db/sessions.ts'
import { voidSignIns } from '../db/sign-ins.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser, setUser, type UserRow } from '../db/users.ts'
import { canonicalEmail } from '../domain/email-address.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'
import { factorsOf } from './factors.ts'
import { raiseFinding } from './findings.ts'
import { invalid } from './invalid.ts'
import { commonPlace } from './invitations.ts'
import { mailConfigured, notice } from './notices.ts'
import { sendReset } from './password-reset.ts'
import { requireConfirmed } from './require-confirmed.ts'
import { actorForThemselves, endSessions, newSecret } from './sessions.ts'
import { attempt } from './throttle.ts'
import { presentUser } from './users.ts'

/*
 *   changeEmail ──▶ link to the new address ──▶ confirmEmailChange, by the same person, signed in
 *        │
 *        └────────▶ link to the old address ──▶ stopEmailChange, by whoever reads mail there, for 7 days:
 *                                               before the change, and after it
 */

export const NO_MAIL =
  'This installation sends no mail, so a new address cannot be proved (CLAVIGER_SMTP_URL).'

/**
 * Asks to change one's own address. Nothing of the answer depends on whether somebody has the new one: that shows
 * only to who opens its link.
 */
export async function changeEmail(ctx: Ctx, { body }: Valid<typeof emailChange>): Promise<void> {
  const { userId } = requirePerson(ctx.actor)
  requireConfirmed(ctx)
  const newEmail = canonicalEmail(body.email)
  if (newEmail === null) throw invalid('/body/email', 'this is no address that mail can be sent to')
  if (!mailConfigured(ctx)) throw new AppError('conflict', NO_MAIL)
  // Mail to strangers: not as many as somebody likes.
  await attempt(ctx, [`email:user:${userId}`])
  await transaction(ctx, async (ctx) => {
    const user = await lockUser(ctx.db, userId)
    if (!user) throw notFound('user')
    if (newEmail === user.email) throw invalid('/body/email', 'this is your address already')
    const [secret, stop] = [newSecret('emc'), newSecret('ems')]
    await insertEmailChange(ctx.db, {
      id: newId('emc'),
      userId,
      oldEmail: user.email,
      newEmail,
      hash: ctx.keyring.hashSecret(secret),
      stopHash: ctx.keyring.hashSecret(stop),
    })
    await tellBoth(ctx, user.email, newEmail, { secret, stop })
    await audit(ctx, { action: 'email.change', targetId: userId, after: { email: newEmail } })
  })
}

/** What the link to a new address would do. Throws `not_found` in the same words for one that is not the actor's. */
export async function openEmailChange(ctx: Ctx, token: string): Promise<EmailChangeRow> {
  const { userId } = requirePerson(ctx.actor)
  const known = secretKind(token) === 'emc'
  const row = known ? await findEmailChange(ctx.db, ctx.keyring.hashSecret(token)) : undefined
  if (row?.userId === userId) return row
  throw new AppError(
    'not_found',
    `This link was used or stopped, is older than ${CONFIRM_HOURS} hours, or is for another account than the one that you are signed in with.`,
  )
}

/** Makes the change: the person opened the link while signed in. What was sent to the old address opens nothing. */
export function confirmEmailChange(ctx: Ctx, token: string): Promise<void> {
  return transaction(ctx, async (ctx) => {
    const { userId, sessionId } = requirePerson(ctx.actor)
    // Looked at once more under the lock: of two at once, and of a change and its stopping, one is right.
    const user = await lockUser(ctx.db, userId)
    const row = await openEmailChange(ctx, token)
    if (!user) throw notFound('user')
    await setEmailChangeConfirmed(ctx.db, row.id)
    await moveTo(ctx, user, row.newEmail)
    for (const invitation of await revokeInvitationsTo(ctx.db, row.oldEmail)) {
      await audit(ctx, { action: 'invitation.revoke', targetId: invitation.id, ...commonPlace(invitation) })
    }
    await endSessions(ctx, { userId, exceptSessionId: sessionId }, 'the e-mail address was changed')
    await markForRotation(ctx.db, userId)
    await notice(ctx, {
      kind: 'email.confirm',
      to: { email: row.oldEmail },
      subject: 'Your address for Claviger is another now',
      text: `You sign in to Claviger with ${row.newEmail} from now on. If this was not you, open the link in the mail that we sent before, within ${STOP_DAYS} days of it: it takes the change back.`,
    })
  })
}

/** What the link to an old address would stop. Throws `not_found` when there is nothing any more. */
export async function openStop(visit: Visit, token: string): Promise<EmailChangeRow> {
  const known = secretKind(token) === 'ems'
  const row = known ? await findStoppableEmailChange(visit.db, visit.keyring.hashSecret(token)) : undefined
  if (row) return row
  throw new AppError('not_found', `This change was stopped already, or is older than ${STOP_DAYS} days.`)
}

/**
 * Stops a change, or takes it back, with all that came after it. Whoever asked for it was signed in: all sessions end,
 * and the person gets a link to a new password at their old address.
 */
export function stopEmailChange(visit: Visit, token: string): Promise<void> {
  return transaction(visit, async (visit) => {
    const { userId } = await openStop(visit, token)
    const user = await lockUser(visit.db, userId)
    const row = await openStop(visit, token)
    if (!user) throw notFound('user')
    const ctx: Ctx = { ...visit, actor: actorForThemselves(row.id, { userId }) }
    const made = await stopEmailChangesFrom(ctx.db, row)
    await audit(ctx, { action: 'email.stop', targetId: userId, before: { email: user.email } })
    if (made.length > 0) await moveTo(ctx, user, row.oldEmail)
    await endSessions(ctx, { userId }, 'a change of the e-mail address was stopped')
    await voidSignIns(ctx.db, userId)
    await deleteKnownDevices(ctx.db, { userId })
    const detail = { oldEmail: row.oldEmail, newEmail: row.newEmail, made: made.length > 0, ip: ctx.ip }
    const finding = { kind: 'email-change-stopped', severity: 'high', targetId: userId, detail } as const
    await raiseFinding(ctx, { ...finding, place: CONFIDENTIAL })
    if ((await factorsOf(ctx.db, userId)).password) await sendReset(ctx, { ...user, email: row.oldEmail })
  })
}

/** Moves a person to another address: what they had begun, and links to a new password, are void. */
async function moveTo(ctx: Ctx, user: UserRow, email: string): Promise<void> {
  const before = presentUser(user)
  const after = presentUser(await setUser(ctx.db, user.id, { email }))
  await voidSignIns(ctx.db, user.id)
  await voidEmailTokens(ctx.db, user.id)
  await audit(ctx, { action: 'user.update', targetId: user.id, before, after })
}

/** To the addresses themselves: by the time it is sent, the person's may be another. */
async function tellBoth(
  ctx: Ctx,
  oldEmail: string,
  newEmail: string,
  { secret, stop }: { secret: string; stop: string },
): Promise<void> {
  const kind = 'email.change'
  await notice(ctx, {
    kind,
    to: { email: newEmail },
    subject: 'Confirm your new address for Claviger',
    text: `Somebody who is signed in to Claviger asks to sign in with this address from now on. If that is you, open the link below within ${CONFIRM_HOURS} hours, in the browser in which you are signed in. If not, there is nothing to do.`,
    link: `${ctx.config.url}/email/${secret}`,
  })
  await notice(ctx, {
    kind,
    to: { email: oldEmail },
    subject: 'Your address for Claviger is about to change',
    text: `You asked to sign in to Claviger with ${newEmail} instead of this address. If this was not you, somebody else is in your account: open the link below. For ${STOP_DAYS} days it stops the change, or takes it back, and signs everybody out of your account.`,
    link: `${ctx.config.url}/email/stop/${stop}`,
  })
}
