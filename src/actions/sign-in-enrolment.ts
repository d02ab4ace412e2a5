import type { Visit } from '../app.ts'
import type { SignInRow } from '../db/sign-ins.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { type PasskeyCreated, type PasskeyCreationOptions, relyingPartyAt } from '../passkeys.ts'
import { factorsOf, mfaNeedOf } from './factors.ts'
import { offerPasskey, takePasskey } from './passkeys.ts'
import { actingIn, complete, type NextStep, underWay } from './sign-in.ts'
import { showOffer, takeOffer } from './totp.ts'

/** What somebody who has to add a second factor can add: null is what does not count, or cannot be had here. */
export type Enrolment = { app: { secret: string; uri: string } | null; passkey: boolean }

/** The factors that somebody may add before they get in. */
export async function viewEnrolment(visit: Visit, secret: string | null): Promise<Enrolment> {
  const signIn = await enrolling(visit, secret)
  const { userId } = signIn
  const onlyPasskeys = (await mfaNeedOf(visit.db, userId)) === 'passkey'
  return {
    app: onlyPasskeys ? null : await showOffer(actingIn(visit, signIn), userId),
    passkey: relyingPartyAt(visit.config.url) !== null,
  }
}

/** The first code of the app: it is theirs, and they are in. Their recovery codes are shown now only. */
export function enrolAtSignIn(visit: Visit, secret: string | null, code: string): Promise<Enrolled> {
  return transaction(visit, async (visit) => {
    const signIn = await enrolling(visit, secret)
    if ((await mfaNeedOf(visit.db, signIn.userId)) === 'passkey') {
      throw new AppError('conflict', 'Your organization takes only passkeys: add one.')
    }
    const recoveryCodes = await takeOffer(actingIn(visit, signIn), signIn.userId, code)
    return { ...(await complete(visit, signIn, 'otp')), recoveryCodes }
  })
}

/** What the browser is to make when somebody adds a passkey before they get in. */
export function askToEnrol(visit: Visit, secret: string | null): Promise<PasskeyCreationOptions> {
  return transaction(visit, async (visit) => {
    const signIn = await enrolling(visit, secret)
    return offerPasskey(actingIn(visit, signIn), signIn.userId, signIn.id)
  })
}

/** The passkey that the browser made: it is theirs, and they are in. */
export function enrolPasskeyAtSignIn(
  visit: Visit,
  secret: string | null,
  made: { name: string; response: PasskeyCreated },
): Promise<Enrolled> {
  return transaction(visit, async (visit) => {
    const signIn = await enrolling(visit, secret)
    const { id, userId } = signIn
    const { recoveryCodes } = await takePasskey(actingIn(visit, signIn), userId, { ...made, boundTo: id })
    return { ...(await complete(visit, signIn, 'passkey')), recoveryCodes }
  })
}

/**
 * The sign-in that may add a factor: its person has none, or showed the one that is not enough. What was added
 * meanwhile, elsewhere, this sign-in has not shown.
 */
async function enrolling(visit: Visit, secret: string | null): Promise<SignInRow> {
  const signIn = await underWay(visit, secret, 'enrolment')
  await lockUser(visit.db, signIn.userId)
  const { totp, passkeys } = await factorsOf(visit.db, signIn.userId)
  const shown = signIn.methods.includes('otp') || signIn.methods.includes('recovery')
  if (passkeys === 0 && (!totp || shown)) return signIn
  throw new AppError('sign_in_required', 'A second factor was added meanwhile. Begin again.')
}

/** How they go on, with the recovery codes of their first second factor. */
type Enrolled = NextStep & { recoveryCodes: string[] }
