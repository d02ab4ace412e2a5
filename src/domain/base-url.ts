import { ipAllowed, parseIpAllowlist } from './ip-allowlist.ts'

/** Where a secret may travel without TLS: this machine and private networks, by address or by the names used there. */
const PRIVATE_NETWORKS = parseIpAllowlist([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
])
const PRIVATE_NAME = /^(?:[^.]+|.+\.(?:internal|local|localhost|lan|svc|home\.arpa))$/

/** What is wrong with the address of a provider's API, or null. Its secrets go wherever this points. */
export function baseUrlProblem(text: string): string | null {
  const url = URL.parse(text)
  if (!url || !/^https?:\/\//i.test(text)) return 'expected an address such as https://api.openai.com/v1'
  if (url.username || url.password) return 'put no user or password into the address'
  if (/[?#\\\s]/.test(text)) return 'put no query, fragment, blank or backslash into the address'
  if (url.protocol === 'http:' && !isPrivateHost(url.hostname)) {
    return 'use https: the secret would cross a public network in the clear'
  }
  return null
}

/** One spelling for one address: lower-case host, no default port, no slash at the end. */
export function normalizeBaseUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '')
}

/** Whether a name or an address (brackets of IPv6 or not) is one of this machine or of a private network. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  const literal = host.includes(':') || /^[\d.]+$/.test(host)
  return literal ? ipAllowed(PRIVATE_NETWORKS, host) : PRIVATE_NAME.test(host)
}
