import type { Visit } from '../app.ts'
import { findSecuritySettings } from '../db/security-settings.ts'
import { notFromHere } from '../domain/ip-allowlist.ts'

/**
 * Lets go on who comes from an address that the organization takes sessions from. The first step of whatever ends in one,
 * or goes on with one, and of what opens the way there, such as an invitation or a new password: nothing is looked up for
 * anybody else, tried or written, and nobody learns whether what they present is right.
 */
export async function requireAddress({ db, ip, log }: Visit): Promise<void> {
  const refusal = notFromHere((await findSecuritySettings(db)).ipAllowlist, ip)
  if (refusal === null) return
  log.warn({ ip }, 'a sign-in was refused for its address')
  throw refusal
}
