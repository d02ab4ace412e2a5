import type { Visit } from '../app.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { type PasskeyCreated, type PasskeyCreationOptions, relyingPartyAt } from '../passkeys.ts'
import { mfaNeedOf } from './factors.ts'
import { offerPasskey, takePasskey } from './passkeys.ts'
import { actingIn, complete, type NextStep, underWay } from './sign-in.ts'
import { showOffer, takeOffer } from './totp.ts'

/** What somebody who has to add a second factor can add: null is what does not count, or cannot be had here. */
export type Enrolment = { app: { secret: string; uri: string } | null; passkey: boolean }

/** The factors that somebody may add before they get in. */
export async function viewEnrolment(visit: Visit, secret: string | null): Promise<Enrolment> {
  const signIn = await underWay(visit, secret, 'enrolment')
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
    const signIn = await underWay(visit, secret, 'enrolment')
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
    const signIn = await underWay(visit, secret, 'enrolment')
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
    const signIn = await underWay(visit, secret, 'enrolment')
    const { id, userId } = signIn
    const { recoveryCodes } = await takePasskey(actingIn(visit, signIn), userId, { ...made, boundTo: id })
    return { ...(await complete(visit, signIn, 'passkey')), recoveryCodes }
  })
}

/** How they go on, with the recovery codes of their first second factor. */
type Enrolled = NextStep & { recoveryCodes: string[] }
