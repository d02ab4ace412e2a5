import type { App, Db } from '../app.ts'
import { listPasskeys } from '../db/passkeys.ts'
import { findPasswordHash } from '../db/passwords.ts'
import { grantsOf } from '../db/principals.ts'
import { countRecoveryCodes, deleteRecoveryCodes } from '../db/recovery-codes.ts'
import { findSecuritySettings } from '../db/security-settings.ts'
import { findTotpFactor } from '../db/totp-factors.ts'
import { AppError } from '../domain/errors.ts'
import { type MfaNeed, mfaNeed } from '../domain/mfa-policy.ts'
import { relyingPartyAt } from '../passkeys.ts'

/** With what somebody can sign in here. Passkeys and recovery codes: how many. */
export type Factors = { password: boolean; totp: boolean; passkeys: number; recoveryCodes: number }

export async function factorsOf(db: Db, userId: string): Promise<Factors> {
  const factor = await findTotpFactor(db, userId)
  return {
    password: (await findPasswordHash(db, userId)) !== null,
    totp: factor !== undefined && factor.confirmedAt !== null,
    passkeys: (await listPasskeys(db, userId)).length,
    recoveryCodes: await countRecoveryCodes(db, userId),
  }
}

/** What the organization asks of this person, with the roles that they hold now, beside their first factor. */
export async function mfaNeedOf(db: Db, userId: string): Promise<MfaNeed> {
  const grants = await grantsOf(db, { userId, serviceAccountId: null })
  return mfaNeed(
    await findSecuritySettings(db),
    grants.map(({ roleId }) => roleId),
  )
}

/** The second factors that are taken from somebody. */
export type SecondFactors = { passkey: boolean; otp: boolean; recovery: boolean }

/**
 * What somebody can give as a second factor. Where only passkeys count, a code of the app is taken from who has none
 * yet, so that they can add one: otherwise whoever has the code could add theirs.
 */
export async function secondFactorsOf(app: App, userId: string): Promise<SecondFactors> {
  const { totp, passkeys } = await factorsOf(app.db, userId)
  const appCounts = passkeys === 0 || (await mfaNeedOf(app.db, userId)) !== 'passkey'
  return {
    passkey: passkeys > 0 && relyingPartyAt(app.config.url) !== null,
    otp: totp && appCounts,
    recovery: totp || passkeys > 0,
  }
}

/** Refuses to take away a factor, of which there is one less in `left`, that the organization requires. */
export async function requireEnoughLeft(db: Db, userId: string, left: Factors): Promise<void> {
  const problem = tooLittleIn(left, await mfaNeedOf(db, userId))
  if (problem !== null) throw new AppError('conflict', problem)
}

/** Why what is left is less than the organization requires; null when it is not. */
export function tooLittleIn(left: Factors, need: MfaNeed): string | null {
  if (need === 'nothing' || left.passkeys > 0 || (need === 'any' && left.totp)) return null
  const what = need === 'passkey' ? 'a passkey' : 'a second factor'
  return `The organization requires ${what} of you, and this is your only one. Add another first.`
}

/** Recovery codes stand in for a second factor: they go with the last one. */
export async function dropIdleRecoveryCodes(db: Db, userId: string): Promise<void> {
  const { totp, passkeys } = await factorsOf(db, userId)
  if (!totp && passkeys === 0) await deleteRecoveryCodes(db, userId)
}
