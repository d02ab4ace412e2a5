import { z } from 'zod'
import { MFA } from '../domain/mfa-policy.ts'
import { operation } from './operation.ts'
import { IpRangeText } from './policies.ts'
import { RoleRef } from './roles.ts'

const settings = {
  /**
   * `off`: nothing is confirmed with one either. Who has one is asked for it at sign-in in any case. `passkeys`: as
   * `required`, and only a passkey is one.
   */
  mfa: z.enum(MFA),
  /** With `required` and `passkeys`: of those who hold one of these roles; empty is everybody. */
  mfaRoles: z.array(RoleRef).max(50),
  sessionIdleMinutes: z.int().min(5).max(43_200),
  sessionHours: z.int().min(1).max(2160),
  /** From where sessions and API tokens are taken; empty is anywhere. Keys for the gateway go by policies. */
  ipAllowlist: z.array(IpRangeText).max(200),
}

export const Security = z.object({ ...settings, version: z.int() }).meta({ id: 'Security' })

export const securityView = operation({
  name: 'securityView',
  method: 'GET',
  path: '/v1/security',
  summary: 'Show how people must sign in',
  permission: 'security:read',
  response: Security,
  examples: ['claviger security get'],
})

export const securityUpdate = operation({
  name: 'securityUpdate',
  method: 'PATCH',
  path: '/v1/security',
  summary: 'Change how people must sign in. It binds sessions that there are, too',
  permission: 'security:update',
  body: z.strictObject({
    mfa: settings.mfa
      .optional()
      .describe('a second factor: off, optional, required or, to accept nothing else, passkeys'),
    mfaRoles: settings.mfaRoles.optional().describe('of whom it is required; of everybody when empty'),
    sessionIdleMinutes: settings.sessionIdleMinutes.optional(),
    sessionHours: settings.sessionHours.optional(),
    ipAllowlist: settings.ipAllowlist
      .optional()
      .describe('addresses from which sessions and API tokens are taken; anywhere when empty'),
    shutMeOut: z
      .boolean()
      .optional()
      .describe('save such a list even though the address that you come from is not in it'),
  }),
  response: Security,
  examples: [
    'claviger security update --mfa required',
    'claviger security update --session-hours 24',
    'claviger security update --ip-allowlist 203.0.113.0/24 --ip-allowlist 2001:db8::/32',
  ],
})
