import { execFile } from 'node:child_process'
import dns from 'node:dns'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type TLSSocket,
} from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Certificate, makeCertificate } from '../test/certificate.ts'
import { post, rawPeer, until } from '../test/raw-peer.ts'
import { createEgress } from './egress.ts'

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

/** The names that our resolver knows, and their addresses; every look-up of one takes the next of its answers. */
const zone = new Map<string, string[][]>()
const realLookup = dns.lookup
let lookups = 0

function lookUp(name: string, options: dns.LookupAllOptions, answer: Answered): void {
  const answers = zone.get(name)
  if (!answers) {
    realLookup(name, options, answer)
    return
  }
  lookups++
  const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? []
  const error =
    addresses.length > 0 ? null : Object.assign(new Error(`who is ${name}?`), { code: 'ENOTFOUND' })
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  process.nextTick(answer, error, all)
}
type Answered = (error: NodeJS.ErrnoException | null, all: dns.LookupAddress[]) => void

beforeAll(() => {
  // Of the overloads this is the one that is used: all addresses are asked for.
  dns.lookup = lookUp as typeof dns.lookup
  syncBuiltinESMExports()
})
afterAll(() => {
  dns.lookup = realLookup
  syncBuiltinESMExports()
})
beforeEach(() => {
  zone.clear()
  lookups = 0
})

function egressTo(...privateUpstreams: string[]) {
  const egress = createEgress({ privateUpstreams })
  return Object.assign(egress, { [Symbol.dispose]: () => egress.close() })
}

describe('an address that is not public is refused, literal or behind a name', () => {
  const here = ['0.0.0.0', '0.255.255.255', '127.0.0.1', '127.0.0.53', '127.255.255.254', '::', '::1']
  const privateNetworks = [
    ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.254', '192.168.0.1', '192.168.255.254'],
    ...['100.64.0.1', '100.127.255.254', 'fc00::1', 'fd12:3456:789a::1', 'fdff:ffff::1', 'fec0::1'],
  ]
  const linkLocal = ['169.254.0.1', '169.254.255.254', 'fe80::1', 'febf::1']
  const metadata = [
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
  ]
  const manyOrNone = [
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    'ff02::1',
    'ff0e::1',
    '100::1',
  ]
  const paper = [
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '198.19.255.254',
    '2001:db8::1',
    '3fff::1',
  ]
  const hiddenIpv4 = [
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:7f00:1'],
    ...['::127.0.0.1', '::7f00:1', '::a00:1', '::ffff:0:127.0.0.1', '::ffff:0:7f00:1'],
    ...['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::7f00:1'],
    ...['2002:7f00:1::', '2002:a9fe:a9fe::1', '2001:0:7f00:1::', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ...['192.88.99.1', '5f00::1'],
  ]
  const all = [...here, ...privateNetworks, ...linkLocal, ...metadata, ...manyOrNone, ...paper, ...hiddenIpv4]
  test.each(all)('%s', async (address) => {
    using egress = egressTo()
    zone.set('inside.test', [[address]])
    const literal = address.includes(':') ? `[${address}]` : address
    const asked = [
      post(egress.destination(`http://${literal}:9`)),
      post(egress.destination('http://inside.test:9')),
    ]
    await Promise.all(asked.map(({ finished }) => finished))
    expect(asked.map(({ events }) => events)).toEqual([['error forbidden'], ['error forbidden']])
  })

  test('also by the names of this machine, and not even tried', async () => {
    await using peer = await rawPeer((socket) => socket.write(HELLO))
    using egress = egressTo()
    for (const host of [
      'localhost',
      'LOCALHOST',
      'localhost.',
      '127.1',
      '0x7f000001',
      '2130706433',
      '[::1]',
    ]) {
      const heard = post(egress.destination(`http://${host}:${peer.port}`))
      await heard.finished
      expect(heard.error?.kind, host).toMatch(/forbidden|connect/)
    }
    expect(peer.opened).toBe(0)
  })
})

describe('the address that was checked is the one that is connected to', () => {
  /** Answers with the address at which it was reached. */
  const mirror = () =>
    rawPeer((socket) => {
      const address = socket.localAddress ?? ''
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${address.length}\r\n\r\n${address}`)
    })

  test('a name is looked up once for a connection, so a second answer changes nothing', async () => {
    await using peer = await mirror()
    using egress = egressTo('127.0.0.2')
    zone.set('rebinds.test', [['127.0.0.2'], ['127.0.0.1']])
    const destination = egress.destination(`http://rebinds.test:${peer.port}`)
    const first = post(destination)
    await first.finished
    expect(first.body).toBe('::ffff:127.0.0.2')
    expect(lookups).toBe(1)
    await until('the connection is closed', () => peer.open.size === 0)
    const second = post(destination)
    await second.finished
    expect(second.events).toEqual(['error forbidden'])
    expect(peer.opened).toBe(1)
  })

  test.each([
    ['both IPv4', ['127.0.0.1', '127.0.0.2']],
    ['an IPv6 that is not, first', ['::1', '127.0.0.2']],
    ['an IPv6 that is not, last', ['127.0.0.2', '::1']],
    ['a hidden IPv4', ['::ffff:127.0.0.1', '127.0.0.2', 'fd00::1']],
  ])('of several addresses only those that may be used are tried: %s', async (_, addresses) => {
    await using peer = await mirror()
    using egress = egressTo('127.0.0.2')
    zone.set('mixed.test', [addresses])
    const heard = post(egress.destination(`http://mixed.test:${peer.port}`))
    await heard.finished
    expect(heard.body).toBe('::ffff:127.0.0.2')
    expect(peer.opened).toBe(1)
  })

  test('an address that does not answer is passed over for the next', async () => {
    await using peer = await mirror()
    using egress = egressTo('::1', 'fd00::/8', '127.0.0.2')
    zone.set('half.test', [['fd00::dead', '127.0.0.2']])
    const heard = post(egress.destination(`http://half.test:${peer.port}`))
    await heard.finished
    expect(heard.body).toBe('::ffff:127.0.0.2')
  })

  test('a name that nobody knows is an error, and no crash', async () => {
    using egress = egressTo()
    zone.set('nowhere.test', [[]])
    const heard = post(egress.destination('http://nowhere.test'))
    await heard.finished
    expect(heard.events).toEqual(['error connect'])
  })
})

test('what is not HTTP is no destination', () => {
  using egress = egressTo()
  for (const url of [
    'ftp://a.test',
    'file:///etc/passwd',
    'gopher://a.test',
    'data:,x',
    'unix:/run/x.sock',
  ]) {
    expect(() => egress.destination(url), url).toThrow('is not HTTP')
  }
})

describe('TLS', () => {
  const authority = makeCertificate('Authority of the test')
  const rightName = makeCertificate('right.test', authority)
  const trusted = getCACertificates('default')
  beforeAll(() => setDefaultCACertificates([...trusted, authority.certPem]))
  afterAll(() => setDefaultCACertificates(trusted))
  afterEach(() => {
    vi.unstubAllEnvs()
  })
  beforeEach(() => {
    zone.set('right.test', [['127.0.0.1']])
    zone.set('wrong.test', [['127.0.0.1']])
  })

  const tlsPeer = (
    { keyPem, certPem }: Certificate,
    answer: (socket: Socket) => void = (socket) => socket.end(HELLO),
    maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
  ) => {
    const old = maxVersion === 'TLSv1.1' && ({ minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const)
    return rawPeer(
      answer,
      createTlsServer({ key: keyPem, cert: certPem, maxVersion, ...old }),
      'secureConnection',
    )
  }

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s: a name that the certificate has is believed, also when the session is resumed',
    async (version) => {
      const asked: unknown[] = []
      const resumed: boolean[] = []
      const look = (socket: Socket) => {
        const { servername, isSessionReused } = socket as TLSSocket & { servername: unknown }
        asked.push(servername)
        resumed.push(isSessionReused.call(socket))
        socket.end(HELLO)
      }
      await using peer = await tlsPeer(rightName, look, version)
      using egress = egressTo('127.0.0.1')
      for (let i = 0; i < 2; i++) {
        const heard = post(egress.destination(`https://right.test:${peer.port}`))
        await heard.finished
        expect(heard.body).toBe('hello')
        await until('the connection is closed', () => peer.open.size === 0)
      }
      expect(asked[0]).toBe('right.test')
      expect(resumed).toEqual([false, true])
    },
  )

  const impostors: [name: string, certificate: Certificate, code: string][] = [
    ['one that signed itself', makeCertificate('wrong.test'), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'one of an unknown authority',
      makeCertificate('wrong.test', makeCertificate('Nobody')),
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    ['one for another name', rightName, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ]
  describe.each(impostors)('a certificate is refused: %s', (_, certificate, code) => {
    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      '%s, every time, and nothing was said to it',
      async (version) => {
        await using peer = await tlsPeer(certificate, undefined, version)
        using egress = egressTo('127.0.0.1')
        const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
        process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
        for (let i = 0; i < 3; i++) {
          const heard = post(egress.destination(`https://wrong.test:${peer.port}`))
          await heard.finished
          expect(heard.events).toEqual(['error connect'])
          expect(heard.error?.cause).toMatchObject({ code })
        }
        if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
        await until('every connection is closed', () => peer.open.size === 0)
        expect(peer.requests).toEqual([])
      },
    )
  })

  test('a version before 1.2 is refused', async () => {
    await using peer = await tlsPeer(rightName, undefined, 'TLSv1.1')
    using egress = egressTo('127.0.0.1')
    const heard = post(egress.destination(`https://right.test:${peer.port}`))
    await heard.finished
    expect(heard.events).toEqual(['error connect'])
    expect(peer.requests).toEqual([])
  })

  test('a large answer arrives whole, though it is held back again and again', async () => {
    const body = Buffer.alloc(5_000_000, 'claviger ')
    await using peer = await tlsPeer(rightName, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
      socket.write(body)
    })
    using egress = egressTo('127.0.0.1')
    const parts: Buffer[] = []
    const heard = post(egress.destination(`https://right.test:${peer.port}`), '{}', (exchange, bytes) => {
      parts.push(Buffer.from(bytes))
      exchange.pause()
      setImmediate(() => exchange.resume())
    })
    await heard.finished
    expect(heard.events).toEqual(['head 200', 'end'])
    expect(Buffer.concat(parts).equals(body)).toBe(true)
  })

  test('an answer that is given up closes its connection', async () => {
    await using peer = await tlsPeer(rightName, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nhello')
    })
    using egress = egressTo('127.0.0.1')
    const heard = post(egress.destination(`https://right.test:${peer.port}`))
    await until('the answer began', () => heard.body === 'hello')
    heard.exchange.abort()
    await until('the connection is closed', () => peer.open.size === 0)
    expect(heard.events).toEqual(['head 200', 'data'])
  })

  test('an authority of NODE_EXTRA_CA_CERTS is believed, and by no process without it', async () => {
    const own = makeCertificate('Authority of the company')
    const directory = await mkdtemp(join(tmpdir(), 'claviger-ca-'))
    const file = join(directory, 'ca.pem')
    await writeFile(file, own.certPem)
    await using peer = await tlsPeer(makeCertificate('localhost', own))
    const program = `
      import { createEgress } from ${JSON.stringify(new URL('./egress.ts', import.meta.url).href)}
      const egress = createEgress({ privateUpstreams: ['127.0.0.1', '::1'] })
      const say = (word) => { console.log(word); egress.close() }
      egress.destination('https://localhost:${peer.port}').send('GET / HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n', '', {
        onHead: (status) => say(status), onData() {}, onEnd() {}, onError: (error) => say(error.cause.code),
      })`
    const run = async (env: NodeJS.ProcessEnv) => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
        env,
      })
      return stdout.trim()
    }
    const { NODE_EXTRA_CA_CERTS: _, ...plain } = process.env
    expect(await run({ ...plain, NODE_EXTRA_CA_CERTS: file })).toBe('200')
    expect(await run(plain)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    await rm(directory, { recursive: true })
  })
})
