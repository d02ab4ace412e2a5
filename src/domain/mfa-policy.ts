import type { RoleId } from './roles.ts'

export const MFA = ['off', 'optional', 'required'] as const

/** Whether people need a second factor, and who: those with one of these roles; with none named, everybody. */
export type MfaPolicy = { mfa: (typeof MFA)[number]; mfaRoles: readonly RoleId[] }

/** Whether somebody who holds these roles must have a second factor. */
export function requiresMfa({ mfa, mfaRoles }: MfaPolicy, held: readonly RoleId[]): boolean {
  return mfa === 'required' && (mfaRoles.length === 0 || held.some((role) => mfaRoles.includes(role)))
}
