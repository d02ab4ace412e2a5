import type { Ctx, Visit } from '../app.ts'
import { clearCookie, DEVICE_COOKIE, SIGN_IN_COOKIE, sessionCookie, setCookie } from '../cookies.ts'
import { DEVICE_DAYS, insertKnownDevice } from '../db/known-devices.ts'
import { findSignIn, insertSignIn, SIGN_IN_MINUTES, type SignInRow, useSignIn } from '../db/sign-ins.ts'
import { transaction } from '../db/transaction.ts'
import { findUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { safeReturnTo } from '../domain/return-to.ts'
import { newId } from '../ids.ts'
import { requireNotEnforced } from './enforced-sign-in.ts'
import { factorsOf, mfaRequired } from './factors.ts'
import { checkCode } from './second-factor.ts'
import { actorForThemselves, createSession, newSecret } from './sessions.ts'
import { offerTotp, showOffer, takeOffer } from './totp.ts'

/*
 *   password, provider ──▶ passFirstFactor ──▶ done: a session
 *                               │
 *                               ├──▶ factor ──▶ passSecondFactor ──▶ done
 *                               └──▶ enrol  ──▶ enrolAtSignIn    ──▶ done
 *
 * Until it is done there is only a sign-in, with a cookie of its own, which opens nothing else.
 */

type FirstFactor = {
  userId: string
  methods: readonly string[]
  /** What this person did counts as two factors already: a passkey, or a provider that says so. */
  mfaDone: boolean
  connectionId?: string
  ssoSid?: string
  returnTo: string
}

/** Where somebody who signs in goes from here, and the cookies that go with them. */
export type NextStep = { step: 'done' | 'factor' | 'enrol'; cookies: string[]; location: string }

const LOCATION = { factor: '/sign-in/factor', enrolment: '/sign-in/enrol' } as const
const DAY_SECONDS = 86_400

/** The first factor was right: begins the session, or asks for the second one. The only way to one in a browser. */
export function passFirstFactor(visit: Visit, factor: FirstFactor): Promise<NextStep> {
  return transaction(visit, async (visit) => {
    const user = await findUser(visit.db, factor.userId)
    if (!user || user.deactivatedAt) throw new AppError('unauthenticated', 'This user is deactivated.')
    if (factor.connectionId === undefined) {
      await requireNotEnforced(visit, actingIn(visit, { id: user.id, ...factor }), user)
    }
    const needs = factor.mfaDone ? null : await needsOf(visit, factor.userId)
    if (needs === null) return finish(visit, { ...factor, mfa: factor.mfaDone })
    const secret = newSecret('sgn')
    const id = newId('sgn')
    await insertSignIn(visit.db, {
      id,
      hash: visit.keyring.hashSecret(secret),
      userId: factor.userId,
      methods: [...factor.methods],
      connectionId: factor.connectionId ?? null,
      ssoSid: factor.ssoSid ?? null,
      needs,
      returnTo: safeReturnTo(factor.returnTo),
    })
    if (needs === 'enrolment') await offerTotp(actingIn(visit, { id, ...factor }), factor.userId)
    return {
      step: needs === 'factor' ? 'factor' : 'enrol',
      cookies: [setCookie(SIGN_IN_COOKIE, secret, SIGN_IN_MINUTES * 60)],
      location: LOCATION[needs],
    }
  })
}

/** The second factor: a code of the app, or a recovery code. Each sign-in becomes a session once. */
export function passSecondFactor(visit: Visit, secret: string | null, code: string): Promise<NextStep> {
  return transaction(visit, async (visit) => {
    const signIn = await underWay(visit, secret, 'factor')
    const method = await checkCode(visit, signIn.userId, code)
    return complete(visit, signIn, method)
  })
}

/** The app that somebody must add before they get in, as it is scanned. */
export async function viewEnrolment(visit: Visit, secret: string | null) {
  const signIn = await underWay(visit, secret, 'enrolment')
  return showOffer(actingIn(visit, signIn), signIn.userId)
}

/** The first code of that app: it is theirs, and they are in. Their recovery codes are shown now only. */
export function enrolAtSignIn(
  visit: Visit,
  secret: string | null,
  code: string,
): Promise<NextStep & { recoveryCodes: string[] }> {
  return transaction(visit, async (visit) => {
    const signIn = await underWay(visit, secret, 'enrolment')
    const recoveryCodes = await takeOffer(actingIn(visit, signIn), signIn.userId, code)
    return { ...(await complete(visit, signIn, 'otp')), recoveryCodes }
  })
}

/** Throws `sign_in_required` when there is no such sign-in, or none that waits for this. */
export async function underWay(
  visit: Visit,
  secret: string | null,
  needs: SignInRow['needs'],
): Promise<SignInRow> {
  const known = secret !== null && secretKind(secret) === 'sgn'
  const signIn = known ? await findSignIn(visit.db, visit.keyring.hashSecret(secret)) : undefined
  if (signIn?.needs === needs) return signIn
  throw new AppError('sign_in_required', 'This sign-in has taken too long. Begin again.')
}

async function needsOf(visit: Visit, userId: string): Promise<SignInRow['needs'] | null> {
  if ((await factorsOf(visit.db, userId)).totp) return 'factor'
  return (await mfaRequired(visit.db, userId)) ? 'enrolment' : null
}

async function complete(visit: Visit, signIn: SignInRow, method: string): Promise<NextStep> {
  if (!(await useSignIn(visit.db, signIn.id))) {
    throw new AppError('sign_in_required', 'This sign-in was completed already. Begin again.')
  }
  const { userId, connectionId, ssoSid, returnTo } = signIn
  const methods = [...signIn.methods, method]
  return finish(visit, {
    userId,
    methods,
    mfa: true,
    returnTo,
    ...(connectionId !== null && { connectionId }),
    ...(ssoSid !== null && { ssoSid }),
  })
}

type Finished = Omit<FirstFactor, 'mfaDone'> & { mfa: boolean }

async function finish(visit: Visit, { returnTo, ...session }: Finished): Promise<NextStep> {
  const { userId, methods, mfa, connectionId, ssoSid } = session
  const about = { userId, methods, mfa, ...(connectionId && { connectionId }), ...(ssoSid && { ssoSid }) }
  const { secret, seconds } = await createSession(visit, { ...about, kind: 'browser' })
  return {
    step: 'done',
    cookies: [
      sessionCookie(secret, seconds),
      clearCookie(SIGN_IN_COOKIE),
      ...(methods.includes('pwd') ? [await rememberDevice(visit, userId)] : []),
    ],
    location: safeReturnTo(returnTo),
  }
}

/** What others guess elsewhere does not slow this browser down from now on. */
async function rememberDevice(visit: Visit, userId: string): Promise<string> {
  const secret = newSecret('dev')
  await insertKnownDevice(visit.db, { hash: visit.keyring.hashSecret(secret), userId })
  return setCookie(DEVICE_COOKIE, secret, DEVICE_DAYS * DAY_SECONDS)
}

function actingIn(visit: Visit, signIn: { id: string; userId: string; methods: readonly string[] }): Ctx {
  return { ...visit, actor: actorForThemselves(signIn.id, signIn) }
}
