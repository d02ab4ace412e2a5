import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { until } from '../../test/raw-peer.ts'

let world: GatewayWorld

// At 1 USD per million tokens in and 10 out, a nano-USD is a thousandth of a token in.
beforeAll(async () => {
  world = await gatewayWorld()
  for (const name of ['gpt-4o', 'tiny']) await world.addModel(name, { contextWindow: 200_000 })
  // On a busy machine the encoding may take longer to load than a call waits for it.
  const first = async () => (await world.post(CHAT, call('gpt-4o', PROSE), await keyWith('0.0105'))).status
  await until('the encoding is loaded', async () => (await first()) === 200)
})

beforeEach(() => world.fake.reset())

afterAll(() => world[Symbol.asyncDispose]())

const CHAT = '/v1/chat/completions'
/** 10,001 tokens in 45,000 bytes. */
const PROSE = 'The quick brown fox jumps over the lazy dog. '.repeat(1000)

async function keyWith(limitUsd: string, more: object = {}): Promise<{ authorization: string }> {
  const { secret } = await world.issueKey({ budgets: [{ period: 'total', limitUsd, ...more }] })
  return { authorization: `Bearer ${secret}` }
}

const call = (model: string, content: string, more: object = { max_tokens: 16 }) => ({
  model,
  messages: [{ role: 'user', content }],
  ...more,
})

async function holdOf(answer: Response): Promise<bigint | undefined> {
  expect(answer.status).toBe(200)
  const requestId = answer.headers.get('x-request-id')
  const row = async () => (await world.usage()).find((one) => one.requestId === requestId)
  await expect.poll(row).toBeDefined()
  return (await row())?.holdNanoUsd
}

describe('a call that bytes alone would not let in', () => {
  test('is let in by its tokens, and holds what those may cost', async () => {
    const hold = await holdOf(await world.post(CHAT, call('gpt-4o', PROSE), await keyWith('0.0105')))
    expect(hold).toBeGreaterThan(10_001_000n)
    expect(hold).toBeLessThanOrEqual(10_500_000n)
  })

  test('is refused by its tokens as well, when those are too many', async () => {
    expect((await world.post(CHAT, call('gpt-4o', PROSE), await keyWith('0.0100'))).status).toBe(429)
    expect(world.fake.calls).toHaveLength(0)
  })

  test('is refused by its bytes when nobody knows how the model counts', async () => {
    expect((await world.post(CHAT, call('tiny', PROSE), await keyWith('0.0105'))).status).toBe(429)
  })

  test('is refused by its bytes when there are too many of them to count', async () => {
    const long = 'The quick brown fox jumps over the lazy dog. '.repeat(24_000)
    expect((await world.post(CHAT, call('gpt-4o', long), await keyWith('0.5'))).status).toBe(429)
    expect((await world.post(CHAT, call('gpt-4o', long), await keyWith('2'))).status).toBe(200)
  })

  test('has its output cut to what its tokens leave, not what its bytes would', async () => {
    const answer = await world.post(CHAT, call('gpt-4o', PROSE, {}), await keyWith('0.0105'))
    const clamped = Number(answer.headers.get('x-claviger-output-clamped'))
    expect(clamped).toBeGreaterThanOrEqual(16)
    expect(clamped).toBeLessThan(50)
    expect(await holdOf(answer)).toBeLessThanOrEqual(10_500_000n)
  })

  test('is counted by the text that escapes and wide characters stand for', async () => {
    const words = '你好'.repeat(10)
    const escaped = JSON.stringify(call('gpt-4o', '')).replace('""', `"${'\\u4f60\\u597d'.repeat(10)}"`)
    for (const body of [JSON.stringify(call('gpt-4o', words)), escaped]) {
      expect((await world.post(CHAT, body, await keyWith('0.000289'))).status).toBe(200)
    }
  })
})

test('a call that fits by its bytes is not counted', async () => {
  const answer = await world.post(CHAT, call('gpt-4o', PROSE), await keyWith('1'))
  const bytes = JSON.stringify(call('gpt-4o', PROSE)).length
  expect(await holdOf(answer)).toBe(BigInt(bytes + 64) * 1_000n + 160_000n)
})

describe('an output cap', () => {
  test('is not set so low that the provider would refuse it', async () => {
    const bytes = JSON.stringify(call('tiny', 'Hi', {})).length
    const usdFor = (outputTokens: number) => String((bytes + 64 + outputTokens * 10) / 1_000_000)
    const short = await world.post(CHAT, call('tiny', 'Hi', {}), await keyWith(usdFor(15)))
    expect(short.status).toBe(429)
    const enough = await world.post(CHAT, call('tiny', 'Hi', {}), await keyWith(usdFor(16)))
    expect(enough.headers.get('x-claviger-output-clamped')).toBe('16')
  })

  const cut: [path: string, member: string, body: object][] = [
    [CHAT, 'max_completion_tokens', call('tiny', 'Hi', {})],
    ['/v1/completions', 'max_tokens', { model: 'tiny', prompt: 'Hi' }],
    ['/v1/responses', 'max_output_tokens', { model: 'tiny', input: 'Hi' }],
  ]
  test.each(cut)(
    'is set on %s as %s where the budget is short, and nowhere else',
    async (path, member, body) => {
      const answer = await world.post(path, body, await keyWith('0.0005'))
      expect(answer.status).toBe(200)
      const sent = JSON.parse(String(world.fake.calls[0]?.body))
      expect(sent[member]).toBe(Number(answer.headers.get('x-claviger-output-clamped')))
      expect(sent[member]).toBeLessThan(100)
      await world.post(path, body, await keyWith('1'))
      expect(JSON.parse(String(world.fake.calls[1]?.body))[member]).toBe(undefined)
    },
  )

  test.each(cut)('is not set on %s when the budget says to refuse', async (path, _, body) => {
    const refused = await world.post(path, body, await keyWith('0.0005', { onShort: 'deny' }))
    expect(refused.status).toBe(429)
    expect(await refused.text()).toContain('budget_exceeded')
  })

  test("is always the caller's own on /v1/messages: a call that does not fit is refused, one without a cap as well", async () => {
    const body = { model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] }
    const headers = await keyWith('0.0005')
    const refused = await world.post('/v1/messages', body, headers)
    expect(refused.status).toBe(429)
    const uncapped = await world.post('/v1/messages', { ...body, max_tokens: undefined }, headers)
    expect(uncapped.status).toBe(400)
    expect(await uncapped.text()).toContain('max_tokens')
    expect(world.fake.calls).toHaveLength(0)
  })
})
