import { AppError } from './errors.ts'
import { ADDRESS_BITS, IPV4_OFFSET_BITS, type IpAddress, isIpv4, parseIp } from './ip-address.ts'

/** An address, or all that share its first `bits`. */
export type IpRange = { address: IpAddress; bits: number }

/** Reads `203.0.113.7`, `10.0.0.0/8` or `2001:db8::/32`; or says what is wrong with it. */
export function parseIpRange(text: string): IpRange | { problem: string } {
  const [host = '', length, ...rest] = text.split('/')
  const address = parseIp(host)
  if (!address || rest.length > 0)
    return { problem: `"${text}" is not an address or a range such as 10.0.0.0/8` }
  const ipv4 = isIpv4(address)
  if (ipv4 && host.includes(':')) return { problem: `write the IPv4 range "${text}" without ::ffff:` }
  if (length === undefined) return { address, bits: ADDRESS_BITS }
  const most = ipv4 ? ADDRESS_BITS - IPV4_OFFSET_BITS : ADDRESS_BITS
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > most) {
    return { problem: `"/${length}" is not a prefix length from 1 to ${most}` }
  }
  if (length === '0') return { problem: `"${text}" holds every address` }
  const bits = Number(length) + (ipv4 ? IPV4_OFFSET_BITS : 0)
  if (hasHostBits(address, bits)) return { problem: `"${text}" has bits set after the first ${length}` }
  return { address, bits }
}

/** The ranges of a stored list. It was checked when it was written, so one that cannot be read is a bug. */
export function parseIpAllowlist(texts: readonly string[]): IpRange[] {
  return texts.map((text) => {
    const range = parseIpRange(text)
    if ('problem' in range) throw new Error(range.problem)
    return range
  })
}

/** True when the client at `ip` is in one of the ranges. What is not an address is in none. */
export function ipAllowed(ranges: readonly IpRange[], ip: string): boolean {
  const address = parseIp(ip)
  return address !== null && ranges.some((range) => contains(range, address))
}

/** The refusal of who comes from none of these addresses; null for anybody while there are none. */
export function notFromHere(ipAllowlist: readonly string[], ip: string | null): AppError | null {
  if (ipAllowlist.length === 0) return null
  if (ip !== null && ipAllowed(parseIpAllowlist(ipAllowlist), ip)) return null
  return new AppError(
    'ip_not_allowed',
    `The organization takes no session or API token from ${ip ?? 'an unknown address'}. An owner changes that under Settings, Network.`,
  )
}

function contains(range: IpRange, address: IpAddress): boolean {
  // Else a short IPv6 range such as ::/64 would let in every mapped IPv4 client.
  if (isIpv4(range.address) !== isIpv4(address)) return false
  return address.every((group, i) => {
    const mask = groupMask(range.bits, i)
    return (group & mask) === ((range.address[i] ?? 0) & mask)
  })
}

function hasHostBits(address: IpAddress, bits: number): boolean {
  return address.some((group, i) => (group & ~groupMask(bits, i)) !== 0)
}

/** Which of the bits of group `i` are among the first `bits` of the address. */
function groupMask(bits: number, i: number): number {
  const within = Math.min(Math.max(bits - 16 * i, 0), 16)
  return (0xffff << (16 - within)) & 0xffff
}
