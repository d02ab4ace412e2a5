import type { Visit } from '../app.ts'
import { isKnownDevice } from '../db/known-devices.ts'
import { findPasswordHash } from '../db/passwords.ts'
import { findActiveUser } from '../db/users.ts'
import { canonicalEmail } from '../domain/email-address.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { verifyPassword } from '../password-hash.ts'
import { enforcedConnectionOf, mayGoAround, signInThere } from './enforced-sign-in.ts'
import { noteFailedSignIn } from './failed-sign-in.ts'
import { requireAddress } from './require-address.ts'
import { type NextStep, passFirstFactor } from './sign-in.ts'
import { attempt, forgiven, ipKey, succeeded, type ThrottleKey } from './throttle.ts'

type Typed = { email: string; password: string; returnTo: string; device: string | null }

/**
 * Signs in with a password. Whether there is such a person is told by nothing: not by the words, nor by the time, nor
 * by how tries are counted. A browser that somebody signed in with before is counted by itself, so nobody else's tries
 * keep them out.
 */
export async function signInWithPassword(visit: Visit, typed: Typed): Promise<NextStep> {
  await requireAddress(visit)
  const email = canonicalEmail(typed.email)
  if (email === null) throw wrong()
  const who = await throttleKey(visit, email, typed.device)
  const where = ipKey('pwd', visit.ip)
  await attempt(visit, [who, where])
  const user = await findActiveUser(visit.db, email)
  const hash = await findPasswordHash(visit.db, user?.id ?? '')
  const right = await verifyPassword(visit.keyring, hash, typed.password)
  const elsewhere = await enforcedConnectionOf(visit.db, email)
  // Where a connection is enforced, a right password is answered as a wrong one is.
  if (!user || !right || (elsewhere && !(await mayGoAround(visit.db, user)))) {
    // For unknown addresses too, which takes as long.
    await noteFailedSignIn(visit, {
      action: 'session.create',
      userId: user?.id ?? null,
      methods: ['pwd'],
      reason: 'the address or the password was wrong, or none is taken of this person',
    })
    throw elsewhere ? signInThere(email, elsewhere) : wrong()
  }
  await succeeded(visit, [who])
  await forgiven(visit, where)
  return passFirstFactor(visit, {
    userId: user.id,
    methods: ['pwd'],
    mfaDone: false,
    returnTo: typed.returnTo,
  })
}

/** By the address as we keep it, whoever it belongs to: all ways to write it share one count. */
async function throttleKey(visit: Visit, email: string, device: string | null): Promise<ThrottleKey> {
  if (device !== null && secretKind(device) === 'dev') {
    const hash = visit.keyring.hashSecret(device)
    if (await isKnownDevice(visit.db, { hash, email })) return `pwd:device:${hash}`
  }
  return `pwd:address:${visit.keyring.hashSecret(email)}`
}

function wrong(): AppError {
  return new AppError('unauthenticated', 'The e-mail address or the password is wrong.')
}
