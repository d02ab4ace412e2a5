import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { until } from '../../test/raw-peer.ts'

let world: GatewayWorld

beforeAll(async () => {
  world = await gatewayWorld()
  for (const name of ['tiny', 'fake-hang']) await world.addModel(name)
})

beforeEach(() => world.fake.reset())

afterAll(() => world[Symbol.asyncDispose]())

const CHAT = '/v1/chat/completions'
/** What SECURITY.md and docs/reliability.md promise of what is taken away, from the moment on when it is committed. */
const PROMISED = { timeout: 2_000 }

test('a key that is revoked while a body is on its way is refused when the body is there', async () => {
  const { id, secret } = await world.issueKey()
  const body = JSON.stringify({
    model: 'tiny',
    messages: [{ role: 'user', content: 'Hello' }],
    max_tokens: 5,
  })
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(
    `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`,
  )
  await until('the key was let in', () => text.includes('100 Continue'))
  await world.make('keyRevoke', { params: { keyId: id }, body: { reason: 'a test' } })
  const refused = async () =>
    (await fetch(`${world.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })).status === 401
  await expect.poll(refused, PROMISED).toBe(true)
  socket.write(body)
  await until('the call is answered', () => text.includes('HTTP/1.1 401'))
  expect(text).toContain('key_revoked')
  expect(world.fake.calls).toHaveLength(0)
  socket.destroy()
})

test('an archived team ends its open streams, however many keys they have', async () => {
  const keys = await Promise.all(Array.from({ length: 80 }, () => world.issueKey()))
  const body = { model: 'fake-hang', messages: [{ role: 'user', content: 'x' }], max_tokens: 5, stream: true }
  const streams = []
  for (const { secret } of keys) {
    const answer = await world.post(CHAT, body, { authorization: `Bearer ${secret}` })
    expect(answer.status).toBe(200)
    streams.push(answer.text().catch((error: Error) => String(error.cause ?? error)))
  }
  expect(world.fake.active()).toBe(80)
  await world.make('teamUpdate', { params: { teamId: world.ids.team }, body: { archived: true } })
  await expect.poll(() => world.fake.active(), { timeout: 3_000 }).toBe(0)
  await Promise.all(streams)
  await world.make('teamUpdate', { params: { teamId: world.ids.team }, body: { archived: false } })
})

test('75: when the role of its owner goes, a key is refused within two seconds, and its open stream is cut', async () => {
  const user = await world.make('userCreate', { body: { email: 'ada@example.com', name: 'Ada' } })
  const { projectId } = await world.make('environmentView', {
    params: { environmentId: world.ids.environment },
  })
  const role = { userId: user.id, role: 'viewer', projectId }
  const grant = await world.make('grantCreate', { body: role })
  const { secret } = await world.issueKey({ serviceAccountId: undefined, userId: user.id })
  const headers = { authorization: `Bearer ${secret}` }
  const body = { model: 'fake-hang', messages: [{ role: 'user', content: 'x' }], max_tokens: 5, stream: true }
  const answer = await world.post(CHAT, body, headers)
  expect(answer.status).toBe(200)
  const streamed = answer.text().catch((error: Error) => String(error.cause ?? error))
  expect(world.fake.active()).toBe(1)
  await world.make('grantRevoke', { params: { grantId: grant.id } })
  const models = () => fetch(`${world.url}/v1/models`, { headers })
  await expect.poll(async () => (await models()).status, PROMISED).toBe(401)
  await expect.poll(() => world.fake.active(), PROMISED).toBe(0)
  await streamed
  expect(await (await models()).text()).toContain('key_suspended')
  await world.make('grantCreate', { body: role })
  await expect.poll(async () => (await models()).status).toBe(200)
})

test('a key stops by itself when the role of its owner ends, though no job and no message says so', async () => {
  const user = await world.make('userCreate', { body: { email: 'bob@example.com', name: 'Bob' } })
  const ends = Date.now() + 4_000
  const expiresAt = new Date(ends).toISOString()
  await world.make('grantCreate', {
    body: { userId: user.id, role: 'viewer', teamId: world.ids.team, expiresAt },
  })
  const { secret } = await world.issueKey({ serviceAccountId: undefined, userId: user.id })
  const models = () => fetch(`${world.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  expect((await models()).status).toBe(200)
  const timeout = ends - Date.now() + PROMISED.timeout
  await expect.poll(async () => (await models()).status, { timeout }).toBe(401)
})

test('an address list that only watches notes each call once, however long it lasts', async () => {
  const policy = { ipAllowlist: ['192.0.2.0/24'], ipMode: 'monitor' }
  const { secret } = await world.issueKey({ policy })
  const noted = () => world.app.logged.filter((line) => line.includes('only watches')).length
  const body = { model: 'fake-hang', messages: [{ role: 'user', content: 'x' }], max_tokens: 5, stream: true }
  const stop = new AbortController()
  const answer = await fetch(world.url + CHAT, {
    method: 'POST',
    signal: stop.signal,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(200)
  await sleep(2_500)
  expect(noted()).toBe(1)
  stop.abort()
})

test('a credential that is disabled while the database stumbles is out of use soon after', async () => {
  const executor = world.app.gatewayDb.getExecutor()
  const run = executor.executeQuery.bind(executor)
  let failures = 0
  Object.assign(executor, {
    executeQuery: (query: { sql: string }, ...rest: unknown[]) => {
      if (failures > 0 || !query.sql.includes('from "credentials"'))
        return (run as (...all: unknown[]) => unknown)(query, ...rest)
      failures++
      throw new Error('a test: the database stumbles')
    },
  })
  const params = { credentialId: world.ids.credential }
  await world.make('credentialUpdate', { params, body: { enabled: false } })
  const call = () => world.post(CHAT, { model: 'tiny', messages: [], max_tokens: 5 })
  await expect.poll(async () => (await call()).status, { timeout: 3_000 }).toBe(503)
  expect(failures).toBe(1)
  await world.make('credentialUpdate', { params, body: { enabled: true } })
})

describe('a stream that is under way', () => {
  const openai = {
    model: 'fake-hang',
    messages: [{ role: 'user', content: 'x' }],
    max_tokens: 1000,
    stream: true,
  }
  const anthropic = { ...openai, model: 'claude-hang' }
  const responses = { model: 'fake-hang', input: 'x', max_output_tokens: 1000, stream: true }
  const dialects: [path: string, body: object, event: RegExp][] = [
    [CHAT, openai, /\n\ndata: \{"error":\{[^\n]*\n\n$/],
    ['/v1/messages', anthropic, /\n\nevent: error\ndata: \{"type":"error",[^\n]*\n\n$/],
    [
      '/v1/responses',
      responses,
      /\n\nevent: error\ndata: \{"type":"error","sequence_number":\d+,"code":"[^\n]*\n\n$/,
    ],
  ]

  beforeAll(() =>
    world.addModel('claude-hang', { providerId: world.ids.anthropic, upstreamModel: 'fake-hang' }),
  )

  let stop: AbortController
  beforeEach(() => {
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await expect.poll(() => world.fake.active()).toBe(0)
  })

  /** Opens a stream and collects what comes of it. */
  async function opened(path: string, body: object, secret: string) {
    const answer = await fetch(world.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: stop.signal,
    })
    expect(answer.status).toBe(200)
    const stream = { requestId: answer.headers.get('x-request-id'), text: '', ended: false }
    const read = async () => {
      const decoder = new TextDecoder()
      for await (const bytes of answer.body ?? []) stream.text += decoder.decode(bytes)
    }
    read()
      .catch(() => {})
      .finally(() => {
        stream.ended = true
      })
    await until('its first words are here', () => stream.text.includes('quick'))
    return stream
  }

  const rowOf = async (requestId: string | null) =>
    (await world.usage()).find((row) => row.requestId === requestId)

  test.each(dialects)(
    'ends with an error event when its policy no longer allows the model: %s',
    async (path, body, event) => {
      const { id, secret } = await world.issueKey()
      const stream = await opened(path, body, secret)
      const scope = { scopeType: 'key', scopeId: id }
      const change = { models: ['gpt-*'] }
      await world.make('policySet', { params: scope, body: change })
      await expect.poll(() => stream.ended, PROMISED).toBe(true)
      expect(stream.text).toMatch(event)
      expect(stream.text).toContain('"code":"model_not_allowed"')
      await expect
        .poll(() => rowOf(stream.requestId))
        .toMatchObject({ errorCode: 'model_not_allowed', estimated: true })
      const row = await rowOf(stream.requestId)
      expect(row?.outputTokens).toBeGreaterThan(0n)
      expect(row?.costNanoUsd).toBeLessThan(row?.holdNanoUsd ?? 0n)
      expect(world.fake.active()).toBe(0)
    },
  )

  test('goes on when a policy changes to something that still allows it', async () => {
    const { id, secret } = await world.issueKey()
    const stream = await opened(CHAT, openai, secret)
    await world.make('policySet', { params: { scopeType: 'key', scopeId: id }, body: { models: ['fake-*'] } })
    await sleep(1_500)
    expect(stream.ended).toBe(false)
  })

  const budget = async (limitUsd: string) => {
    const { id, secret } = await world.issueKey({ budgets: [{ period: 'total', limitUsd }] })
    const { data } = await world.make('budgetList', { query: { scopeType: 'key', scopeId: id } })
    return { secret, budgetId: data[0].id as string }
  }

  test.each(dialects)(
    'ends with an error event when the limit is lowered below what it has used: %s',
    async (path, body, event) => {
      const { secret, budgetId } = await budget('1')
      const stream = await opened(path, body, secret)
      await world.make('budgetUpdate', { params: { budgetId }, body: { limitUsd: '0.000001' } })
      await expect.poll(() => stream.ended, PROMISED).toBe(true)
      expect(stream.text).toMatch(event)
      expect(stream.text).toContain('"code":"budget_exceeded"')
      expect(stream.text).toContain(budgetId)
      await expect
        .poll(() => rowOf(stream.requestId))
        .toMatchObject({ errorCode: 'budget_exceeded', estimated: true })
      expect(world.fake.active()).toBe(0)
    },
  )

  test('goes on while what is spent and used stays below the lowered limit, and ends when others use it up', async () => {
    const { secret, budgetId } = await budget('1')
    const stream = await opened(CHAT, openai, secret)
    await world.make('budgetUpdate', { params: { budgetId }, body: { limitUsd: '0.02' } })
    await sleep(1_500)
    expect(stream.ended).toBe(false)
    world.fake.behave({ usage: { input: 20_000 } })
    const headers = { authorization: `Bearer ${secret}` }
    const other = await world.post(CHAT, { model: 'tiny', messages: [], max_tokens: 5 }, headers)
    expect(other.status).toBe(200)
    await expect.poll(() => stream.ended, { timeout: 3_000 }).toBe(true)
    expect(stream.text).toContain('"code":"budget_exceeded"')
  })

  test('goes on when its budget is deleted, since nothing limits it any more', async () => {
    const { secret, budgetId } = await budget('1')
    const stream = await opened(CHAT, openai, secret)
    await world.make('budgetDelete', { params: { budgetId } })
    await sleep(1_500)
    expect(stream.ended).toBe(false)
  })
})
