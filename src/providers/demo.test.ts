import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { createDemoProvider } from '../actions/demo.ts'

let world: GatewayWorld
let openai: OpenAI
let anthropic: Anthropic

beforeAll(async () => {
  world = await gatewayWorld()
  await createDemoProvider(world.app)
  const provider = world.app.db.selectFrom('providers').select('id').where('kind', '=', 'demo')
  const credentials = await world.app.db
    .selectFrom('credentials')
    .select('id')
    .where('providerId', '=', provider)
    .execute()
  await world.make('environmentCredentialSet', {
    params: { environmentId: world.ids.environment },
    body: { credentialIds: credentials.map(({ id }) => id) },
  })
  openai = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: world.key.secret, maxRetries: 0 })
  anthropic = new Anthropic({ baseURL: world.url, apiKey: world.key.secret, maxRetries: 0 })
})

afterAll(() => world[Symbol.asyncDispose]())

const messages = [{ role: 'user' as const, content: 'Guten Tag, größte Eule 🦉!' }]
const chat = (model: string) => openai.chat.completions.create({ model, messages })
const streamed = (model: string) => openai.chat.completions.create({ model, messages, stream: true })

async function textOf(stream: Awaited<ReturnType<typeof streamed>>): Promise<string> {
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  return text
}

test('it repeats what it hears, costs nothing and reports what it used', async () => {
  const { choices, usage } = await chat('demo/echo')
  expect(choices[0]?.message.content).toBe(messages[0]?.content)
  expect(usage?.total_tokens).toBeGreaterThan(0)
  const [row] = await vi.waitFor(async () => {
    const rows = await world.usage()
    expect(rows).toHaveLength(1)
    return rows
  }, 15_000)
  expect(row).toMatchObject({ model: 'demo/echo', costNanoUsd: 0n, estimated: false, priced: true })
  expect(row?.inputTokens).toBe(BigInt(usage?.prompt_tokens ?? 0))
})

test('it streams word by word', async () => {
  const started = performance.now()
  expect(await textOf(await streamed('demo/echo'))).toBe(messages[0]?.content)
  expect(performance.now() - started).toBeGreaterThan(50)
})

test('it speaks all of the protocols', async () => {
  const input = 'An owl.'
  const response = await openai.responses.create({ model: 'demo/echo', input })
  expect(response.output_text).toBe(input)
  expect((await openai.responses.retrieve(response.id)).id).toBe(response.id)
  expect((await openai.responses.stream({ model: 'demo/echo', input }).finalResponse()).output_text).toBe(
    input,
  )
  expect((await openai.completions.create({ model: 'demo/echo', prompt: input })).choices[0]?.text).toBe(
    input,
  )
  expect((await openai.embeddings.create({ model: 'demo/echo', input })).data[0]?.embedding).toHaveLength(3)
  expect((await openai.moderations.create({ model: 'demo/echo', input })).results).toHaveLength(1)
  expect((await openai.images.generate({ model: 'demo/echo', prompt: input, n: 2 })).data).toHaveLength(2)
  const call = { model: 'demo/echo', max_tokens: 100, messages }
  expect((await anthropic.messages.create(call)).content).toMatchObject([{ text: messages[0]?.content }])
  expect((await anthropic.messages.stream(call).finalMessage()).content).toMatchObject([
    { text: messages[0]?.content },
  ])
  expect(
    (await anthropic.messages.countTokens({ model: 'demo/echo', messages })).input_tokens,
  ).toBeGreaterThan(0)
})

describe('it misbehaves as its models are named', () => {
  test.each([
    ['demo/400', OpenAI.BadRequestError],
    ['demo/429', OpenAI.RateLimitError],
    ['demo/500', OpenAI.InternalServerError],
    ['demo/503', OpenAI.InternalServerError],
    ['demo/reset', OpenAI.APIError],
    ['demo/unheard-of', OpenAI.APIError],
  ])('%s', async (model, error) => {
    await expect(chat(model)).rejects.toThrow(error)
  })

  test('demo/cut ends in an error, streamed or not', async () => {
    await expect(textOf(await streamed('demo/cut'))).rejects.toThrow()
    await expect(chat('demo/cut')).rejects.toThrow()
  })

  test('demo/no-usage reports none', async () => {
    expect((await chat('demo/no-usage')).usage).toBeUndefined()
  })

  test('demo/huge is a megabyte, and arrives whole however slowly it is read', async () => {
    const stream = await streamed('demo/huge')
    let text = ''
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? ''
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(text).toBe('All work and no play makes a gateway a dull proxy. '.repeat(20_000))
  })

  test('demo/stall never answers, until the caller gives up', async () => {
    const call = openai.chat.completions.create({ model: 'demo/stall', messages }, { timeout: 200 })
    await expect(call).rejects.toThrow(OpenAI.APIConnectionTimeoutError)
  })

  test('demo/slow keeps its caller waiting', async () => {
    const started = performance.now()
    await chat('demo/slow')
    expect(performance.now() - started).toBeGreaterThan(1000)
  })
})
