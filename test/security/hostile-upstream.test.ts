import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { collectGarbage } from '../collect-garbage.ts'
import { type GatewayWorld, gatewayWorld, OPENAI_SECRET } from '../gateway-world.ts'
import { type RawPeer, rawPeer } from '../raw-peer.ts'
import { request, sendRaw } from './raw-client.ts'
import { expectServes } from './requests.ts'

let world: GatewayWorld
/** A provider that answers with the bytes that the test wants. */
let peer: RawPeer
let answerWith: (socket: Socket) => void = () => {}

beforeAll(async () => {
  world = await gatewayWorld()
  peer = await rawPeer((socket) => answerWith(socket))
  const { id } = await world.make('providerCreate', {
    body: { name: 'evil', kind: 'openai_compatible', baseUrl: `http://127.0.0.1:${peer.port}/v1` },
  })
  const credential = await world.make('credentialCreate', {
    body: { providerId: id, name: 'main', secret: 'sk-evil-credential-0001' },
  })
  await world.make('environmentCredentialSet', {
    params: { environmentId: world.ids.environment },
    body: { credentialIds: [world.ids.credential, credential.id] },
  })
  for (let i = 0; i < MODELS; i++) await world.addModel(`evil-${i}`, { providerId: id })
  for (const name of ['fake-redirect', 'fake-gzip', 'fake-set-cookie', 'fake-huge', 'fake-bad-json'])
    await world.addModel(name)
})
beforeEach(() => {
  world.fake.reset()
  peer.requests.length = 0
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await peer[Symbol.asyncDispose]()
})

const MODELS = 160
let models = 0
/** Each case has a model of its own, so that no circuit of another one is open. */
const chat = (more: object = {}) => ({
  model: `evil-${models++}`,
  messages: [{ role: 'user', content: 'Hi' }],
  max_completion_tokens: 50,
  ...more,
})

/** What a call costs at the most at these models: 1 USD per million tokens in, 10 out, a context of 1,000. */
const MOST_NANO_USD = 100_000_000n * 11_000n

const answer = (head: string[], body: string) =>
  `HTTP/1.1 200 OK\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n${body}`
const json = (value: unknown, head: string[] = []) => {
  const body = typeof value === 'string' ? value : JSON.stringify(value)
  return answer(
    ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, ...head],
    body,
  )
}
const completion = (usage: unknown) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [],
  model: 'evil',
  usage,
})

const CHAT = '/v1/chat/completions'
async function call(more?: object): Promise<Response> {
  const before = peer.requests.length
  const answer = await world.post(CHAT, chat(more))
  expect(peer.requests.length).toBeGreaterThan(before)
  return answer
}

/** The usage row of the last call, once it is written. */
async function lastRow() {
  const model = `evil-${models - 1}`
  return expect
    .poll(async () => (await world.usage()).find((row) => row.model === model))
    .toBeDefined()
    .then(
      async () =>
        (await world.usage()).find((row) => row.model === model) as Awaited<
          ReturnType<GatewayWorld['usage']>
        >[number],
    )
}

describe('95: headers of an answer', () => {
  test('only those of the answer itself go on to the caller', async () => {
    const names = [
      'set-cookie',
      'set-cookie2',
      'location',
      'server',
      'via',
      'alt-svc',
      'refresh',
      'link',
      'openai-organization',
      'openai-project',
      'anthropic-organization-id',
      'x-ratelimit-limit-requests',
      'x-ratelimit-remaining-tokens',
      'www-authenticate',
      'proxy-authenticate',
      'strict-transport-security',
      'access-control-allow-origin',
      'access-control-allow-credentials',
      'content-security-policy',
      'clear-site-data',
      'keep-alive',
      'trailer',
      'upgrade',
      'x-request-id',
      'x-claviger-attempts',
      'x-claviger-output-clamped',
      'cf-ray',
      '__proto__',
      'constructor',
    ]
    answerWith = (socket) =>
      socket.write(
        json(
          completion({ prompt_tokens: 1, completion_tokens: 1 }),
          names.map((name) => `${name}: FROM-PROVIDER`),
        ),
      )
    const { status, headers } = await call()
    expect(status).toBe(200)
    const theirs = [...headers].filter(([, value]) => value.includes('FROM-PROVIDER')).map(([name]) => name)
    expect(theirs).toEqual(['x-claviger-upstream-request-id'])
    expect(headers.get('x-request-id')).toMatch(/^req_/)
  })

  test('nor those of a real one', async () => {
    const { headers } = await world.post(CHAT, { ...chat(), model: 'fake-set-cookie' })
    expect([...headers.keys()].sort()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'openai-processing-ms',
      'openai-version',
      'x-claviger-upstream-request-id',
      'x-request-id',
    ])
  })

  test.each([
    ['a bare line feed', 'x-a: b\nset-cookie: evil=1'],
    ['a bare carriage return', 'retry-after: 1\rset-cookie: evil=1'],
    ['a folded line', 'retry-after: 1\r\n set-cookie: evil=1'],
    ['a NUL', 'retry-after: 1\0'],
    ['no colon', 'retry-after'],
    ['a blank before the colon', 'set-cookie : evil=1'],
    ['an empty name', ': evil=1'],
    ['40 KB', `x-a: ${'b'.repeat(40_000)}`],
    ['10,000 lines', Array.from({ length: 10_000 }, (_, i) => `x${i}: y`).join('\r\n')],
  ])('with %s are no answer: 502, and nothing of them arrives', async (_, line) => {
    answerWith = (socket) => socket.write(json('{}', [line]))
    const refused = await call()
    expect(refused.status).toBe(502)
    expect(JSON.stringify([...refused.headers])).not.toContain('evil=1')
    await expectServes(world)
  })

  test('injected into a value that goes on do not end the line', async () => {
    answerWith = (socket) =>
      socket.write(
        json('{}', ['x-request-id: a\u0085b\xe2\x80\xa8set-cookie: evil=1', 'openai-version: \xff\xfe']),
      )
    const lines = [
      'host: x',
      'connection: close',
      `authorization: Bearer ${world.key.secret}`,
      'content-type: application/json',
    ]
    const body = JSON.stringify(chat())
    const { text, statuses } = await sendRaw(
      world.url,
      request(`POST ${CHAT} HTTP/1.1`, [...lines, `content-length: ${body.length}`], body),
    )
    expect(statuses).toEqual([200])
    expect(text).not.toMatch(/[\r\n]set-cookie/i)
  })
})

describe('96: where an answer points', () => {
  test.each([301, 302, 303, 307, 308, 300, 304])('%i is followed nowhere', async (status) => {
    answerWith = (socket) =>
      socket.write(
        `HTTP/1.1 ${status} Moved\r\nlocation: http://127.0.0.1:${world.fake.port}/v1/stolen\r\ncontent-length: 0\r\n\r\n`,
      )
    const refused = await call()
    expect(refused.status).toBe(502)
    expect(refused.headers.get('location')).toBeNull()
    expect([peer.requests.length, world.fake.calls.length]).toEqual([1, 0])
  })

  test('a redirect of a real provider is asked once, and its credential goes nowhere else', async () => {
    expect((await world.post(CHAT, { ...chat(), model: 'fake-redirect' })).status).toBe(502)
    expect(world.fake.calls.map(({ path }) => path)).toEqual([CHAT])
  })
})

describe('where an answer ends', () => {
  const BODY = JSON.stringify(completion({ prompt_tokens: 1, completion_tokens: 1 }))
  test.each<[string, string]>([
    ['both lengths', answer(['content-length: 5', 'transfer-encoding: chunked'], '0\r\n\r\n')],
    ['two lengths', answer(['content-length: 5', 'content-length: 6'], 'hello!')],
    ['a negative length', answer(['content-length: -1'], BODY)],
    ['a length that overflows', answer(['content-length: 99999999999999999999'], BODY)],
    ['a length with a sign', answer(['content-length: +5'], BODY)],
    ['an odd transfer-encoding', answer(['transfer-encoding: gzip, chunked'], '0\r\n\r\n')],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n'],
    ['HTTP/2', '\0\0\0\x04\0\0\0\0\0'],
    ['HTTP/0.9', 'hello'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a thousand interim answers', 'HTTP/1.1 102 Wait\r\n\r\n'.repeat(1000)],
  ])('by %s is unclear: 502', async (_, bytes) => {
    answerWith = (socket) => socket.end(bytes, 'latin1')
    expect((await call()).status).toBe(502)
    await expectServes(world)
  })

  test('a second answer behind the first belongs to nobody', async () => {
    answerWith = (socket) => socket.write(json(BODY) + json('{"stolen":true}'))
    for (let i = 0; i < 5; i++) expect(await (await call()).text()).toBe(BODY)
  })

  test.each([
    ['shorter than it says', `content-length: ${BODY.length + 10}`, BODY],
    ['in chunks that end early', 'transfer-encoding: chunked', `${BODY.length.toString(16)}\r\n${BODY}\r\n`],
    [
      'in chunks that are broken',
      'transfer-encoding: chunked',
      `${BODY.length.toString(16)}\r\n${BODY}\r\nzz\r\n`,
    ],
  ])('%s never arrives as whole, and is charged once', async (_, framing, body) => {
    answerWith = (socket) => socket.end(answer(['content-type: application/json', framing], body))
    await expect(call().then((broken) => broken.text())).rejects.toThrow()
    const row = await lastRow()
    expect(row.errorCode).toBe('upstream_failed')
    expect(row.costNanoUsd).toBeGreaterThan(0n)
    await expectServes(world)
  })

  test.each(['gzip', 'br', 'deflate', 'zstd', 'identity, gzip', 'gzip, gzip', 'GZIP', 'x'])(
    'in content-encoding %s: 502, nothing is decoded',
    async (encoding) => {
      const bomb = gzipSync(Buffer.alloc(10_000_000))
      answerWith = (socket) => {
        socket.write(answer([`content-encoding: ${encoding}`, `content-length: ${bomb.length}`], ''))
        socket.write(bomb)
      }
      expect((await call()).status).toBe(502)
      await expectServes(world)
    },
  )

  test('an error that never ends is cut off', async () => {
    answerWith = (socket) => {
      socket.write('HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n')
      const more = setInterval(
        () => (socket.destroyed ? clearInterval(more) : socket.write('x'.repeat(100_000))),
        1,
      )
      socket.on('close', () => clearInterval(more))
    }
    expect((await call()).status).toBe(502)
    await expectServes(world)
  })
})

describe('161: what a provider says that it used', () => {
  const U = (prompt: unknown, output: unknown, more: object = {}) => ({
    prompt_tokens: prompt,
    completion_tokens: output,
    ...more,
  })
  const HUGE = 1e308
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a number', 7],
    ['no counts', {}],
    ['text', U('1', '2')],
    ['negative counts', U(-1e9, -1e9)],
    ['a negative total', U(10, 5, { total_tokens: -1e15 })],
    ['fractions', U(1.5, 2.5)],
    ['huge counts', U(HUGE, HUGE)],
    ['more than is exact', U(2 ** 60, 2 ** 60)],
    ['a huge total', U(1, 1, { total_tokens: HUGE })],
    [
      'negative parts',
      U(10, 5, {
        prompt_tokens_details: { cached_tokens: -1e9, audio_tokens: -5 },
        completion_tokens_details: { reasoning_tokens: -1e9 },
      }),
    ],
    [
      'parts larger than the whole',
      U(1, 1, {
        prompt_tokens_details: { cached_tokens: 1e9 },
        completion_tokens_details: { reasoning_tokens: 1e9 },
      }),
    ],
    ['huge parts', U(10, 5, { prompt_tokens_details: { cached_tokens: HUGE, cache_write_tokens: HUGE } })],
    ['parts that are no objects', U(10, 5, { prompt_tokens_details: 'x', completion_tokens_details: [1] })],
    ['members of every object', U(10, 5, { __proto__: null, constructor: { prompt_tokens: 1 } })],
  ])(
    '%s: a charge of at least zero and at most the most there is, and the call is marked',
    async (name, usage) => {
      for (const stream of [false, true]) {
        const chunk = completion(usage)
        const body = stream
          ? `data: ${JSON.stringify({ ...chunk, choices: [] })}\n\ndata: [DONE]\n\n`
          : JSON.stringify(chunk)
        const type = `content-type: ${stream ? 'text/event-stream' : 'application/json'}`
        answerWith = (socket) => socket.write(answer([type, `content-length: ${body.length}`], body))
        const served = await call(stream ? { stream } : {})
        expect(await served.text()).toBe(body)
        const row = await lastRow()
        expect(row.costNanoUsd).toBeGreaterThanOrEqual(0n)
        expect(row.costNanoUsd).toBeLessThanOrEqual(MOST_NANO_USD)
        for (const count of [row.inputTokens, row.outputTokens, row.cachedInputTokens, row.reasoningTokens]) {
          expect(Number(count)).toBeGreaterThanOrEqual(0)
          expect(Number(count)).toBeLessThanOrEqual(100_000_000)
        }
        const honest = [
          'negative parts',
          'parts that are no objects',
          'members of every object',
          'a negative total',
        ].includes(name)
        if (!honest) expect([name, stream, row.estimated]).toEqual([name, stream, true])
        if (honest) expect(row.costNanoUsd).toBe(10n * 1000n + 5n * 10_000n)
      }
    },
  )

  test('numbers that JSON can write and nobody can count', async () => {
    for (const number of ['1e400', '-1e400', '99999999999999999999999999', '-0', '1e-5']) {
      const body = `{"object":"chat.completion","choices":[],"usage":{"prompt_tokens":${number},"completion_tokens":${number}}}`
      answerWith = (socket) => socket.write(json(body))
      expect((await call()).status).toBe(200)
      const row = await lastRow()
      expect(row.costNanoUsd).toBeGreaterThanOrEqual(0n)
      expect(row.costNanoUsd).toBeLessThanOrEqual(MOST_NANO_USD)
    }
  })

  test('the name of another model or tier makes nothing free', async () => {
    for (const said of [
      { model: 'free-model' },
      { model: '__proto__' },
      { model: 5 },
      { model: 'x'.repeat(100_000) },
      { service_tier: 'flex' },
      { service_tier: 'constructor' },
    ]) {
      const body = JSON.stringify({ ...completion({ prompt_tokens: 10, completion_tokens: 5 }), ...said })
      answerWith = (socket) => socket.write(json(body))
      expect((await call()).status).toBe(200)
      expect((await lastRow()).costNanoUsd).toBeGreaterThan(0n)
    }
  })
})

describe('an error of a provider', () => {
  test.each([400, 403, 404, 409, 422, 429, 500, 502, 503, 529])(
    '%i that repeats our credential does not tell it to the caller',
    async (status) => {
      answerWith = (socket) => {
        const body = JSON.stringify({
          error: {
            message:
              'Incorrect API key provided: sk-evil-credential-0001. Authorization: Bearer sk-evil-credential-0001',
            type: 'x',
          },
        })
        socket.write(
          `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\nwww-authenticate: Bearer sk-evil-credential-0001\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        )
      }
      const refused = await call()
      expect((await refused.text()) + JSON.stringify([...refused.headers])).not.toContain(
        'sk-evil-credential-0001',
      )
    },
  )

  test('nor is it in the log', () => {
    const told = world.app.logged.join('')
    expect(told).not.toContain('sk-evil-credential-0001')
    expect(told).not.toContain(OPENAI_SECRET)
  })
})

test('162: a line that never ends and an event of many megabytes pass without being kept', async () => {
  for (const start of [
    'data: {"choices":[{"delta":{"content":"',
    ': ',
    'x',
    '\r\r\r',
    '\ufeffdata:data:data:',
  ]) {
    const before = buffersInUse()
    let sent = 0
    answerWith = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${start}`)
      const piece = 'a'.repeat(64 * 1024)
      const go = () => {
        while (sent < 40_000_000) {
          sent += piece.length
          if (!socket.write(piece)) return void socket.once('drain', go)
        }
        socket.end()
      }
      go()
    }
    const served = await call({ stream: true })
    let got = 0
    for await (const bytes of served.body ?? []) got += bytes.length
    expect(got).toBeGreaterThan(40_000_000)
    await expect.poll(() => buffersInUse() - before).toBeLessThan(10_000_000)
    expect((await lastRow()).estimated).toBe(true)
  }
  await expectServes(world)
}, 60_000)

function buffersInUse(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
