import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'

let world: GatewayWorld

beforeAll(async () => {
  world = await gatewayWorld()
  for (const name of ['tiny', 'fake-stalls', 'fake-gzip', 'gpt-4o-search-preview']) await world.addModel(name)
})

beforeEach(() => world.fake.reset())

afterAll(() => world[Symbol.asyncDispose]())

const CHAT = '/v1/chat/completions'
const RESPONSES = '/v1/responses'
const messages = [{ role: 'user', content: 'Hello' }]

async function keyWith(more: object): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${(await world.issueKey(more)).secret}` }
}

async function rowOf(model: string) {
  const found = async () => (await world.usage()).filter((row) => row.model === model)
  await expect.poll(async () => (await found()).length).toBeGreaterThan(0)
  const row = (await found()).at(-1)
  if (!row) throw new Error(`no call of ${model} is in the books`)
  return row
}

/** A connection with a request on it, to be hung up at will. */
function requestOn(path: string, body: object): Socket {
  const text = JSON.stringify(body)
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: x',
    `authorization: Bearer ${world.key.secret}`,
    'content-type: application/json',
    `content-length: ${text.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${text}`)
  return socket
}

describe('what is held bounds what a call may cost', () => {
  test('a search that the model does before each answer is held as well', async () => {
    const model = 'gpt-4o-search-preview'
    expect((await world.post(CHAT, { model, messages, max_tokens: 50 })).status).toBe(200)
    const row = await rowOf(model)
    expect(row.costNanoUsd).toBeGreaterThanOrEqual(25_000_000n)
    expect(row.holdNanoUsd).toBeGreaterThanOrEqual(row.costNanoUsd)
  })

  test('a call that is cut to what is left keeps room for predicted text that is rejected', async () => {
    const headers = await keyWith({ budgets: [{ period: 'total', limitUsd: '0.005' }] })
    const prediction = { type: 'content', content: 'x'.repeat(50) }
    const body = { model: 'tiny', messages, prediction, n: 2 }
    const answer = await world.post(CHAT, body, headers)
    expect(answer.status).toBe(200)
    const clamped = Number(answer.headers.get('x-claviger-output-clamped'))
    expect(clamped).toBeGreaterThan(0)
    const { holdNanoUsd } = await rowOf('tiny')
    const rejected = JSON.stringify(body).length
    expect(holdNanoUsd).toBeGreaterThanOrEqual(BigInt(clamped * 2 + rejected) * 10_000n)
    expect(holdNanoUsd).toBeLessThanOrEqual(5_000_000n)
  })

  test('a call in the background is charged its hold, also when its caller does not wait for the answer', async () => {
    const socket = requestOn(RESPONSES, {
      model: 'fake-stalls',
      input: 'Hello',
      background: true,
      max_output_tokens: 50,
    })
    await expect.poll(() => world.fake.active()).toBe(1)
    socket.destroy()
    const row = await rowOf('fake-stalls')
    expect(row).toMatchObject({ errorCode: 'caller_gone', estimated: true })
    expect(row.costNanoUsd).toBe(row.holdNanoUsd)
  })

  test('what nobody reported is charged at the tier that was asked for', async () => {
    const body = { model: 'fake-stalls', messages, max_tokens: 50, service_tier: 'priority' }
    const socket = requestOn(CHAT, body)
    await expect.poll(() => world.fake.active()).toBe(1)
    socket.destroy()
    const charged = async () =>
      (await world.usage()).find((row) => row.operation === 'chat.completions' && row.model === body.model)
    const inputTokens = Math.ceil(JSON.stringify(body).length / 3)
    await expect
      .poll(charged)
      .toMatchObject({ inputTokens: BigInt(inputTokens), costNanoUsd: BigInt(inputTokens) * 2_500n })
  })

  test('an answer that cannot be read is charged: the provider did the work', async () => {
    expect((await world.post(CHAT, { model: 'fake-gzip', messages, max_tokens: 5 })).status).toBe(502)
    const row = await rowOf('fake-gzip')
    expect(row.estimated).toBe(true)
    expect(row.costNanoUsd).toBeGreaterThan(0n)
  })
})

test('a call that turns out malformed after it was let in holds nothing', async () => {
  const headers = await keyWith({ rateLimit: { concurrentCalls: 1 } })
  const body =
    '{"model":"tiny","messages":[],"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}'
  for (let i = 0; i < 2; i++) expect((await world.post(CHAT, body, headers)).status).toBe(400)
  expect(world.app.ledger.health().openCalls).toBe(0)
})

describe('what other calls left at the provider', () => {
  test.each([
    ['by its type', '{"type":"item_reference","id":"msg_1"}'],
    ['by its id alone', '{"id":"msg_1"}'],
    ['with a type that is null', '{"type":null,"id":"rs_1"}'],
    ['with escapes', '{"\\u0069d":"msg_1"}'],
  ])('cannot be brought into a call, %s', async (_, item) => {
    const answer = await world.post(RESPONSES, `{"model":"tiny","max_output_tokens":50,"input":[${item}]}`)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('stored at the provider')
    expect(world.fake.calls).toHaveLength(0)
  })

  test('does not stand in the way of items that are sent whole', async () => {
    const input = [{ id: 'msg_1', type: 'message', role: 'assistant', content: 'Hello' }, ...messages]
    expect((await world.post(RESPONSES, { model: 'tiny', max_output_tokens: 50, input })).status).toBe(200)
  })
})
