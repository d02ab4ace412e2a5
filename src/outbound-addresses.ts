import { parseIp } from './domain/ip-address.ts'
import { type IpRange, ipAllowed, parseIpAllowlist } from './domain/ip-allowlist.ts'

/**
 * Addresses that are not out there (RFC 6890 and its registries): this machine, private networks, cloud metadata
 * services, and the forms in which IPv6 hides an IPv4 address.
 */
const NOT_PUBLIC = parseIpAllowlist([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
])

/** True when we may connect to `address`: it is public, or in a range that the operator opened. */
export function mayConnectTo(address: string, opened: readonly IpRange[]): boolean {
  return parseIp(address) !== null && (ipAllowed(opened, address) || !ipAllowed(NOT_PUBLIC, address))
}
