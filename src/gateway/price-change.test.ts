import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { until } from '../../test/raw-peer.ts'

let world: GatewayWorld

beforeAll(async () => {
  world = await gatewayWorld()
  await world.addModel('tiny')
})

afterAll(() => world[Symbol.asyncDispose]())

const CHAT = '/v1/chat/completions'
const messages = [{ role: 'user', content: 'Hello' }]

test('a stream is charged at the price that it was let in under, also when that changes before its end', async () => {
  world.fake.behave({ usage: { input: 100, output: 10 }, text: 'word '.repeat(100), wordDelayMs: 200 })
  const answer = await world.post(CHAT, { model: 'tiny', messages, max_tokens: 20, stream: true })
  const reader = answer.body?.getReader()
  if (!reader) throw new Error('The answer has no body.')
  await reader.read()

  const { data } = await world.make('modelList', { query: { source: 'own' } })
  const { id } = data.find((model: { name: string }) => model.name === 'tiny')
  await world.make('modelUpdate', { params: { modelId: id }, body: { rates: { input: '3', output: '30' } } })
  const costs = async () => (await world.usage()).map((row) => row.costNanoUsd)
  await until('the gateway goes by the new price', async () => {
    await (await world.post(CHAT, { model: 'tiny', messages, max_tokens: 20 })).arrayBuffer()
    // 100 × 3 + 10 × 30 micro-USD
    return (await costs()).includes(600_000n)
  })
  const streamed = async () => (await world.usage()).find((row) => row.stream)
  expect(await streamed()).toBeUndefined()

  world.fake.behave({ wordDelayMs: 0 })
  while (!(await reader.read()).done);
  const version = `own/${id}@1`
  await expect
    .poll(streamed)
    .toMatchObject({ costNanoUsd: 200_000n, estimated: false, priceVersion: version })
  expect((await world.usage()).map((row) => row.priceVersion)).toContain(`own/${id}@2`)
})
