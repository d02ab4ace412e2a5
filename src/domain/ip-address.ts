/**
 * An address as eight 16-bit groups. An IPv4 address is kept in its mapped form (`::ffff:a.b.c.d`), so the two
 * spellings of one client are one value.
 */
export type IpAddress = readonly number[]

export const ADDRESS_BITS = 128
const GROUPS = 8
/** Where the IPv4 address begins in its mapped form. */
export const IPV4_OFFSET_BITS = 96

/** Reads an address as sockets and people write it; null when it is not exactly one. Zones (`%eth0`) are refused. */
export function parseIp(text: string): IpAddress | null {
  return text.includes(':') ? parseIpv6(text) : mapped(parseIpv4(text))
}

export function isIpv4(address: IpAddress): boolean {
  return address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0)
}

function mapped(ipv4: readonly number[] | null): IpAddress | null {
  return ipv4 && [0, 0, 0, 0, 0, 0xffff, ...ipv4]
}

/** Two groups. No octal (`010.0.0.1`), no shorthand (`1.2.3`): readers disagree about those. */
function parseIpv4(text: string): number[] | null {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return null
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return Math.max(a, b, c, d) > 255 ? null : [a * 256 + b, c * 256 + d]
}

function parseIpv6(text: string): IpAddress | null {
  const halves = text.split('::')
  const [left, right] = halves.map(parseGroups)
  if (!left || halves.length > 2) return null
  if (right === undefined) return left.length === GROUPS && !hasEarlyIpv4(text) ? left : null
  if (right === null || left.length + right.length >= GROUPS || hasEarlyIpv4(text)) return null
  return [...left, ...Array(GROUPS - left.length - right.length).fill(0), ...right]
}

/** A dotted quad may only end an IPv6 address. */
function hasEarlyIpv4(text: string): boolean {
  return text.slice(0, text.lastIndexOf(':')).includes('.')
}

function parseGroups(text: string): number[] | null {
  const groups: number[] = []
  for (const part of text === '' ? [] : text.split(':')) {
    const group = /^[0-9a-f]{1,4}$/i.test(part) ? [Number.parseInt(part, 16)] : parseIpv4(part)
    if (!group) return null
    groups.push(...group)
  }
  return groups
}
