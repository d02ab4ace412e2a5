import type { Ctx, Visit } from '../app.ts'
import {
  type EmailTokenRow,
  findEmailToken,
  insertEmailToken,
  RESET_MINUTES,
  useEmailToken,
} from '../db/email-tokens.ts'
import { transaction } from '../db/transaction.ts'
import { findActiveUser } from '../db/users.ts'
import { canonicalEmail } from '../domain/email-address.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { newId } from '../ids.ts'
import { rememberDevice } from './known-device.ts'
import { notice } from './notices.ts'
import { setPassword } from './passwords.ts'
import { requireAddress } from './require-address.ts'
import { actorForThemselves, newSecret } from './sessions.ts'
import { attempt, ipKey } from './throttle.ts'

/**
 * Somebody says that they forgot their password. Nothing of the answer depends on whether there is such a person: what
 * is done for one is done after it. Returns that work, for a test to wait for.
 */
export async function requestReset(visit: Visit, typed: string): Promise<{ done: Promise<void> }> {
  await requireAddress(visit)
  const email = canonicalEmail(typed)
  if (email === null) return { done: Promise.resolve() }
  await attempt(visit, [`reset:address:${visit.keyring.hashSecret(email)}`, ipKey('reset', visit.ip)])
  const done = sendTo(visit, email).catch((error) => {
    visit.log.error({ err: error, requestId: visit.requestId }, 'a password reset could not be sent')
  })
  return { done }
}

/** Makes the link with which a person chooses a new password, and sends it to their address. */
export async function sendReset(ctx: Ctx, user: { id: string; email: string }): Promise<string> {
  const secret = newSecret('rst')
  const hash = ctx.keyring.hashSecret(secret)
  await insertEmailToken(ctx.db, { id: newId('emt'), hash, userId: user.id, email: user.email })
  // The host is the configured one, whatever the request said.
  const link = `${ctx.config.url}/reset/${secret}`
  await notice(ctx, {
    kind: 'password.reset',
    to: { userId: user.id },
    subject: 'Choose a new password for Claviger',
    text: `With the link below you choose a new password, within ${RESET_MINUTES} minutes. If you did not ask for it, there is nothing to do: your password is what it was.`,
    link,
  })
  return link
}

/** Throws `not_found` when the link opens nothing any more. */
export async function openReset(visit: Visit, token: string): Promise<EmailTokenRow> {
  await requireAddress(visit)
  const known = secretKind(token) === 'rst'
  const row = known ? await findEmailToken(visit.db, visit.keyring.hashSecret(token)) : undefined
  if (row) return row
  const message = `This link was used, or is older than ${RESET_MINUTES} minutes. Ask for a new one.`
  throw new AppError('not_found', message)
}

/**
 * The new password. All sessions end; signing in asks for a second factor as before. Answers the cookie that makes this
 * browser a known one: whoever is kept out by others' guesses gets in this way.
 */
export function resetPassword(visit: Visit, token: string, password: string): Promise<string> {
  return transaction(visit, async (visit) => {
    const { id, userId } = await openReset(visit, token)
    if (!(await useEmailToken(visit.db, id))) throw new AppError('not_found', 'This link was used already.')
    await setPassword({ ...visit, actor: actorForThemselves(id, { userId }) }, userId, password)
    return rememberDevice(visit, userId)
  })
}

async function sendTo(visit: Visit, email: string): Promise<void> {
  const user = await findActiveUser(visit.db, email)
  if (!user) return
  const actor = actorForThemselves(user.id, { userId: user.id })
  await transaction({ ...visit, actor }, (ctx) => sendReset(ctx, user))
}
