import type { Visit } from '../app.ts'
import { findPasskey } from '../db/passkeys.ts'
import { useRecoveryCode } from '../db/recovery-codes.ts'
import { findTotpFactor } from '../db/totp-factors.ts'
import type { PasskeyAnswer } from '../passkeys.ts'
import { secondFactorsOf } from './factors.ts'
import { noteFailedSignIn } from './failed-sign-in.ts'
import { invalid } from './invalid.ts'
import { type AskedFor, refused, usePasskey } from './passkey-answer.ts'
import { recoveryCodeHash } from './recovery-codes.ts'
import { attempt, succeeded } from './throttle.ts'
import { usesTotpCode } from './totp-code.ts'

/**
 * Takes a code of the person's authenticator app, or one of their recovery codes, and says which it was. Each is good
 * once. Guesses are counted for the person, whatever sign-in or session they are made in.
 */
export async function checkCode(visit: Visit, userId: string, code: string): Promise<'otp' | 'recovery'> {
  const key = `otp:user:${userId}` as const
  await attempt(visit, [key])
  const plain = code.replace(/[\s-]/g, '')
  const { otp } = await secondFactorsOf(visit, userId)
  const method =
    otp && (await usesTotp(visit, userId, plain))
      ? 'otp'
      : (await usesRecoveryCode(visit, userId, plain))
        ? 'recovery'
        : null
  if (method === null) {
    const reason = 'the code was wrong, or was used already'
    await noteFailedSignIn(visit, { action: 'second-factor.check', userId, methods: ['otp'], reason })
    throw invalid('/body/code', 'this code is wrong, or was used already: enter the next one')
  }
  await succeeded(visit, [key])
  return method
}

/** Takes the answer of one of the person's passkeys. Nobody guesses one, so none is counted. */
export async function checkPasskey(
  visit: Visit,
  userId: string,
  asked: AskedFor,
  response: PasskeyAnswer,
): Promise<'passkey'> {
  const passkey = await findPasskey(visit.db, response.id)
  if (passkey?.userId !== userId) throw refused()
  await usePasskey(visit, passkey, asked, response)
  return 'passkey'
}

/** Whether `code` is of the person's confirmed app and was not used before. Uses it up. */
async function usesTotp(visit: Visit, userId: string, code: string): Promise<boolean> {
  const factor = await findTotpFactor(visit.db, userId)
  return factor !== undefined && factor.confirmedAt !== null && (await usesTotpCode(visit, factor, code))
}

function usesRecoveryCode(visit: Visit, userId: string, code: string): Promise<boolean> {
  return useRecoveryCode(visit.db, { hash: recoveryCodeHash(visit, userId, code), userId })
}
