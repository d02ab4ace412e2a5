import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'

let world: GatewayWorld

// The provider writes 20,000 words, whatever cap or maximum it is told. A token costs 10,000 nano-USD.
beforeAll(async () => {
  world = await gatewayWorld()
  await world.addModel('fake-huge-stream', { maxOutputTokens: 16 })
  await world.addModel('claude-huge', {
    providerId: world.ids.anthropic,
    upstreamModel: 'fake-huge-stream-fake-uncapped',
    maxOutputTokens: 16,
  })
})

beforeEach(() => {
  world.fake.reset()
  world.fake.behave({ wordDelayMs: 1 })
})

afterAll(() => world[Symbol.asyncDispose]())

type Stream = { requestId: string | null; text: string; ended: boolean; stop(): void }

async function opened(path: string, body: object, limitUsd: string): Promise<Stream> {
  const { secret } = await world.issueKey({ budgets: [{ period: 'total', limitUsd }] })
  const stop = new AbortController()
  const answer = await fetch(world.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'x' }], stream: true, ...body }),
    signal: stop.signal,
  })
  expect(answer.status).toBe(200)
  const requestId = answer.headers.get('x-request-id')
  const stream: Stream = { requestId, text: '', ended: false, stop: () => stop.abort() }
  const read = async () => {
    for await (const bytes of answer.body ?? []) stream.text += Buffer.from(bytes).toString()
  }
  const done = () => {
    stream.ended = true
  }
  read().then(done, done)
  return stream
}

const rowOf = async ({ requestId }: Stream) => {
  const find = async () => (await world.usage()).find((row) => row.requestId === requestId)
  await expect.poll(find).toBeDefined()
  return await find()
}

test.each([
  ['/v1/chat/completions', { model: 'fake-huge-stream' }, /\n\ndata: \{"error":\{[^\n]*\n\n$/],
  [
    '/v1/messages',
    { model: 'claude-huge', max_tokens: 16 },
    /\n\nevent: error\ndata: \{"type":"error",[^\n]*\n\n$/,
  ],
])(
  'a stream that outgrows its hold ends when nothing more can be held, and is charged: %s',
  async (path, body, event) => {
    const stream = await opened(path, body, '0.05')
    await expect.poll(() => stream.ended, { timeout: 10_000 }).toBe(true)
    expect(stream.text).toMatch(event)
    expect(stream.text).toContain('"code":"budget_exceeded"')
    expect(await rowOf(stream)).toMatchObject({ errorCode: 'budget_exceeded', estimated: true })
    expect(world.fake.active()).toBe(0)
  },
)

test('a stream that outgrows its hold goes on in slices that are held ahead of it', async () => {
  const stream = await opened('/v1/chat/completions', { model: 'fake-huge-stream' }, '1')
  const grown = () => world.app.logged.filter((line) => line.includes('usage.outgrown')).length
  const before = grown()
  await expect.poll(grown, { timeout: 10_000 }).toBe(before + 1)
  await expect.poll(() => stream.text.split('\n\n').length, { timeout: 10_000 }).toBeGreaterThan(2_000)
  expect(stream.ended).toBe(false)
  stream.stop()
  const row = await rowOf(stream)
  expect(row?.holdNanoUsd).toBeGreaterThan(82_000_000n)
  expect(row?.holdNanoUsd).toBeLessThan(200_000_000n)
  expect(row?.costNanoUsd).toBeLessThanOrEqual(row?.holdNanoUsd ?? 0n)
})

test('a stream within its hold holds no more', async () => {
  const stream = await opened('/v1/chat/completions', { model: 'fake-huge-stream', max_tokens: 1_500 }, '1')
  await expect.poll(() => stream.ended, { timeout: 10_000 }).toBe(true)
  expect(stream.text).toContain('[DONE]')
  expect((await rowOf(stream))?.holdNanoUsd).toBeLessThan(15_300_000n)
})
