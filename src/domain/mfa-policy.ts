import type { RoleId } from './roles.ts'

export const MFA = ['off', 'optional', 'required', 'passkeys'] as const

/**
 * Whether people need a second factor, and who: those with one of these roles; with none named, everybody.
 * `passkeys`: they need one, and only a passkey is one.
 */
export type MfaPolicy = { mfa: (typeof MFA)[number]; mfaRoles: readonly RoleId[] }

/** What somebody must sign in with, beside their first factor. */
export type MfaNeed = 'nothing' | 'any' | 'passkey'

/** What is asked of somebody who holds these roles. */
export function mfaNeed({ mfa, mfaRoles }: MfaPolicy, held: readonly RoleId[]): MfaNeed {
  if (mfa === 'off' || mfa === 'optional') return 'nothing'
  if (mfaRoles.length > 0 && !held.some((role) => mfaRoles.includes(role))) return 'nothing'
  return mfa === 'passkeys' ? 'passkey' : 'any'
}

/**
 * Whether it is enough that somebody signed in with these. A recovery code stands in for a passkey that is gone, too.
 */
export function isEnough(
  need: MfaNeed,
  { mfa, methods }: { mfa: boolean; methods: readonly string[] },
): boolean {
  switch (need) {
    case 'nothing':
      return true
    case 'any':
      return mfa
    case 'passkey':
      return mfa && (methods.includes('passkey') || methods.includes('recovery'))
  }
}
