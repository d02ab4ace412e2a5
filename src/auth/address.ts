import type { App } from '../app.ts'
import { notFromHere } from '../domain/ip-allowlist.ts'

/**
 * Lets go on who comes from one of these addresses; from any, when there are none. For who has a session or token that is
 * good: it may be in other hands, so it is logged whose it is.
 */
export function requireAddress(
  { log }: App,
  { id, ipAllowlist }: { id: string; ipAllowlist: readonly string[] },
  ip: string | null,
): void {
  const refusal = notFromHere(ipAllowlist, ip)
  if (refusal === null) return
  log.warn({ holder: id, ip }, 'a session or token was refused for its address')
  throw refusal
}
