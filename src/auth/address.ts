import type { App } from '../app.ts'
import { AppError } from '../domain/errors.ts'
import { ipAllowed, parseIpAllowlist } from '../domain/ip-allowlist.ts'

/**
 * Lets go on who comes from one of these addresses; from any, when there are none. For who has a session or token that is
 * good: it may be in other hands, so it is logged whose it is.
 */
export function requireAddress(
  { log }: App,
  holder: { id: string; ipAllowlist: readonly string[] },
  ip: string | null,
): void {
  const { id, ipAllowlist } = holder
  if (ipAllowlist.length === 0) return
  if (ip !== null && ipAllowed(parseIpAllowlist(ipAllowlist), ip)) return
  log.warn({ holder: id, ip }, 'a session or token was refused for its address')
  throw new AppError(
    'ip_not_allowed',
    `The organization takes no session or API token from ${ip ?? 'an unknown address'}. An owner changes that under Settings, Network.`,
  )
}
