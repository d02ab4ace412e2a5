import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type GatewayWorld, gatewayWorld, type IssuedKey } from './gateway-world.ts'

let world: GatewayWorld
let openai: OpenAI
let key: IssuedKey

beforeAll(async () => {
  world = await gatewayWorld()
  for (const model of ['fake-400', 'fake-401', 'fake-404', 'fake-429', 'fake-500', 'fake-cut'])
    await world.addModel(model)
})

beforeEach(async () => {
  world.fake.reset()
  // A key for each test, so that each finds its own usage.
  key = await world.issueKey()
  openai = client(key.secret)
})

afterAll(() => world[Symbol.asyncDispose]())

function client(apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${world.url}/v1`, apiKey, maxRetries: 0 })
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

const MESSAGES = [{ role: 'user' as const, content: 'Say something.' }]
const TEXT = 'The quick brown fox jumps over the lazy dog.'

// gpt-5.4 costs 2.5 USD per million tokens in, 0.25 from the cache, 15 out: 80 × 2.5 + 1,920 × 0.25 + 300 × 15 micro-USD.
const USAGE = { input: 2000, cached: 1920, output: 300, reasoning: 128 }
const COST = 5_180_000n
const COUNTED = {
  inputTokens: 2000n,
  cachedInputTokens: 1920n,
  outputTokens: 300n,
  reasoningTokens: 128n,
  costNanoUsd: COST,
  estimated: false,
  priced: true,
}

describe('chat completions', () => {
  test('an answer arrives, and its usage and cost are exact', async () => {
    world.fake.behave({ usage: USAGE, servedModel: 'gpt-5.4-2026-03-05' })
    const answer = await openai.chat.completions.create({ model: 'gpt-5.4', messages: MESSAGES })
    expect(answer.choices[0]?.message.content).toBe(TEXT)
    expect(answer.usage).toMatchObject({ prompt_tokens: 2000, completion_tokens: 300 })
    expect(await usageRow()).toMatchObject({
      ...COUNTED,
      operation: 'chat.completions',
      model: 'gpt-5.4',
      upstreamModel: 'gpt-5.4',
      servedModel: 'gpt-5.4-2026-03-05',
      status: 200,
      errorCode: null,
      stream: false,
      priceVersion: 'genai-prices@0.1.8/openai/gpt-5.4',
      serviceTier: 'default',
      modifiers: [],
      keyId: key.id,
    })
    expect(world.fake.bill).toMatchObject([{ usage: USAGE, completed: true }])
  })

  test('the tier that served sets the price, not the one asked for', async () => {
    world.fake.behave({ usage: USAGE, serviceTier: 'default' })
    await openai.chat.completions.create({ model: 'gpt-5.4', messages: MESSAGES, service_tier: 'priority' })
    expect(await usageRow()).toMatchObject({ costNanoUsd: COST, serviceTier: 'default', modifiers: [] })
  })

  test('flex costs half', async () => {
    world.fake.behave({ usage: USAGE })
    await openai.chat.completions.create({ model: 'gpt-5.4', messages: MESSAGES, service_tier: 'flex' })
    expect(await usageRow()).toMatchObject({
      costNanoUsd: COST / 2n,
      serviceTier: 'flex',
      modifiers: ['flex'],
    })
  })

  test.each([true, false])(
    'a stream arrives word by word and is counted, usage included: %s',
    async (include_usage) => {
      world.fake.behave({ usage: USAGE })
      const stream = await openai.chat.completions.create({
        model: 'gpt-5.4',
        messages: MESSAGES,
        stream: true,
        ...(include_usage ? { stream_options: { include_usage } } : {}),
      })
      const words: string[] = []
      for await (const chunk of stream) {
        const word = chunk.choices[0]?.delta.content
        if (word) words.push(word)
      }
      expect(words.length).toBe(TEXT.split(' ').length)
      expect(words.join('')).toBe(TEXT)
      expect(await usageRow()).toMatchObject({ ...COUNTED, stream: true, status: 200 })
    },
  )

  test('the stream helper collects a whole completion', async () => {
    const final = await openai.chat.completions
      .stream({ model: 'gpt-5.4', messages: MESSAGES })
      .finalChatCompletion()
    expect(final.choices[0]?.message.content).toBe(TEXT)
    expect(await usageRow()).toMatchObject({ stream: true, outputTokens: 9n, estimated: false })
  })

  test('a stream that its reader leaves is aborted upstream and charged for what went by', async () => {
    world.fake.behave({ wordDelayMs: 30, text: TEXT.repeat(20) })
    const stream = await openai.chat.completions.create({
      model: 'gpt-5.4',
      messages: MESSAGES,
      stream: true,
    })
    let seen = 0
    for await (const _ of stream) if (++seen === 5) break
    const row = await usageRow()
    expect(row).toMatchObject({ estimated: true, errorCode: 'caller_gone' })
    expect(row?.outputTokens).toBeGreaterThanOrEqual(BigInt(world.fake.bill[0]?.usage.output ?? 0))
    expect(row?.costNanoUsd).toBeGreaterThan(0n)
    await expect.poll(() => world.fake.aborted()).toBe(1)
  })

  test('a stream that the provider breaks off ends in an error, not as if it were whole', async () => {
    const stream = await openai.chat.completions.create({
      model: 'fake-cut',
      messages: MESSAGES,
      stream: true,
    })
    const read = async () => {
      for await (const _ of stream);
    }
    await expect(read()).rejects.toThrow()
    expect(await usageRow()).toMatchObject({ estimated: true })
  })

  test('reading a stream of many thousand chunks loses nothing', async () => {
    world.fake.behave({ text: 'word '.repeat(5000) })
    const stream = await openai.chat.completions.create({
      model: 'gpt-5.4',
      messages: MESSAGES,
      stream: true,
    })
    let words = 0
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'word ') words++
    expect(words).toBe(5000)
    expect(await usageRow()).toMatchObject({ outputTokens: 5000n, estimated: false })
  })
})

test('legacy completions', async () => {
  world.fake.behave({ usage: { input: 1000, output: 100 } })
  const answer = await openai.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Say' })
  expect(answer.choices[0]?.text).toBe(TEXT)
  // 1.5 USD per million in, 2 out.
  expect(await usageRow()).toMatchObject({ operation: 'completions', costNanoUsd: 1_700_000n })
})

describe('responses', () => {
  // gpt-6-sol costs 2 in, 0.2 from the cache, 2.5 into the cache, 10 out, and 10 USD per thousand searches.
  const usage = { input: 1000, cached: 200, cacheWrite5m: 300, output: 500, reasoning: 450 }
  const cost = 500n * 2_000n + 200n * 200n + 300n * 2_500n + 500n * 10_000n

  test('an answer arrives, and its usage and cost are exact', async () => {
    world.fake.behave({ usage })
    const response = await openai.responses.create({ model: 'gpt-6-sol', input: 'Say something.' })
    expect(response.output_text).toBe(TEXT)
    expect(await usageRow()).toMatchObject({
      operation: 'responses',
      inputTokens: 1000n,
      cachedInputTokens: 200n,
      cacheWriteTokens: 300n,
      outputTokens: 500n,
      reasoningTokens: 450n,
      costNanoUsd: cost,
      objectId: response.id,
      estimated: false,
    })
  })

  test('a stream arrives, and the usage in its last event is counted however large that event is', async () => {
    const text = 'A long answer. '.repeat(2000)
    world.fake.behave({ usage, text })
    const stream = openai.responses.stream({ model: 'gpt-6-sol', input: 'Say something.' })
    const final = await stream.finalResponse()
    expect(final.output_text).toBe(text)
    expect(await usageRow()).toMatchObject({
      costNanoUsd: cost,
      stream: true,
      objectId: final.id,
      estimated: false,
    })
  })

  test('a stream that breaks off is raised with the code and the message of its error event', async () => {
    const events: OpenAI.Responses.ResponseStreamEvent[] = []
    const read = async () => {
      const stream = await openai.responses.create({ model: 'fake-cut', input: 'x', stream: true })
      for await (const event of stream) events.push(event)
    }
    const error = await read().then(
      () => null,
      (error: unknown) => error,
    )
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({
      code: 'upstream_failed',
      error: { type: 'error', sequence_number: events.length, message: expect.any(String) },
    })
  })

  test('a stored response can be read, listed, cancelled and deleted through the same key', async () => {
    const { id } = await openai.responses.create({ model: 'gpt-6-sol', input: 'Say something.' })
    await usageRow()
    expect((await openai.responses.retrieve(id)).id).toBe(id)
    const items = await openai.responses.inputItems.list(id)
    expect(items.data[0]).toMatchObject({ type: 'message', role: 'user' })
    expect((await openai.responses.cancel(id)).status).toBe('cancelled')
    await openai.responses.delete(id)
    await expect(openai.responses.retrieve(id)).rejects.toThrow(OpenAI.NotFoundError)
  })
})

test('embeddings', async () => {
  world.fake.behave({ usage: { input: 8 } })
  const { data } = await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] })
  expect(data.map(({ embedding }) => embedding)).toEqual([
    [0.25, -0.5, 0.125],
    [0.25, -0.5, 0.125],
  ])
  // 0.02 USD per million.
  expect(await usageRow()).toMatchObject({
    operation: 'embeddings',
    inputTokens: 8n,
    outputTokens: 0n,
    costNanoUsd: 160n,
  })
})

test('images', async () => {
  world.fake.behave({ usage: { input: 550, imageInput: 500, output: 8320 } })
  const { data } = await openai.images.generate({ model: 'gpt-image-1.5', prompt: 'A fox', n: 2 })
  expect(data).toHaveLength(2)
  const row = await usageRow()
  // 50 × 5 + 500 × 8 + 8,320 × 32 micro-USD: text in, image in, images out.
  expect(row).toMatchObject({ operation: 'images.generations', costNanoUsd: 270_490_000n, estimated: false })
  expect(row?.quantities).toMatchObject({ images: 2, imageInputTokens: 500, imageOutputTokens: 8320 })
})

test('moderations are free', async () => {
  const { results } = await openai.moderations.create({ model: 'omni-moderation-latest', input: 'A fox' })
  expect(results[0]?.flagged).toBe(false)
  expect(await usageRow()).toMatchObject({ operation: 'moderations', costNanoUsd: 0n, status: 200 })
})

test('models are those that the key may call', async () => {
  const ids: string[] = []
  for await (const { id } of openai.models.list()) ids.push(id)
  expect(ids).toEqual(expect.arrayContaining(['gpt-5.4', 'claude-opus-5-5', 'fake-429']))
})

describe('errors are those that the SDK knows', () => {
  const call = (model: string, from = openai) => from.chat.completions.create({ model, messages: MESSAGES })

  test.each([
    ['fake-400', OpenAI.BadRequestError, 400],
    ['fake-404', OpenAI.NotFoundError, 404],
    ['fake-429', OpenAI.RateLimitError, 429],
  ])('what the provider says of %s', async (model, type, status) => {
    const error = await call(model).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ status })
    expect(world.fake.bill).toEqual([])
  })

  test('a provider that always fails', async () => {
    await expect(call('fake-500')).rejects.toThrow(OpenAI.InternalServerError)
  })

  test("a provider that refuses our credential is not the caller's fault", async () => {
    const error = await call('fake-401').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).not.toBeInstanceOf(OpenAI.AuthenticationError)
  })

  test('a wrong key', async () => {
    await expect(call('gpt-5.4', client('sk-nothing'))).rejects.toThrow(OpenAI.AuthenticationError)
    expect(world.fake.calls).toEqual([])
  })

  test('a model that nobody serves', async () => {
    const error = await call('gpt-99').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: 'model_not_found' })
  })

  test('a request that is not one', async () => {
    const bad = openai.chat.completions.create({
      model: 'gpt-5.4',
      messages: MESSAGES,
      max_completion_tokens: -1,
    })
    await expect(bad).rejects.toThrow(OpenAI.BadRequestError)
    expect(world.fake.calls).toEqual([])
  })
})
