import { parseIp } from './ip-address.ts'
import { type IpRange, ipAllowed } from './ip-allowlist.ts'

const MAX_HOPS = 64

/**
 * The address of the caller: of the connection, or, when that is a proxy we trust, the right-most address in
 * `X-Forwarded-For` that is not one. What stands to the left of it can be invented by anybody.
 * Null when a trusted proxy names something that is not an address.
 */
export function clientIp(
  remote: string | undefined,
  forwardedFor: string,
  trusted: readonly IpRange[],
): string | null {
  const connected = plain(remote ?? '')
  if (trusted.length === 0 || forwardedFor === '' || !ipAllowed(trusted, connected)) return connected || null
  const hops = forwardedFor.split(',').slice(-MAX_HOPS).reverse()
  for (const hop of hops) {
    const address = addressIn(hop.trim())
    if (address === null) return null
    if (!ipAllowed(trusted, address)) return address
  }
  return addressIn(hops.at(-1)?.trim() ?? '')
}

/** Without the mapping of an IPv4 address, and without the interface of a link-local one (`%eth0`). */
function plain(address: string): string {
  const [plainly = ''] = address.split('%', 1)
  return plainly.startsWith('::ffff:') && plainly.includes('.') ? plainly.slice(7) : plainly
}

/** `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`. */
function addressIn(hop: string): string | null {
  const address =
    /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop
  return parseIp(address) === null ? null : plain(address)
}
