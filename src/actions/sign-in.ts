import type { Ctx, Visit } from '../app.ts'
import { clearCookie, SIGN_IN_COOKIE, sessionCookie, setCookie } from '../cookies.ts'
import { listPasskeys } from '../db/passkeys.ts'
import {
  findSignIn,
  insertSignIn,
  SIGN_IN_MINUTES,
  type SignInRow,
  setSignInEnrols,
  useSignIn,
} from '../db/sign-ins.ts'
import { transaction } from '../db/transaction.ts'
import { findUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { isEnough } from '../domain/mfa-policy.ts'
import { safeReturnTo } from '../domain/return-to.ts'
import { newId } from '../ids.ts'
import { type PasskeyAnswer, type PasskeyRequestOptions, requestOptions } from '../passkeys.ts'
import { requireNotEnforced } from './enforced-sign-in.ts'
import { factorsOf, mfaNeedOf, type SecondFactors, secondFactorsOf } from './factors.ts'
import { rememberDevice } from './known-device.ts'
import { newChallenge, requireRelyingParty } from './passkey-answer.ts'
import { requireAddress } from './require-address.ts'
import { checkCode, checkPasskey } from './second-factor.ts'
import { actorForThemselves, createSession, newSecret } from './sessions.ts'
import { offerTotp } from './totp.ts'

/*
 *   password, provider, passkey ──▶ passFirstFactor ──▶ done: a session
 *                                        │
 *                                        ├──▶ factor ──▶ passSecondFactor ──▶ done
 *                                        │                     │ not enough: only passkeys count
 *                                        │                     ▼
 *                                        └───────────────▶ enrolment (sign-in-enrolment.ts) ──▶ done
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

/** The first factor was right: begins the session, or asks for the second one. The only way to one in a browser. */
export function passFirstFactor(visit: Visit, factor: FirstFactor): Promise<NextStep> {
  return transaction(visit, async (visit) => {
    await requireAddress(visit)
    const user = await findUser(visit.db, factor.userId)
    if (!user || user.deactivatedAt) throw new AppError('unauthenticated', 'This user is deactivated.')
    if (factor.connectionId === undefined) {
      await requireNotEnforced(visit, actingIn(visit, { id: user.id, ...factor }), user)
    }
    const needs = await needsOf(visit, factor)
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
    if (needs === 'enrolment') await offerApp(actingIn(visit, { id, ...factor }), factor.userId)
    return {
      step: needs === 'factor' ? 'factor' : 'enrol',
      cookies: [setCookie(SIGN_IN_COOKIE, secret, SIGN_IN_MINUTES * 60)],
      location: LOCATION[needs],
    }
  })
}

/** The second factors that this sign-in waits for. */
export async function viewFactors(visit: Visit, secret: string | null): Promise<SecondFactors> {
  return secondFactorsOf(visit, (await underWay(visit, secret, 'factor')).userId)
}

/** What a browser needs to answer with a passkey in this sign-in. */
export async function askInSignIn(visit: Visit, secret: string | null): Promise<PasskeyRequestOptions> {
  const { id, userId } = await underWay(visit, secret, 'factor')
  const challenge = await newChallenge(visit, { purpose: 'factor', boundTo: id })
  return requestOptions(requireRelyingParty(visit), {
    challenge,
    known: await listPasskeys(visit.db, userId),
  })
}

/**
 * The second factor: a code of the app, a recovery code, or the answer of a passkey. Each sign-in becomes a session
 * once.
 */
export function passSecondFactor(
  visit: Visit,
  secret: string | null,
  given: string | PasskeyAnswer,
): Promise<NextStep> {
  return transaction(visit, async (visit) => {
    const signIn = await underWay(visit, secret, 'factor')
    const { id, userId } = signIn
    const method =
      typeof given === 'string'
        ? await checkCode(visit, userId, given)
        : await checkPasskey(visit, userId, { purpose: 'factor', boundTo: id }, given)
    return complete(visit, signIn, method)
  })
}

/** Throws `sign_in_required` when there is no such sign-in, or none that waits for this. Every step begins here. */
export async function underWay(
  visit: Visit,
  secret: string | null,
  needs: SignInRow['needs'],
): Promise<SignInRow> {
  await requireAddress(visit)
  const known = secret !== null && secretKind(secret) === 'sgn'
  const signIn = known ? await findSignIn(visit.db, visit.keyring.hashSecret(secret)) : undefined
  if (signIn?.needs === needs) return signIn
  throw new AppError('sign_in_required', 'This sign-in has taken too long. Begin again.')
}

async function needsOf(
  visit: Visit,
  { userId, methods, mfaDone }: Pick<FirstFactor, 'userId' | 'methods' | 'mfaDone'>,
): Promise<SignInRow['needs'] | null> {
  const need = await mfaNeedOf(visit.db, userId)
  if (mfaDone && isEnough(need, { mfa: true, methods })) return null
  const { totp, passkeys } = await factorsOf(visit.db, userId)
  if (totp || passkeys > 0) return 'factor'
  return need === 'nothing' ? null : 'enrolment'
}

/** The last factor was right. Where only passkeys count, and the person has none yet, they add one now. */
export async function complete(visit: Visit, signIn: SignInRow, method: string): Promise<NextStep> {
  const { id, userId, connectionId, ssoSid, returnTo } = signIn
  const methods = [...signIn.methods, method]
  if ((await mfaNeedOf(visit.db, userId)) === 'passkey') {
    const { passkeys } = await factorsOf(visit.db, userId)
    if (passkeys === 0) {
      if (!(await setSignInEnrols(visit.db, id, methods))) throw completed()
      return { step: 'enrol', cookies: [], location: LOCATION.enrolment }
    }
  }
  if (!(await useSignIn(visit.db, id))) throw completed()
  return finish(visit, {
    userId,
    methods,
    mfa: true,
    returnTo,
    ...(connectionId !== null && { connectionId }),
    ...(ssoSid !== null && { ssoSid }),
  })
}

function completed(): AppError {
  return new AppError('sign_in_required', 'This sign-in was completed already. Begin again.')
}

/** The app is one way to get a second factor, unless only passkeys count. */
async function offerApp(ctx: Ctx, userId: string): Promise<void> {
  if ((await mfaNeedOf(ctx.db, userId)) === 'any') await offerTotp(ctx, userId)
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

/** Somebody who signs in, for what is their own. */
export function actingIn(
  visit: Visit,
  signIn: { id: string; userId: string; methods: readonly string[] },
): Ctx {
  return { ...visit, actor: actorForThemselves(signIn.id, signIn) }
}
