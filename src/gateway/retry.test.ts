import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import { parkCredential } from '../db/provider-snapshots.ts'
import { formatUsd } from '../domain/money.ts'

let world: GatewayWorld
let upstream: RawUpstream
let providerId: string
/** The two that the environment may use, and one that belongs to the same provider and is not the environment's. */
const credentials = new Map<string, string>()

beforeAll(async () => {
  upstream = await startRawUpstream()
  world = await gatewayWorld()
  const body = { name: 'raw', kind: 'openai', baseUrl: `${upstream.url}/v1` }
  providerId = (await world.make('providerCreate', { body })).id
  for (const name of ['one', 'two', 'foreign']) {
    const secret = secretOf(name)
    const made = await world.make('credentialCreate', { body: { providerId, name, secret } })
    credentials.set(name, made.id)
  }
  await bind('one', 'two')
  await world.addModel('raw-model', { providerId, upstreamModel: 'raw-model' })
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

beforeEach(() => {
  upstream.onRequest = (socket) => socket.write(ANSWER)
})

afterEach(async () => {
  await bind('one', 'two')
  for (const name of ['one', 'two']) {
    await update(name, { enabled: true })
    await expect.poll(() => usedByOthers(name)).toBe(true)
  }
})

const CHAT = '/v1/chat/completions'
const CALL = { model: 'raw-model', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 5 }
const USAGE = '{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":1}}'
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${USAGE.length}\r\n\r\n${USAGE}`
const BUSY = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}'
const FAILURE_SEEN_MS = 100

function secretOf(name: string): string {
  return `sk-proj-raw-secret-of-${name}`
}

function idOf(name: string): string {
  return credentials.get(name) ?? ''
}

async function bind(...names: string[]): Promise<void> {
  await world.make('environmentCredentialSet', {
    params: { environmentId: world.ids.environment },
    body: { credentialIds: names.map(idOf) },
  })
}

function update(name: string, body: object): Promise<unknown> {
  return world.make('credentialUpdate', { params: { credentialId: idOf(name) }, body })
}

/** So many calls are shared out by chance that a credential in use is among them. */
async function usedByOthers(name: string): Promise<boolean> {
  const before = upstream.requests.length
  for (let n = 0; n < 20; n++) await (await world.post(CHAT, CALL)).text()
  return used().slice(before).includes(name)
}

/** The names of the credentials that were used, in order. */
function used(): string[] {
  return upstream.requests.map((request) => /sk-proj-raw-secret-of-(\w+)/.exec(request)?.[1] ?? '')
}

async function rowsOf({ headers }: Response) {
  return (await world.usage()).filter(({ requestId }) => requestId === headers.get('x-request-id'))
}

/** The next request that reaches the provider, which waits there; those after it are answered. */
function nextRequest(): Promise<Socket> {
  return new Promise((resolve) => {
    upstream.onRequest = (socket) => {
      upstream.onRequest = (socket) => socket.write(ANSWER)
      resolve(socket)
    }
  })
}

/** A call whose first attempt waits at the provider, and a way to let that fail. */
async function firstAttempt(secret = world.key.secret) {
  upstream.requests.length = 0
  const arriving = nextRequest()
  const answer = world.post(CHAT, CALL, { authorization: `Bearer ${secret}` })
  const held = await arriving
  const [first = ''] = used()
  return { answer, first, second: first === 'one' ? 'two' : 'one', fail: () => held.write(BUSY) }
}

test('a failed call goes to the other credential of its environment, and to no other of its provider', async () => {
  const { answer, first, second, fail } = await firstAttempt()
  const arriving = nextRequest()
  fail()
  const again = await arriving
  again.write(BUSY)
  expect((await answer).status).toBe(200)
  expect(used()).toEqual([first, second, second])
})

describe('a credential that was withdrawn since the first attempt is not tried', () => {
  const WITHDRAWALS: [how: string, withdraw: (name: string) => Promise<unknown>][] = [
    ['disabled', (name) => update(name, { enabled: false })],
    [
      'parked by another gateway',
      (name) =>
        parkCredential(
          world.app.db,
          { id: idOf(name), secretVersion: 1 },
          { reason: 'refused', until: new Date(Date.now() + 600_000), requestId: 'req_1' },
        ),
    ],
    ['not of the environment any more', (name) => bind(name === 'one' ? 'two' : 'one')],
  ]

  test.each(WITHDRAWALS)('%s', async (_, withdraw) => {
    const { answer, first, second, fail } = await firstAttempt()
    await withdraw(second)
    await expect.poll(() => usedByOthers(second)).toBe(false)
    const before = upstream.requests.length
    fail()
    expect((await answer).status).toBe(200)
    expect(used().slice(before)).toEqual([first])
  })

  test('also not when it is the one that failed', async () => {
    const { answer, fail } = await firstAttempt()
    await bind()
    await expect.poll(async () => (await world.post(CHAT, CALL)).status).not.toBe(200)
    fail()
    expect((await answer).status).toBe(503)
    expect(used()).toHaveLength(1)
  })
})

describe('a call whose key changes is not sent again before the change is read', () => {
  /** The gateway knows that something changed, and waits for the database to hear what. */
  async function whileKeysAreRead(change: () => Promise<unknown>, then: () => void): Promise<void> {
    const executor = world.app.gatewayDb.getExecutor()
    const run = executor.executeQuery.bind(executor)
    const released = Promise.withResolvers<void>()
    let asked = 0
    const slow: typeof run = async (query) => {
      if (query.sql.includes('key_secrets')) {
        asked++
        await released.promise
      }
      return run(query)
    }
    Object.assign(executor, { executeQuery: slow })
    try {
      await change()
      await expect.poll(() => asked).toBeGreaterThan(0)
      then()
      // The failure has been seen when its connection is free for the next call.
      await sleep(FAILURE_SEEN_MS)
    } finally {
      released.resolve()
      Object.assign(executor, { executeQuery: run })
    }
  }

  test('revoked', async () => {
    const { id, secret } = await world.issueKey()
    const { answer, fail } = await firstAttempt(secret)
    const revoke = () => world.make('keyRevoke', { params: { keyId: id }, body: { reason: 'a test' } })
    await whileKeysAreRead(revoke, fail)
    await expectRefused(answer, 401, 'key_revoked')
  })

  test('its policy does not allow the model any more', async () => {
    const { id, secret } = await world.issueKey()
    const { answer, fail } = await firstAttempt(secret)
    const scope = { scopeType: 'key', scopeId: id }
    const narrow = () => world.make('policySet', { params: scope, body: { models: ['gpt-*'] } })
    await whileKeysAreRead(narrow, fail)
    await expectRefused(answer, 403, 'model_not_allowed')
  })

  test('its environment may not use the other credential any more', async () => {
    const { answer, first, fail } = await firstAttempt()
    await whileKeysAreRead(() => bind(first), fail)
    await expectRefused(answer, 503, 'no_credential')
  })

  async function expectRefused(answering: Promise<Response>, status: number, code: string): Promise<void> {
    const answer = await answering
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ error: { code } })
    expect(used()).toHaveLength(1)
    await expect.poll(() => rowsOf(answer)).toHaveLength(2)
    const rows = (await rowsOf(answer)).toSorted((one, other) => one.attempt - other.attempt)
    expect(rows.map(({ costNanoUsd }) => costNanoUsd)).toEqual([0n, 0n])
    // The refusal is nobody's at the provider.
    expect(rows.map(({ credentialId }) => credentialId !== null)).toEqual([true, false])
  }
})

test('attempts share one hold: it is not given back between them, and what the last one cost is charged once', async () => {
  const one = await world.post(CHAT, CALL)
  await expect.poll(() => rowsOf(one)).toHaveLength(1)
  const heldNanoUsd = (await rowsOf(one))[0]?.holdNanoUsd ?? 0n
  // Room for one call that is held, and not for two.
  const limitUsd = formatUsd((heldNanoUsd * 3n) / 2n)
  const { id, secret } = await world.issueKey({ budgets: [{ period: 'total', limitUsd }] })
  const refused = async () => {
    const answer = await world.post(CHAT, CALL, { authorization: `Bearer ${secret}` })
    return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code]
  }
  const { answer, first, second, fail } = await firstAttempt(secret)
  expect(await refused()).toEqual([429, 'budget_exceeded'])
  const arriving = nextRequest()
  fail()
  const again = await arriving
  expect(used()).toEqual([first, second])
  expect(await refused()).toEqual([429, 'budget_exceeded'])
  again.write(ANSWER)
  const answered = await answer
  expect(answered.status).toBe(200)
  await expect.poll(() => rowsOf(answered)).toHaveLength(2)
  expect((await rowsOf(answered)).map(({ attempt, costNanoUsd }) => [attempt, costNanoUsd]).sort()).toEqual([
    [1, 0n],
    [2, 17_000n],
  ])
  const { data } = await world.make('budgetList', { query: { scopeType: 'key', scopeId: id } })
  expect(data[0].window.spentUsd).toBe('0.000017')
})
