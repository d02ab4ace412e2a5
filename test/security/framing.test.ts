import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../gateway-world.ts'
import { request, sendRaw } from './raw-client.ts'
import { BODY, CHAT, expectRow, expectServes, goodCall, goodLines, type Row } from './requests.ts'

let world: GatewayWorld

beforeAll(async () => {
  world = await gatewayWorld({ maxBodyBytes: 100_000 })
})
afterAll(() => world[Symbol.asyncDispose]())

const POST = `POST ${CHAT} HTTP/1.1`
const SIZE = BODY.length.toString(16)
const CHUNKED = 'transfer-encoding: chunked'
const IN_ONE_CHUNK = `${SIZE}\r\n${BODY}\r\n0\r\n\r\n`

const post = (lines: string[], body = '') => request(POST, [...goodLines(world), ...lines], body)
const chunks = (body: string) => post([CHUNKED], body)
const key = () => `authorization: Bearer ${world.key.secret}`
const token = () => `authorization: Bearer ${world.api.owner}`

/** Rows are made once the world is there; their names are known before. */
type Case = Omit<Row, 'bytes'> & { bytes: () => string }

const refused = (test: number, name: string, bytes: () => string, status = 400): Case => ({
  test,
  name,
  bytes,
  answers: [status],
  closes: true,
})

const WHERE_THE_BODY_ENDS: Case[] = [
  refused(87, 'CL.TE with a call behind it', () =>
    post([`content-length: ${5 + goodCall(world).length}`, CHUNKED], `0\r\n\r\n${goodCall(world)}`),
  ),
  refused(87, 'TE.CL with a call behind it', () =>
    post([CHUNKED, 'content-length: 4'], `5c\r\n${goodCall(world)}\r\n0\r\n\r\n`),
  ),
  ...[
    ['chunked, chunked', 'chunked', 'chunked'],
    ['chunked, then identity', 'chunked', 'identity'],
    ['identity, then chunked', 'identity', 'chunked'],
  ].map(([name, first, second]) =>
    refused(87, `TE.TE: ${name}, in two headers`, () =>
      post([`transfer-encoding: ${first}`, `transfer-encoding: ${second}`], IN_ONE_CHUNK),
    ),
  ),
  ...[
    'chunked, identity',
    'identity, chunked',
    'gzip, chunked',
    'xchunked',
    'identity',
    '"chunked"',
    '\x0bchunked',
    'chunked;q=1',
    ', chunked',
  ].map((coding) =>
    refused(87, `transfer-encoding: ${JSON.stringify(coding)}`, () =>
      post([`transfer-encoding: ${coding}`], IN_ONE_CHUNK),
    ),
  ),
  refused(87, 'transfer-encoding before a blank and its colon', () =>
    post(['transfer-encoding : chunked'], IN_ONE_CHUNK),
  ),
  refused(87, 'transfer-encoding in HTTP/1.0', () =>
    request(POST.replace('1.1', '1.0'), [...goodLines(world), CHUNKED], IN_ONE_CHUNK),
  ),
  refused(87, 'a chunk size that overflows', () => chunks(`fffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`)),
  refused(87, 'a chunk size that wraps around', () =>
    chunks(`10000000000000000${SIZE}\r\n${BODY}\r\n0\r\n\r\n`),
  ),
  refused(87, 'a chunk size with 0x', () => chunks(`0x${SIZE}\r\n${BODY}\r\n0\r\n\r\n`)),
  refused(87, 'a negative chunk size', () => chunks(`-1\r\n${BODY}\r\n0\r\n\r\n`)),
  refused(87, 'a chunk size with a blank', () => chunks(`${SIZE} \r\n${BODY}\r\n0\r\n\r\n`)),
  refused(87, 'no chunk size', () => chunks(`\r\n${BODY}\r\n0\r\n\r\n`)),
  refused(87, 'a chunk longer than it says', () =>
    chunks(`${(BODY.length - 3).toString(16)}\r\n${BODY}\r\n0\r\n\r\n`),
  ),
  refused(87, 'chunks with bare line feeds', () => chunks(`${SIZE}\n${BODY}\n0\n\n`)),
  refused(87, 'a chunk extension that ends in a bare line feed', () =>
    chunks(`${SIZE};a\n${BODY}\r\n0\r\n\r\n`),
  ),
  refused(87, 'a chunk extension with an open quote', () => chunks(`${SIZE};a="\r\n${BODY}\r\n0\r\n\r\n`)),
  refused(
    87,
    'a chunk extension of 20 KB',
    () => chunks(`${SIZE};a=${'b'.repeat(20_000)}\r\n${BODY}\r\n0\r\n\r\n`),
    413,
  ),
  refused(
    87,
    'chunks beyond the largest body',
    () => chunks(`${'ffff\r\n'}${'x'.repeat(0xffff)}\r\n`.repeat(2)),
    413,
  ),
  refused(87, 'content-length in a trailer', () =>
    chunks(`${SIZE}\r\n${BODY}\r\n0\r\ncontent-length: 5\r\n\r\n`),
  ),
  {
    test: 87,
    name: 'a plain chunk extension, which means nothing',
    bytes: () => chunks(`${SIZE};a=b\r\n${BODY}\r\n0\r\n\r\n`),
    answers: [200],
    calls: 1,
  },
  refused(
    87,
    'a key in a trailer only',
    () =>
      request(
        POST,
        ['host: x', 'content-type: application/json', CHUNKED, 'trailer: authorization'],
        `${SIZE}\r\n${BODY}\r\n0\r\n${key()}\r\n\r\n`,
      ),
    401,
  ),
  ...['+5', '-5', '5, 5', '5 5', '0x5', '1e1', '5;', '', '99999999999999999999', '٥'].map((length) =>
    refused(87, `content-length: ${JSON.stringify(length)}`, () =>
      post([`content-length: ${length}`], 'hello'),
    ),
  ),
  refused(87, 'two lengths', () => post(['content-length: 5', 'content-length: 6'], 'hello!')),
  refused(87, 'the same length twice', () => post(['content-length: 5', 'content-length: 5'], 'hello')),
]

const WHAT_THE_HEAD_SAYS: Case[] = [
  ...['x/?', 'x/#', 'x/../api', 'a b', 'user@x', 'x:y', 'x,y', '[::1', 'x\\y', '', '\x80'].flatMap((host) =>
    ['/v1/models', '/api/v1/teams', '/livez'].map((path) => ({
      ...refused(88, `host: ${JSON.stringify(host)} for ${path}`, () =>
        request(`GET ${path} HTTP/1.1`, [`host: ${host}`, path.startsWith('/api') ? token() : key()]),
      ),
      ...(path === '/v1/models' ? { closes: undefined } : {}),
    })),
  ),
  ...['/v1/models', '/api/v1/teams', '/livez'].flatMap((path) => {
    const auth = () => (path.startsWith('/api') ? token() : key())
    const get = (lines: string[], target = path, method = 'GET') =>
      request(`${method} ${target} HTTP/1.1`, [...lines, auth(), 'connection: close'])
    return [
      refused(88, `two hosts for ${path}`, () => get(['host: x', 'host: y'])),
      refused(88, `the same host twice for ${path}`, () => get(['host: x', 'host: x'])),
      refused(88, `no host for ${path}`, () => get([])),
      refused(88, `${path} in absolute form`, () => get(['host: x'], `http://x${path}`)),
      refused(88, `TRACE ${path}`, () => get(['host: x'], path, 'TRACE'), 405),
      refused(88, `OPTIONS ${path}`, () => get(['host: x'], path, 'OPTIONS'), 405),
      refused(2, `two authorizations for ${path}`, () => get(['host: x', 'authorization: Bearer x'])),
      refused(2, `the same authorization twice for ${path}`, () => get(['host: x', auth()])),
      refused(94, `17 KB of headers for ${path}`, () => get(['host: x', `a: ${'b'.repeat(17_000)}`]), 431),
      refused(
        94,
        `2,000 headers for ${path}`,
        () => get(['host: x', ...Array.from({ length: 2000 }, (_, i) => `${i.toString(36)}: b`)]),
        431,
      ),
      refused(94, `a carriage return in a header for ${path}`, () => get(['host: x', 'x-request-id: a\rb'])),
      refused(14, `a NUL in a header for ${path}`, () => get(['host: x', 'x-a: b\0c'])),
      refused(87, `a folded header for ${path}`, () => get(['host: x', 'x-a: b\r\n c'])),
      refused(87, `a blank before a colon for ${path}`, () => get(['host: x', 'x-a : b'])),
      {
        test: 93,
        name: `headers that are named like members of every object, for ${path}`,
        answers: [200],
        bytes: () =>
          get([
            'host: x',
            '__proto__: x',
            '__proto__: y',
            'constructor: z',
            'hasownproperty: q',
            'x_forwarded_for: 1.2.3.4',
          ]),
      },
      {
        test: 88,
        name: `an upgrade nobody offers, for ${path}, is ignored`,
        answers: [200],
        bytes: () =>
          request(`GET ${path} HTTP/1.1`, ['host: x', auth(), 'connection: upgrade', 'upgrade: websocket']),
      },
      {
        test: 98,
        name: `an upgrade to HTTP/2, for ${path}, is ignored`,
        answers: [200],
        bytes: () =>
          request(`GET ${path} HTTP/1.1`, [
            'host: x',
            auth(),
            'connection: upgrade, http2-settings',
            'upgrade: h2c',
            'http2-settings: AAMAAABkAAQAAP__',
          ]),
      },
    ]
  }),
  refused(88, 'OPTIONS *', () => request('OPTIONS * HTTP/1.1', ['host: x'])),
  {
    test: 88,
    name: 'CONNECT',
    bytes: () => request('CONNECT x:443 HTTP/1.1', ['host: x:443', key()]),
    answers: [],
    closes: true,
  },
  refused(132, 'the PROXY protocol', () => `PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n${goodCall(world)}`),
  refused(87, 'bare line feeds', () => goodCall(world).replaceAll('\r\n', '\n')),
  refused(87, 'a bare carriage return', () => goodCall(world).replace('host: x\r\n', 'host: x\r')),
  refused(87, 'a blank before the first line', () => ` ${goodCall(world)}`),
  refused(87, 'a method in lower case', () => goodCall(world).replace('POST', 'post')),
  refused(88, 'HTTP/0.9', () => 'GET /v1/models\r\n\r\n'),
  refused(88, 'HTTP/9.9', () => request('GET /v1/models HTTP/9.9', ['host: x', key()])),
  refused(98, 'HTTP/2 without asking', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  refused(88, 'the beginning of TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
]

/** As a good call or a good request of the owner, but for the path. */
const PATHS: Case[] = [
  ...[
    ['//v1/chat/completions', 400],
    ['/v1//chat/completions', 404],
    ['/v1/../api/v1/teams', 404],
    ['/v1/../v1/chat/completions', 404],
    ['/v1/%2e%2e/v1/chat/completions', 404],
    ['/v1/chat%2fcompletions', 404],
    ['/v1/chat%252fcompletions', 404],
    ['/v1/chat%5ccompletions', 404],
    ['/v1/chat\\completions', 404],
    ['/v1/%63hat/completions', 404],
    ['/v1/chat/completions/', 404],
    ['/v1/chat/completions.', 404],
    ['/v1/chat/completions/.', 404],
    ['/v1/chat/completions;x=y', 404],
    ['/v1/chat/completions%00', 404],
    ['/v1/chat/completions%c0%ae', 404],
    ['/v1/CHAT/completions', 404],
    ['/V1/chat/completions', 404],
    ['/v1/chat/completions#x', 404],
    ['/v1/responses/../chat/completions', 404],
    ['/v1/responses/%2e%2e/cancel', 404],
    ['/v1/responses/resp_a%2fb', 404],
    ['/api/../v1/chat/completions', 400],
    ['/x/../v1/chat/completions', 400],
    ['/v1%2fchat/completions', 400],
    ['\\v1\\chat\\completions', 400],
    ['/v1/chat/completions\0', 400],
    ['/v1/chat/completions\xc0\xae', 400],
  ].map(([path, status]) => ({
    test: 89,
    name: `a call to ${JSON.stringify(path)}`,
    bytes: () =>
      request(`POST ${path} HTTP/1.1`, [...goodLines(world), `content-length: ${BODY.length}`], BODY),
    answers: [Number(status)],
  })),
  ...[
    ['/api/v1/teams/', 404],
    ['/api/v1/teams.', 404],
    ['/api/v1/teams;x', 404],
    ['/API/v1/teams', 404],
    ['/api/v1/./teams', 400],
    ['/api//v1/teams', 400],
    ['//api/v1/teams', 400],
    ['/api/v1/%74eams', 400],
    ['/%61pi/v1/teams', 400],
    ['/livez/../api/v1/teams', 400],
    ['/api/v1/x/../teams', 400],
    ['/api/v1/x/%2e%2e/teams', 400],
    ['/api/v1/x/.%2E/teams', 400],
    ['/api/v1/x%2f..%2fteams', 400],
    ['/api/v1\\teams', 400],
    ['/api/v1/teams%5c', 400],
    ['/api/v1/teams%00', 400],
    ['/api/v1/teams#x', 400],
    ['/api/v1/teams/%252e%252e', 400],
    ['/.//api/v1/teams', 400],
    ['/%6civez', 400],
    ['/metrics/../metrics', 400],
  ].map(([path, status]) => ({
    test: 89,
    name: `the owner at ${JSON.stringify(path)}`,
    bytes: () => request(`GET ${path} HTTP/1.1`, ['host: x', token()]),
    answers: [Number(status)],
  })),
]

const WHAT_FOLLOWS: Case[] = [
  refused(
    90,
    'a call behind one with a wrong key',
    () => request(POST, ['host: x', 'authorization: Bearer x', 'content-length: 1'], `{${goodCall(world)}`),
    401,
  ),
  refused(
    90,
    'a call in the body of one with a wrong key',
    () => request(POST, ['host: x', 'authorization: Bearer x', 'content-length: 1000'], goodCall(world)),
    401,
  ),
  refused(
    90,
    'a call behind one that is too large',
    () => post(['content-length: 200000'], goodCall(world)),
    413,
  ),
  refused(
    90,
    'a call behind one of another type',
    () =>
      request(
        POST,
        ['host: x', key(), 'content-type: text/plain', 'content-length: 1'],
        `{${goodCall(world)}`,
      ),
    415,
  ),
  refused(
    90,
    'a call behind a request to the control plane with a wrong token',
    () =>
      request(
        'POST /api/v1/teams HTTP/1.1',
        ['host: x', 'authorization: Bearer x', 'content-length: 1'],
        `{${goodCall(world)}`,
      ),
    401,
  ),
  refused(
    90,
    'a call in the body of a request to the control plane with a wrong token',
    () =>
      request(
        'POST /api/v1/teams HTTP/1.1',
        ['host: x', 'authorization: Bearer x', 'content-length: 1000'],
        goodCall(world),
      ),
    401,
  ),
  refused(
    90,
    'a call behind a request to the control plane that is too large',
    () =>
      request(
        'POST /api/v1/teams HTTP/1.1',
        ['host: x', token(), 'content-type: application/json', 'content-length: 2000000'],
        'x'.repeat(1_500_000) + goodCall(world),
      ),
    413,
  ),
  {
    test: 90,
    name: 'a call behind another that is still under way',
    bytes: () => goodCall(world) + goodCall(world),
    answers: [200],
    closes: true,
    calls: 1,
  },
  {
    test: 90,
    name: 'a call in the body of a GET, which is its body and nothing else',
    bytes: () =>
      request(
        'GET /v1/models/gpt-5.4 HTTP/1.1',
        ['host: x', key(), `content-length: ${goodCall(world).length}`],
        goodCall(world),
      ),
    answers: [200],
  },
  refused(
    99,
    'expect: 100-continue with a wrong key',
    () => request(POST, ['host: x', 'authorization: Bearer x', 'expect: 100-continue', 'content-length: 5']),
    401,
  ),
  refused(
    99,
    'expect: 100-continue with a wrong token',
    () =>
      request('POST /api/v1/teams HTTP/1.1', [
        'host: x',
        'authorization: Bearer x',
        'expect: 100-continue',
        'content-length: 5',
      ]),
    401,
  ),
  {
    test: 99,
    name: 'expect: 100-continue with a good key',
    bytes: () => post(['expect: 100-continue', `content-length: ${BODY.length}`], BODY),
    answers: [100, 200],
    calls: 1,
  },
  {
    test: 99,
    name: 'expect: 100-continue with a good token',
    bytes: () =>
      request(
        'POST /api/v1/teams HTTP/1.1',
        ['host: x', token(), 'content-type: application/json', 'expect: 100-continue', 'content-length: 2'],
        '{}',
      ),
    answers: [100, 400],
  },
  {
    test: 99,
    name: 'an expectation nobody knows',
    bytes: () => post(['expect: 200-ok', `content-length: ${BODY.length}`], BODY),
    answers: [417],
  },
  refused(
    100,
    'a websocket without a key',
    () =>
      request('GET /v1/realtime?model=gpt-5.4 HTTP/1.1', [
        'host: x',
        'connection: upgrade, close',
        'upgrade: websocket',
        'sec-websocket-protocol: openai-insecure-api-key.x',
      ]),
    401,
  ),
]

test.each([...WHERE_THE_BODY_ENDS, ...WHAT_THE_HEAD_SAYS, ...PATHS, ...WHAT_FOLLOWS])(
  '$test: $name',
  async ({ bytes, ...row }) => {
    await expectRow(world, { ...row, bytes: bytes() })
  },
)

test('87: what a trailer says has no effect on a good call, and does not go on', async () => {
  const trailers = 'authorization: Bearer other\r\nx-api-key: other\r\nhost: evil'
  await sendRaw(world.url, chunks(`${SIZE}\r\n${BODY}\r\n0\r\n${trailers}\r\n\r\n`))
  const [call] = world.fake.calls.splice(0)
  expect(call?.body.toString()).toBe(BODY)
  expect(JSON.stringify(call?.rawHeaders)).not.toMatch(/other|evil|transfer-encoding|trailer/i)
})

test('91, 92: the caller neither removes a header of ours nor adds one', async () => {
  world.fake.reset()
  const names = [
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'upgrade',
    'proxy-authorization',
    'proxy-connection',
    'cookie',
    'openai-organization',
    'openai-project',
    'x-forwarded-for',
    'x-forwarded-host',
    'forwarded',
    'via',
    'traceparent',
    'user-agent',
    'referer',
    'origin',
    'x-stainless-lang',
    'accept-encoding',
    'x-api-key',
    'x-http-method-override',
  ]
  const sent: Record<string, string> = {
    connection: 'authorization, content-type, content-length, host, x-api-key',
    'x-api-key': world.key.secret,
  }
  const lines = names.map((name) => `${name}: ${sent[name] ?? 'SENT-BY-CALLER'}`)
  const answer = await sendRaw(world.url, post([...lines, `content-length: ${BODY.length}`], BODY))
  expect(answer.statuses).toEqual([200])
  const { rawHeaders = [], headers } = world.fake.calls[0] ?? {}
  expect(
    rawHeaders
      .filter((_, i) => i % 2 === 0)
      .map((name) => name.toLowerCase())
      .sort(),
  ).toEqual(['accept-encoding', 'authorization', 'content-length', 'content-type', 'host', 'user-agent'])
  expect(rawHeaders.join()).not.toContain('SENT-BY-CALLER')
  expect(rawHeaders.join()).not.toContain(world.key.secret)
  expect(headers).toMatchObject({
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    host: `127.0.0.1:${world.fake.port}`,
  })
})

test('94: no value of a header of the caller comes back, whatever is in it', async () => {
  const names = [
    'x-request-id',
    'request-id',
    'x-correlation-id',
    'idempotency-key',
    'anthropic-version',
    'origin',
    'traceparent',
  ]
  const lines = names.map((name) => `${name}: echo-me\x85\xe2\x80\xa8`)
  const answer = await sendRaw(world.url, request('GET /v1/models HTTP/1.1', ['host: x', key(), ...lines]))
  expect(answer.statuses).toEqual([200])
  expect(answer.text).not.toContain('echo-me')
  const problem = await sendRaw(
    world.url,
    request('GET /api/v1/teams HTTP/1.1', ['host: x', token(), ...lines]),
  )
  expect(problem.text).not.toContain('echo-me')
})

test('172: headers that never end are cut off, and nobody else waits for them', async () => {
  const started = performance.now()
  const slow = sendSlowly('GET /v1/models HTTP/1.1\r\nhost: x\r\nx-slow: ', 500)
  await expectServes(world)
  const answer = await slow
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(performance.now() - started).toBeLessThan(20_000)
}, 40_000)

/** Sends a beginning, then one byte at a time, until the other side ends it. */
function sendSlowly(beginning: string, pauseMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.write(beginning)
    const drip = setInterval(() => socket.write('a'), pauseMs)
    socket.on('close', () => {
      clearInterval(drip)
      resolve(text)
    })
  })
}
