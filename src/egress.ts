import { lookup as resolve } from 'node:dns'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { parseIpAllowlist } from './domain/ip-allowlist.ts'
import { type AnswerHandler, ConnectionPool, EgressError, type Exchange, type Peer } from './http1-pool.ts'
import { mayConnectTo } from './outbound-addresses.ts'

/** Where requests go: one origin, with a path that everything on it starts with. */
export type Destination = {
  /** For the `Host` header. */
  host: string
  basePath: string
  /**
   * Sends one request: its whole head, and its body as text of one byte per character. The handler hears
   * everything that comes of it, starting after this call returns.
   */
  send(head: string, body: string, handler: AnswerHandler): Exchange
}

/** The one place that opens outbound connections: HTTP/1.1, pooled, TLS always verified, no proxies, no redirects. */
export type Egress = {
  destination(baseUrl: string): Destination
  /**
   * A connection for another protocol than HTTP, to an address that the operator configured: it may be private. With
   * TLS its certificate is verified. Errors are the socket's.
   */
  connect(to: { host: string; port: number; secure: boolean }): Socket
  close(): void
}

const SWEEP_MS = 1000

/** `privateUpstreams`: ranges that are not public and may be connected to all the same. */
export function createEgress({ privateUpstreams }: { privateUpstreams: readonly string[] }): Egress {
  const opened = parseIpAllowlist(privateUpstreams)
  const allowed = (address: string) => mayConnectTo(address, opened)
  const pools = new Map<string, ConnectionPool>()
  const sweep = setInterval(() => {
    for (const pool of pools.values()) pool.sweep()
  }, SWEEP_MS)
  sweep.unref()

  return {
    destination(baseUrl) {
      const url = new URL(baseUrl)
      const peer = peerOf(url, allowed)
      const pool = pools.get(url.origin) ?? new ConnectionPool(peer)
      pools.set(url.origin, pool)
      return {
        host: url.host,
        basePath: url.pathname.replace(/\/+$/, ''),
        send: (head, body, handler) => pool.send(head, body, handler),
      }
    },
    connect: ({ host, port, secure }) =>
      secure
        ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : connectTcp({ host, port }),
    close() {
      clearInterval(sweep)
      for (const pool of pools.values()) pool.close()
    },
  }
}

function peerOf(url: URL, allowed: (address: string) => boolean): Peer {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError(`${url.protocol} is not HTTP`)
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return {
    host,
    port: Number(url.port || (secure ? 443 : 80)),
    secure,
    // A literal address is never looked up, so it is checked here.
    forbidden: isIP(host) !== 0 && !allowed(host) ? notAllowed([host]) : null,
    lookup: checkedLookup(allowed),
  }
}

/** Resolves a name to the addresses we may connect to. What is checked here is what is connected to. */
function checkedLookup(allowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const usable = addresses.filter(({ address }) => allowed(address))
      const [first] = usable
      if (!first)
        return callback(
          notAllowed(
            addresses.map(({ address }) => address),
            hostname,
          ),
          [],
        )
      if (options.all) return callback(null, usable)
      callback(null, first.address, first.family)
    })
  }
}

/** For the operator, who can change it. Callers of the gateway are told less. */
function notAllowed(addresses: string[], hostname?: string): EgressError {
  const where = addresses.join(',')
  return new EgressError(
    'forbidden',
    `${hostname === undefined ? where : `${hostname} (${where})`} is not a public address. ` +
      `To allow providers there, restart Claviger with CLAVIGER_PRIVATE_UPSTREAMS=${where} or its network.`,
  )
}
