import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type GatewayWorld, gatewayWorld, type IssuedKey } from './gateway-world.ts'

let world: GatewayWorld
let anthropic: Anthropic
let key: IssuedKey

beforeAll(async () => {
  world = await gatewayWorld()
  for (const model of ['fake-400', 'fake-429', 'fake-529', 'fake-cut'])
    await world.addModel(model, { providerId: world.ids.anthropic })
})

beforeEach(async () => {
  world.fake.reset()
  // A key for each test, so that each finds its own usage.
  key = await world.issueKey()
  anthropic = client(key.secret)
})

afterAll(() => world[Symbol.asyncDispose]())

function client(apiKey: string): Anthropic {
  return new Anthropic({ baseURL: world.url, apiKey, maxRetries: 0 })
}

/** The usage row of the one call that the test made. */
async function usageRow() {
  const rows = await vi.waitFor(async () => {
    const rows = (await world.usage()).filter(({ keyId }) => keyId === key.id)
    expect(rows).toHaveLength(1)
    return rows
  }, 15_000)
  return rows[0]
}

const CALL = {
  model: 'claude-opus-5-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Say something.' }],
}
const TEXT = 'The quick brown fox jumps over the lazy dog.'

// claude-opus-5-5 costs 4 USD per million tokens in, 0.2 from the cache, 5 and 8 into it, 20 out, 0.01 per search:
// 10 × 4 + 1,000 × 0.2 + 60 × 5 + 40 × 8 + 503 × 20 micro-USD + 2 × 0.01 USD.
const USAGE = { input: 1110, cached: 1000, cacheWrite5m: 60, cacheWrite1h: 40, output: 503, webSearches: 2 }
const COST = 30_920_000n
const COUNTED = {
  operation: 'messages',
  inputTokens: 1110n,
  cachedInputTokens: 1000n,
  cacheWriteTokens: 100n,
  outputTokens: 503n,
  costNanoUsd: COST,
  estimated: false,
  priceVersion: 'genai-prices@0.1.8/anthropic/claude-opus-5-5',
}

describe('messages', () => {
  test('an answer arrives, and its usage and cost are exact', async () => {
    world.fake.behave({ usage: USAGE })
    const message = await anthropic.messages.create(CALL)
    expect(message.content).toMatchObject([{ type: 'text', text: TEXT }])
    // Exclusive counts, as Anthropic reports them.
    expect(message.usage).toMatchObject({ input_tokens: 10, cache_read_input_tokens: 1000 })
    expect(await usageRow()).toMatchObject({
      ...COUNTED,
      stream: false,
      serviceTier: 'standard',
      modifiers: [],
    })
    expect(world.fake.bill).toMatchObject([{ usage: USAGE, completed: true }])
  })

  test('a stream arrives and is counted', async () => {
    world.fake.behave({ usage: USAGE })
    const stream = anthropic.messages.stream(CALL)
    const texts: string[] = []
    stream.on('text', (text) => texts.push(text))
    const final = await stream.finalMessage()
    expect(texts.length).toBe(TEXT.split(' ').length)
    expect(final.content).toMatchObject([{ type: 'text', text: TEXT }])
    expect(await usageRow()).toMatchObject({ ...COUNTED, stream: true })
  })

  test('fast and US-only answers cost what they cost', async () => {
    world.fake.behave({ usage: { input: 1000, output: 100 }, serviceTier: 'standard+fast+us' })
    await anthropic.messages.create(CALL)
    // (1,000 × 4 + 100 × 20 micro-USD) × 2 × 1.1
    expect(await usageRow()).toMatchObject({ costNanoUsd: 13_200_000n, modifiers: ['fast', 'us'] })
  })

  test('a stream that its reader leaves is charged its input, and the output that went by', async () => {
    world.fake.behave({ usage: { input: 1000 }, wordDelayMs: 30, text: TEXT.repeat(20) })
    const stream = await anthropic.messages.create({ ...CALL, max_tokens: 1000, stream: true })
    let seen = 0
    for await (const _ of stream) if (++seen === 8) break
    const row = await usageRow()
    expect(row).toMatchObject({ estimated: true, inputTokens: 1000n, errorCode: 'caller_gone' })
    expect(row?.outputTokens).toBeGreaterThanOrEqual(BigInt(world.fake.bill[0]?.usage.output ?? 0))
    await expect.poll(() => world.fake.aborted()).toBe(1)
  })

  test('a stream that the provider breaks off ends in an error', async () => {
    await expect(anthropic.messages.stream({ ...CALL, model: 'fake-cut' }).finalMessage()).rejects.toThrow()
    expect(await usageRow()).toMatchObject({ estimated: true })
  })
})

test('counting tokens is free', async () => {
  world.fake.behave({ usage: { input: 77 } })
  const { messages, model } = CALL
  expect(await anthropic.messages.countTokens({ model, messages })).toEqual({ input_tokens: 77 })
  expect(await usageRow()).toMatchObject({ operation: 'messages.count_tokens', costNanoUsd: 0n, status: 200 })
})

test('models are listed in the shape of Anthropic', async () => {
  const ids: string[] = []
  for await (const { id } of anthropic.models.list()) ids.push(id)
  expect(ids).toEqual(expect.arrayContaining(['claude-opus-5-5', 'fake-429']))
})

test('a Claude model answers the SDK of OpenAI as well', async () => {
  world.fake.behave({ usage: { input: 1000, output: 100 } })
  const openai = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: key.secret, maxRetries: 0 })
  const { choices } = await openai.chat.completions.create({ model: CALL.model, messages: CALL.messages })
  expect(choices[0]?.message.content).toBe(TEXT)
  expect(await usageRow()).toMatchObject({ operation: 'chat.completions', costNanoUsd: 6_000_000n })
})

describe('errors are those that the SDK knows', () => {
  test.each([
    ['fake-400', Anthropic.BadRequestError, 400],
    ['fake-429', Anthropic.RateLimitError, 429],
    ['fake-529', Anthropic.InternalServerError, 529],
  ])('what the provider says of %s', async (model, type, status) => {
    const error = await anthropic.messages.create({ ...CALL, model }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ status, error: { type: 'error' } })
  })

  test('a wrong key', async () => {
    const call = client('sk-ant-nothing').messages.create(CALL)
    await expect(call).rejects.toThrow(Anthropic.AuthenticationError)
    expect(world.fake.calls).toEqual([])
  })

  test('a model that nobody serves', async () => {
    const call = anthropic.messages.create({ ...CALL, model: 'claude-none' })
    await expect(call).rejects.toThrow(Anthropic.NotFoundError)
  })
})
