import type { Db } from '../app.ts'
import { findPasswordHash } from '../db/passwords.ts'
import { grantsOf } from '../db/principals.ts'
import { countRecoveryCodes } from '../db/recovery-codes.ts'
import { findSecuritySettings } from '../db/security-settings.ts'
import { findTotpFactor } from '../db/totp-factors.ts'
import { requiresMfa } from '../domain/mfa-policy.ts'

/** With what somebody can sign in here. Recovery codes: how many are left. */
export type Factors = { password: boolean; totp: boolean; recoveryCodes: number }

export async function factorsOf(db: Db, userId: string): Promise<Factors> {
  const factor = await findTotpFactor(db, userId)
  return {
    password: (await findPasswordHash(db, userId)) !== null,
    totp: factor !== undefined && factor.confirmedAt !== null,
    recoveryCodes: await countRecoveryCodes(db, userId),
  }
}

/** Whether the organization asks this person, with the roles that they hold now, for a second factor. */
export async function mfaRequired(db: Db, userId: string): Promise<boolean> {
  const grants = await grantsOf(db, { userId, serviceAccountId: null })
  return requiresMfa(
    await findSecuritySettings(db),
    grants.map(({ roleId }) => roleId),
  )
}
