import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { type Client, call } from '../contract/client.ts'
import { modelCreate, modelDelete, modelList, modelUpdate } from '../contract/models.ts'
import { providerCreate } from '../contract/providers.ts'

let world: World
let owner: Client
let anthropic: string
let local: string
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
  anthropic = (await call(owner, providerCreate, { body: { name: 'anthropic', kind: 'anthropic' } })).id
  const vllm = { name: 'vllm', kind: 'openai_compatible' as const, baseUrl: 'http://vllm:8000/v1' }
  local = (await call(owner, providerCreate, { body: vllm })).id
})
afterAll(() => world?.[Symbol.asyncDispose]())

const all = async (query: object = {}) =>
  (await call(owner, modelList, { query: { limit: 200, ...query } })).data

test('the models of a connected provider are listed with their prices', async () => {
  const listed = await all({ providerId: anthropic, source: 'catalogue' })
  expect(listed.length).toBeGreaterThan(3)
  for (const model of listed) {
    expect(model.name).toBe(`anthropic/${model.upstreamModel}`)
    expect(model).toMatchObject({ id: null, source: 'catalogue', price: { input: expect.anything() } })
  }
})

test('an alias takes the catalogue’s price, and an own price takes its place', async () => {
  const [listed] = await all({ providerId: anthropic, source: 'catalogue' })
  const body = { name: 'smart', providerId: anthropic, upstreamModel: listed?.upstreamModel ?? '' }
  const alias = await call(owner, modelCreate, { body })
  expect(alias).toMatchObject({ name: 'smart', source: 'own', rates: null, price: listed?.price, version: 1 })
  const params = { modelId: alias.id ?? '' }
  const rates = {
    input: '1.25',
    output: [
      { above: 0, usd: '10' },
      { above: 200_000, usd: '15' },
    ],
  }
  const priced = await call(owner, modelUpdate, { params, body: { rates, maxOutputTokens: 8000 } })
  expect(priced).toMatchObject({ rates, price: rates, maxOutputTokens: 8000, version: 2 })
  expect(await all({ source: 'own' })).toContainEqual(priced)
  await call(owner, modelDelete, { params })
  expect((await all()).map(({ name }) => name)).not.toContain('smart')
  await call(owner, modelCreate, { body })
})

test('a model that nobody prices says so', async () => {
  const body = { name: 'llama', providerId: local, upstreamModel: 'llama4:70b' }
  expect(await call(owner, modelCreate, { body })).toMatchObject({ rates: null, price: null })
})

test('an own entry hides the catalogue’s model of the same name', async () => {
  const [listed] = await all({ providerId: anthropic, source: 'catalogue' })
  const name = listed?.name ?? ''
  await call(owner, modelCreate, { body: { name, providerId: local, upstreamModel: 'other' } })
  expect((await all()).filter((model) => model.name === name)).toMatchObject([
    { source: 'own', providerId: local },
  ])
})

test('pages hold every model once, in order', async () => {
  const whole = await all()
  const names: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await call(owner, modelList, { query: { limit: 3, cursor } })
    names.push(...page.data.map(({ name }) => name))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(names).toEqual(whole.map(({ name }) => name))
  expect(new Set(names).size).toBe(names.length)
})

test.each([
  [{ name: 'gpt-*' }, '/body/name'],
  [{ name: 'two words' }, '/body/name'],
  [{ providerId: 'prv_01JD0000000000000000000000' }, '/body/providerId'],
  [{ rates: {} }, '/body/rates'],
  [{ rates: { input: '-1' } }, '/body/rates/input'],
  [{ rates: { input: 1 } }, '/body/rates/input'],
  [{ rates: { tokens: '1' } }, '/body/rates/tokens'],
  [{ rates: { input: [{ above: 100, usd: '1' }] } }, '/body/rates'],
  [{ contextWindow: 0 }, '/body/contextWindow'],
])('%j is refused', async (change, pointer) => {
  const input = { body: { name: 'new', providerId: local, upstreamModel: 'm', ...change } }
  const answer = await world.api.send(modelCreate, input, { token: world.tokens.owner })
  expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer])
})

test('a team may know the models and change none', async () => {
  const ours = world.api.client(world.tokens.ownTeam)
  expect((await call(ours, modelList, {})).data.length).toBeGreaterThan(0)
  const made = call(ours, modelCreate, { body: { name: 'mine', providerId: local, upstreamModel: 'm' } })
  await expect(made).rejects.toMatchObject({ code: 'forbidden' })
})
