import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPlainHead } from './http1-request.ts'

type Head = { method?: string | undefined; url?: string | undefined; headers: string[] }

const method = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('GET', 'POST', 'DELETE') },
  fc.constantFrom('PUT', 'post', 'GET '),
)
const target = fc.oneof(
  fc.constantFrom(
    '/v1/models',
    '/v1/chat/completions?beta=true',
    '/v1',
    '/v10',
    '/v1/a b',
    '/v1/#x',
    '*',
    'http://x/v1/',
  ),
  fc.string({ maxLength: 12 }).map((text) => `/v1/${text}`),
)
const version = fc.oneof(
  { weight: 9, arbitrary: fc.constant('HTTP/1.1') },
  fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 '),
)
const line = fc.oneof(
  fc.constantFrom('Content-Length: 5', 'connection: close', 'x-api-key: a', 'Accept: */*'),
  fc.constantFrom(
    'Host: x',
    'host:x:8484',
    'host: [::1]',
    'Content-Length: 5',
    'content-length: 0',
    'content-length: +5',
    'content-length: 5, 5',
    'Transfer-Encoding: chunked',
    'connection: close',
    'Connection: Keep-Alive',
    'connection: upgrade',
    'upgrade: websocket',
    'expect: 100-continue',
    'x-folded: a\r\n b',
    'x : blank',
    ': nameless',
    'no colon',
    'x: bare\rreturn',
    'x: bare\nfeed',
    'x: nul\0',
  ),
  fc
    .tuple(fc.stringMatching(/^[A-Za-z!#$%&'*+.^_`|~-]{1,12}$/), fc.string({ unit: 'binary', maxLength: 20 }))
    .map(([name, value]) => `${name}:${latin1(value)}`),
)
const end = fc.oneof({ weight: 9, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r'))
const head = fc
  .tuple(method, target, version, fc.array(fc.tuple(line, end), { maxLength: 6 }), fc.boolean())
  .map(([method, target, version, lines, hosted]) => {
    const first = `${method} ${latin1(target)} ${version}\r\n${hosted ? 'host: x\r\n' : ''}`
    return first + lines.map(([text, end]) => text + end).join('')
  })

test('whatever head is read as plain, node:http reads as well, and as the same', {
  timeout: 60_000,
}, async () => {
  const seen: Head[] = []
  const server = createServer({ insecureHTTPParser: false, requireHostHeader: true }, (request, response) => {
    seen.push({ method: request.method, url: request.url, headers: withLowerNames(request.rawHeaders) })
    request.resume().on('end', () => response.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let plain = 0
  let other = 0
  await fc.assert(
    fc.asyncProperty(head, async (text) => {
      const ours = readPlainHead(text)
      if (!ours) {
        other++
        return
      }
      plain++
      seen.length = 0
      await exchange((server.address() as AddressInfo).port, `${text}\r\n${'x'.repeat(ours.bodyBytes)}`)
      expect(seen).toEqual([{ method: ours.method, url: ours.url, headers: ours.rawHeaders }])
    }),
    { numRuns: 5000 },
  )
  server.close()
  // Else the test says nothing.
  expect(plain).toBeGreaterThan(200)
  expect(other).toBeGreaterThan(1000)
})

/** Sends a request and waits for one answer. */
function exchange(port: number, wire: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(wire, 'latin1'))
    socket.on('data', () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}

function withLowerNames(raw: readonly string[]): string[] {
  return raw.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
}

function latin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

test.each([
  ['a chunked body', 'POST /v1/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n'],
  ['an expectation', 'POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\nexpect: 100-continue\r\n'],
  ['an upgrade', 'GET /v1/x HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\n'],
  ['another connection option', 'GET /v1/x HTTP/1.1\r\nhost: x\r\nconnection: host\r\n'],
  ['two lengths', 'POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 1\r\n'],
  ['two hosts', 'GET /v1/x HTTP/1.1\r\nhost: x\r\nhost: x\r\n'],
  ['no host', 'GET /v1/x HTTP/1.1\r\nx: y\r\n'],
  ['a host that is none', 'GET /v1/x HTTP/1.1\r\nhost: x/?\r\n'],
  ['a body of a GET', 'GET /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n'],
  ['the control plane', 'GET /api/v1/teams HTTP/1.1\r\nhost: x\r\n'],
  ['a path that only begins alike', 'GET /v10/models HTTP/1.1\r\nhost: x\r\n'],
  ['101 headers', `GET /v1/x HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(100)}`],
])('%s is not plain', (_, text) => {
  expect(readPlainHead(text)).toBeNull()
})

test('names come in lower case, values without the blanks around them', () => {
  const text = 'POST /v1/x?y=1 HTTP/1.1\r\nHOST: x\r\nX-A: \t b c \r\nÀ-is-no-name'.slice(0, -12)
  expect(readPlainHead(`${text}Content-Length:7\r\nConnection: Close\r\n`)).toEqual({
    method: 'POST',
    url: '/v1/x?y=1',
    rawHeaders: ['host', 'x', 'x-a', 'b c', 'content-length', '7', 'connection', 'Close'],
    bodyBytes: 7,
    last: true,
  })
})
