import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld, OPENAI_SECRET } from '../../test/gateway-world.ts'
import { bodyOf, type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import { MAX_COUNT } from '../domain/usage.ts'

let world: GatewayWorld
let upstream: RawUpstream

beforeAll(async () => {
  upstream = await startRawUpstream()
  world = await gatewayWorld({ maxBodyBytes: 1_000_000 })
  const provider = await world.make('providerCreate', {
    body: { name: 'raw', kind: 'openai', baseUrl: `${upstream.url}/v1` },
  })
  const credentials = []
  for (const name of ['one', 'two']) {
    const secret = `sk-proj-raw-secret-number-${name}`
    credentials.push(
      (await world.make('credentialCreate', { body: { providerId: provider.id, name, secret } })).id,
    )
  }
  await world.make('environmentCredentialSet', {
    params: { environmentId: world.ids.environment },
    body: { credentialIds: [...(await boundCredentials()), ...credentials] },
  })
  for (const name of ['raw-model', 'alias-model']) {
    await world.addModel(name, { providerId: provider.id, upstreamModel: 'raw-model' })
  }
  for (const name of FAKES) await world.addModel(name)
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

beforeEach(() => {
  world.fake.reset()
  upstream.requests.length = 0
  // A stream that is complete in itself, unless the test says otherwise.
  upstream.onRequest = (socket) => socket.write(answerOf('{"choices":[]}'))
})

const FAKES = [
  'fake-flaky',
  'fake-500',
  'fake-503',
  'fake-400',
  'fake-401',
  'fake-quota',
  'fake-429',
  'fake-redirect',
  'fake-gzip',
  'fake-reset',
  'fake-cut',
  'fake-stalls',
  'fake-slow',
  'fake-huge-stream',
  'fake-set-cookie',
  'fake-hang',
]
const CHAT = '/v1/chat/completions'
const messages = [{ role: 'user', content: 'Hello' }]

async function boundCredentials(): Promise<string[]> {
  const { data } = await world.make('environmentCredentialList', {
    params: { environmentId: world.ids.environment },
  })
  return data.map(({ credentialId }: { credentialId: string }) => credentialId)
}

function answerOf(body: string, type = 'application/json'): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** A connection to the gateway, with a request on it. */
function requestOn(body: object | string, secret = world.key.secret, path = CHAT): Socket {
  const text = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n`,
  )
  socket.write(text)
  return socket
}

function allFrom(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(text))
  })
}

async function rowsOf(model: string, count: number) {
  const found = async () => (await world.usage()).filter((row) => row.model === model)
  await expect.poll(async () => (await found()).length).toBeGreaterThanOrEqual(count)
  return found()
}

describe('what goes upstream', () => {
  test('is byte for byte what the caller sent, for any body', async () => {
    const value = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(0, 1, 2), async (metadata, indent) => {
        const text = JSON.stringify({ model: 'raw-model', messages, metadata, max_tokens: 5 }, null, indent)
        upstream.requests.length = 0
        const answer = await world.post(CHAT, text)
        expect(answer.status).toBe(200)
        await answer.arrayBuffer()
        expect(Buffer.from(bodyOf(upstream.requests[0] ?? ''), 'latin1').toString()).toBe(text)
      }),
      { numRuns: 50 },
    )
  })

  test('has the few members set that have to be, and nothing else changed', async () => {
    const sent =
      '{ "stream" : true,"messages":[{"role":"user","content":"é"}],\n"model":"alias-model" ,"max_tokens":5}'
    await (await world.post(CHAT, sent)).arrayBuffer()
    const received = Buffer.from(bodyOf(upstream.requests[0] ?? ''), 'latin1').toString()
    expect(received).toBe(
      '{"stream_options":{"include_usage":true}, "stream" : true,"messages":[{"role":"user","content":"é"}],\n"model":"raw-model" ,"max_tokens":5}',
    )
  })

  test.each([
    ['{"include_usage":false}', '{"include_usage":true}'],
    ['{"include_obfuscation":false}', '{"include_obfuscation":false,"include_usage":true}'],
    ['{"include_usage": true}', '{"include_usage": true}'],
    ['null', '{"include_usage":true}'],
  ])('asks for usage where the caller said %s', async (said, sent) => {
    const body = `{"model":"raw-model","stream":true,"stream_options":${said},"messages":[],"max_tokens":5}`
    await (await world.post(CHAT, body)).arrayBuffer()
    expect(bodyOf(upstream.requests[0] ?? '')).toBe(body.replace(said, sent))
  })

  test('has only the headers that are meant for the provider, and its own credential', async () => {
    const headers = {
      'user-agent': 'spy/1.0',
      cookie: 'a=b',
      'x-forwarded-for': '203.0.113.9',
      traceparent: '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01',
      'openai-organization': 'org-mine',
      'openai-project': 'proj-mine',
      'x-stainless-lang': 'js',
      'proxy-authorization': 'Basic x',
      'openai-beta': 'responses=v1',
      'idempotency-key': 'once',
      accept: 'application/json',
    }
    await (await world.post(CHAT, { model: 'raw-model', messages, max_tokens: 5 }, headers)).arrayBuffer()
    const [head = ''] = (upstream.requests[0] ?? '').split('\r\n\r\n')
    const lines = head.split('\r\n').slice(1).sort()
    expect(lines).toEqual([
      'accept-encoding: identity',
      'accept: application/json',
      expect.stringMatching(/^authorization: Bearer sk-proj-raw-secret-number-(one|two)$/),
      expect.stringMatching(/^content-length: \d+$/),
      'content-type: application/json',
      `host: ${new URL(upstream.url).host}`,
      'openai-beta: responses=v1',
      'user-agent: claviger',
    ])
  })

  test('cannot lose its headers to a Connection header', async () => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
    const body = JSON.stringify({ model: 'raw-model', messages, max_tokens: 5 })
    socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nconnection: close, authorization, content-type\r\nauthorization: Bearer ${world.key.secret}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    expect(await allFrom(socket)).toMatch(/^HTTP\/1.1 200 /)
  })
})

describe('what comes back', () => {
  test('is byte for byte what the provider sent, however it is cut and framed', async () => {
    const pieces = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(
        pieces,
        fc.constantFrom('length', 'chunks', 'close'),
        fc.boolean(),
        async (parts, framing, events) => {
          const chunks = parts.map((part) => Buffer.from(part).toString('latin1'))
          const body = chunks.join('')
          const type = events ? 'text/event-stream' : 'application/json'
          upstream.onRequest = async (socket) => {
            const how = {
              length: `content-length: ${body.length}\r\n`,
              chunks: 'transfer-encoding: chunked\r\n',
              close: '',
            }[framing]
            const framed =
              framing === 'chunks'
                ? chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
                : chunks
            const wire = [
              `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${how}\r\n`,
              ...framed,
              framing === 'chunks' ? '0\r\n\r\n' : '',
            ]
            for (const piece of wire) {
              socket.write(piece, 'latin1')
              if (piece.length % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
            }
            if (framing === 'close') socket.end()
          }
          const answer = await world.post(CHAT, {
            model: 'raw-model',
            messages,
            stream: events,
            max_tokens: 5,
          })
          expect(answer.headers.get('content-type')).toBe(type)
          expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toBe(body)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('has no cookies, redirects or accounts of the provider in its headers', async () => {
    const answer = await world.post(CHAT, { model: 'fake-set-cookie', messages, max_tokens: 5 })
    await answer.arrayBuffer()
    const names = [...answer.headers.keys()].sort()
    expect(names).toEqual([
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

  test('is charged once, by what the provider reported', async () => {
    const body =
      '{"model":"raw-model","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}'
    upstream.onRequest = (socket) => socket.write(answerOf(body))
    const before = (await world.usage()).length
    await (
      await world.post(CHAT, { model: 'raw-model', messages, max_tokens: 5, user: 'charged' })
    ).arrayBuffer()
    await expect
      .poll(async () => (await world.usage()).some((row) => row.costNanoUsd === 2_000_000n), {
        timeout: 5000,
      })
      .toBe(true)
    expect((await world.usage()).filter((row) => row.costNanoUsd === 2_000_000n)).toHaveLength(1)
    expect((await world.usage()).length).toBeGreaterThan(before)
  })
})

describe('before the first byte', () => {
  test('a failure is tried again, and each attempt is in the books', async () => {
    const answer = await world.post(CHAT, { model: 'fake-flaky', messages, max_tokens: 5 })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-claviger-attempts')).toBe('2')
    const rows = await rowsOf('fake-flaky', 2)
    expect(rows.map(({ attempt, status }) => [attempt, status]).sort()).toEqual([
      [1, 500],
      [2, 200],
    ])
    expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(1)
  })

  test('another credential comes first', async () => {
    upstream.onRequest = (socket) => {
      const status = upstream.requests.length === 1 ? '503 Busy' : '200 OK'
      socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 2\r\n\r\n{}`)
    }
    const answer = await world.post(CHAT, { model: 'raw-model', messages, max_tokens: 5 })
    expect(answer.status).toBe(200)
    const used = upstream.requests.map((request) => /Bearer (\S+)/.exec(request)?.[1])
    expect(new Set(used).size).toBe(2)
  })

  test('a lasting failure is passed on as it is, after two more tries', async () => {
    const answer = await world.post(CHAT, { model: 'fake-500', messages, max_tokens: 5 })
    expect(answer.status).toBe(500)
    expect(await answer.json()).toMatchObject({ error: { type: 'server_error' } })
    expect(world.fake.calls).toHaveLength(3)
  })

  test('who hangs up before the next try is charged nothing, and that try is in the books', async () => {
    const socket = requestOn({ model: 'fake-503', messages, max_tokens: 5 })
    await expect.poll(() => world.fake.calls.length).toBe(1)
    await expect.poll(() => world.fake.active()).toBe(0)
    socket.destroy()
    const rows = await rowsOf('fake-503', 2)
    expect(rows.map(({ attempt, status }) => [attempt, status]).sort()).toEqual([
      [1, 503],
      [2, 499],
    ])
    expect(rows.map(({ costNanoUsd }) => costNanoUsd)).toEqual([0n, 0n])
    expect(world.fake.calls).toHaveLength(1)
  })

  test('an error that breaks off costs nothing: the provider has refused', async () => {
    upstream.onRequest = (socket) => {
      socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{', () => socket.destroy())
    }
    const body = { model: 'alias-model', messages, max_tokens: 6 }
    expect((await world.post(CHAT, body)).status).toBe(502)
    const broken = async () =>
      (await world.usage()).find((row) => row.model === 'alias-model' && row.status === 502)
    await expect.poll(broken).toMatchObject({ costNanoUsd: 0n, estimated: false })
  })

  test("the caller's own mistake is passed on at once", async () => {
    const answer = await world.post(CHAT, { model: 'fake-400', messages, max_tokens: 5 })
    expect(answer.status).toBe(400)
    expect(world.fake.calls).toHaveLength(1)
  })

  test.each(['fake-redirect', 'fake-gzip'])(
    '%s: an answer that nobody asked for is an error',
    async (model) => {
      const answer = await world.post(CHAT, { model, messages, max_tokens: 5 })
      expect(answer.status).toBe(502)
      expect(answer.headers.get('location')).toBe(null)
      expect(world.fake.calls).toHaveLength(1)
    },
  )

  test('a connection that is reset is not tried again: the provider may be at work', async () => {
    const answer = await world.post(CHAT, { model: 'fake-reset', messages, max_tokens: 5 })
    expect(answer.status).toBe(502)
    expect(world.fake.calls).toHaveLength(1)
    const [row] = await rowsOf('fake-reset', 1)
    expect(row).toMatchObject({ estimated: true, errorCode: 'upstream_failed' })
    expect(row?.costNanoUsd).toBeGreaterThan(0n)
  })
})

describe('a stream that breaks off', () => {
  test('ends with an error that the caller can see, never as if it were whole', async () => {
    const text = await allFrom(requestOn({ model: 'fake-cut', messages, stream: true }))
    expect(text).toContain('data: {"error":')
    expect(text).toContain('upstream_failed')
    expect(text).not.toContain('[DONE]')
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/)
  })

  test('in an answer that is no stream, breaks the connection', async () => {
    const text = await allFrom(requestOn({ model: 'fake-cut', messages }))
    const length = Number(/content-length: (\d+)/.exec(text)?.[1])
    expect(bodyOf(text).length).toBeLessThan(length)
  })

  test('says it in the dialect of Anthropic too', async () => {
    await world.addModel('fake-cut-claude', { providerId: world.ids.anthropic })
    const body = { model: 'fake-cut-claude', messages, stream: true, max_tokens: 50 }
    const text = await allFrom(requestOn(body, world.key.secret, '/v1/messages'))
    expect(text).toMatch(/event: error\ndata: \{"type":"error"/)
  })
})

describe('a caller who hangs up', () => {
  test('ends the call upstream at once, at random moments, and each is settled once', async () => {
    await world.fake.reset()
    const before = (await world.usage()).filter((row) => row.model === 'fake-hang').length
    for (let i = 0; i < 40; i++) {
      const socket = requestOn({ model: 'fake-hang', messages, stream: true, max_tokens: 50 })
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
      socket.destroy()
    }
    await expect.poll(() => world.fake.active()).toBe(0)
    const { calls } = world.fake
    const rows = await rowsOf('fake-hang', before + calls.length)
    expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(rows.length)
    for (const row of rows.slice(before)) expect(row.estimated).toBe(true)
  })

  test('before the provider answers, ends the call there as well', async () => {
    const socket = requestOn({ model: 'fake-stalls', messages, max_tokens: 5 })
    await expect.poll(() => world.fake.calls.length).toBe(1)
    socket.destroy()
    await expect.poll(() => world.fake.active()).toBe(0)
    const [row] = await rowsOf('fake-stalls', 1)
    expect(row).toMatchObject({ status: 499, errorCode: 'caller_gone', estimated: true })
  })
})

/** So much is written while other tests run. */
const BUSY = { timeout: 10_000 }

test('a caller who does not read holds the provider back, and memory stays bounded', async () => {
  const body = 'x'.repeat(64 * 1024)
  let written = 0
  let blocked = false
  upstream.onRequest = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
    const more = () => {
      while (!socket.destroyed && written < 512 * 1024 * 1024) {
        written += body.length
        if (!socket.write(`${body.length.toString(16)}\r\n${body}\r\n`)) {
          blocked = true
          socket.once('drain', more)
          return
        }
      }
    }
    more()
  }
  const socket = requestOn({ model: 'raw-model', messages, stream: true, max_tokens: 5 })
  socket.pause()
  await expect.poll(() => blocked, BUSY).toBe(true)
  let last = -1
  await expect
    .poll(
      () => {
        const stands = written === last
        last = written
        return stands
      },
      { interval: 200, ...BUSY },
    )
    .toBe(true)
  expect(written).toBeLessThan(64 * 1024 * 1024)
  const before = written
  socket.resume()
  await expect.poll(() => written, BUSY).toBeGreaterThan(before + 32 * 1024 * 1024)
  socket.destroy()
  await expect.poll(() => upstream.open, BUSY).toBeLessThanOrEqual(2)
})

describe('a key that is revoked', () => {
  test('ends its open streams within two seconds, with a reason', async () => {
    const { id, secret } = await world.issueKey()
    const socket = requestOn({ model: 'fake-hang', messages, stream: true, max_tokens: 50 }, secret)
    const text = allFrom(socket)
    await expect.poll(() => world.fake.active()).toBe(1)
    const start = performance.now()
    await world.make('keyRevoke', { params: { keyId: id }, body: { reason: 'a test' } })
    expect(await text).toContain('key_revoked')
    expect(performance.now() - start).toBeLessThan(2000)
    await expect.poll(() => world.fake.active()).toBe(0)
  })

  test('ends calls that wait for their answer with 401', async () => {
    const { id, secret } = await world.issueKey()
    const answer = world.post(CHAT, { model: 'fake-stalls', messages }, { authorization: `Bearer ${secret}` })
    await expect.poll(() => world.fake.active()).toBe(1)
    await world.make('keyRevoke', { params: { keyId: id }, body: { reason: 'a test' } })
    expect((await answer).status).toBe(401)
  })
})

describe('a stored response', () => {
  test("is its project's alone", async () => {
    const made = await world.post('/v1/responses', {
      model: 'gpt-5.4',
      input: 'Hello',
      max_output_tokens: 50,
    })
    const { id } = (await made.json()) as { id: string }
    const other = await otherProject()
    const get = (secret: string, path = '') =>
      fetch(`${world.url}/v1/responses/${id}${path}`, { headers: { authorization: `Bearer ${secret}` } })
    expect((await get(world.key.secret)).status).toBe(200)
    expect((await get(world.key.secret, '/input_items?limit=5')).status).toBe(200)
    expect((await get(other)).status).toBe(404)
    expect((await get(other, '/input_items')).status).toBe(404)
    const next = { model: 'gpt-5.4', input: 'x', max_output_tokens: 50, previous_response_id: id }
    expect((await world.post('/v1/responses', next)).status).toBe(200)
    expect((await world.post('/v1/responses', next, { authorization: `Bearer ${other}` })).status).toBe(404)
    const conversation = { model: 'gpt-5.4', input: 'x', max_output_tokens: 50, conversation: 'conv_1' }
    expect((await world.post('/v1/responses', conversation)).status).toBe(400)
    const remove = await fetch(`${world.url}/v1/responses/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${world.key.secret}` },
    })
    expect(remove.status).toBe(200)
  })

  test('costs nothing to read again, whatever usage it claims', async () => {
    world.fake.behave({ usage: { input: 1e15, reasoning: 1e15 } })
    const made = await world.post('/v1/responses', { model: 'gpt-5.4', input: 'x', max_output_tokens: 50 })
    const { id } = (await made.json()) as { id: string }
    const headers = { authorization: `Bearer ${world.key.secret}` }
    const again = await fetch(`${world.url}/v1/responses/${id}`, { headers })
    expect(await again.text()).toContain('1000000000000000')
    const rowOf = async ({ headers }: Response) =>
      (await world.usage()).find(({ requestId }) => requestId === headers.get('x-request-id'))
    const most = BigInt(MAX_COUNT)
    await expect
      .poll(() => rowOf(made))
      .toMatchObject({ estimated: true, inputTokens: most, outputTokens: most })
    const nothing = { status: 200, costNanoUsd: 0n, inputTokens: 0n, outputTokens: 0n, reasoningTokens: 0n }
    await expect.poll(() => rowOf(again)).toMatchObject(nothing)
  })

  async function otherProject(): Promise<string> {
    const project = await world.make('projectCreate', { body: { teamId: world.ids.team, name: 'Other' } })
    const place = { projectId: project.id, name: 'main' }
    const environment = await world.make('environmentCreate', { body: { ...place, kind: 'development' } })
    const account = await world.make('serviceAccountCreate', { body: place })
    await world.make('environmentCredentialSet', {
      params: { environmentId: environment.id },
      body: { credentialIds: await boundCredentials() },
    })
    return (await world.issueKey({ environmentId: environment.id, serviceAccountId: account.id })).secret
  }
})

describe('a credential that the provider does not serve', () => {
  test.each(['fake-quota', 'fake-401'])('%s: is parked, and nobody learns of the account', async (model) => {
    const answer = await world.post(CHAT, { model, messages, max_tokens: 5 })
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain('billing')
    const state = async () =>
      (await world.make('credentialView', { params: { credentialId: world.ids.credential } })).state
    await expect.poll(state).toBe('parked')
    expect((await world.post(CHAT, { model: 'gpt-5.4', messages, max_tokens: 5 })).status).toBe(503)
    await world.make('credentialUpdate', {
      params: { credentialId: world.ids.credential },
      body: { enabled: true },
    })
    await expect
      .poll(async () => (await world.post(CHAT, { model: 'gpt-5.4', messages, max_tokens: 5 })).status)
      .toBe(200)
  })
})

test('no secret of a provider reaches a caller or the log', () => {
  expect(world.app.logged.join('\n')).not.toContain(OPENAI_SECRET)
})
