import { randomBytes } from 'node:crypto'
import type { Visit } from '../app.ts'
import { clearCookie, PASSKEY_COOKIE, setCookie } from '../cookies.ts'
import { CHALLENGE_MINUTES, findPasskey } from '../db/passkeys.ts'
import { AppError } from '../domain/errors.ts'
import { type PasskeyAnswer, type PasskeyRequestOptions, requestOptions } from '../passkeys.ts'
import { newChallenge, refused, requireRelyingParty, usePasskey } from './passkey-answer.ts'
import { requireAddress } from './require-address.ts'
import { type NextStep, passFirstFactor } from './sign-in.ts'

const BROWSER_BYTES = 32

/**
 * Asks a browser for any passkey that it has. Its cookie binds the answer to it: an answer that somebody else gave
 * signs nobody in here.
 */
export async function askForAnyPasskey(
  visit: Visit,
): Promise<{ options: PasskeyRequestOptions; cookie: string }> {
  await requireAddress(visit)
  const browser = randomBytes(BROWSER_BYTES).toString('base64url')
  const challenge = await newChallenge(visit, { purpose: 'sign-in', boundTo: browserHash(visit, browser) })
  return {
    options: await requestOptions(requireRelyingParty(visit), { challenge, known: null }),
    cookie: setCookie(PASSKEY_COOKIE, browser, CHALLENGE_MINUTES * 60),
  }
}

/**
 * Signs in with a passkey alone, which says whose it is. It counts as two factors, so the authenticator must have seen
 * its person: by a PIN, a finger, a face.
 */
export async function signInWithPasskey(
  visit: Visit,
  { response, browser, returnTo }: { response: PasskeyAnswer; browser: string | null; returnTo: string },
): Promise<NextStep> {
  await requireAddress(visit)
  const passkey = await findPasskey(visit.db, response.id)
  if (!passkey || browser === null || !isHandleOf(passkey.userId, response)) throw refused()
  const asked = { purpose: 'sign-in', boundTo: browserHash(visit, browser) } as const
  const { userVerified } = await usePasskey(visit, passkey, asked, response)
  if (!userVerified) {
    throw new AppError(
      'invalid_request',
      'Your passkey did not ask for a PIN or a fingerprint, so it is not enough alone: sign in with your password and it.',
    )
  }
  const { userId } = passkey
  const next = await passFirstFactor(visit, { userId, methods: ['passkey'], mfaDone: true, returnTo })
  return { ...next, cookies: [...next.cookies, clearCookie(PASSKEY_COOKIE)] }
}

/** A passkey that is found without a name says whose it is, too (WebAuthn Level 3, section 7.2, step 6). */
function isHandleOf(userId: string, { response }: PasskeyAnswer): boolean {
  return response.userHandle === Buffer.from(userId).toString('base64url')
}

function browserHash({ keyring }: Visit, browser: string): string {
  return keyring.hashSecret(`passkey-browser ${browser}`)
}
