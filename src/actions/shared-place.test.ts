import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationNamed, type Sample } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const ask = (name: string, sample: Sample) =>
  world.api.send(operationNamed(name), sample, { token: world.tokens.adminNotProduction })

const bind = (environmentId: string, credentialIds: string[]) =>
  world.make('environmentCredentialSet', { params: { environmentId }, body: { credentialIds } })

async function newCredential(): Promise<{ providerId: string; credentialId: string }> {
  const { id: providerId } = await world.make('providerCreate', {
    body: { name: world.name(), kind: 'openai' },
  })
  const body = { providerId, name: world.name(), secret: `sk-${world.name()}-of-a-provider` }
  return { providerId, credentialId: (await world.make('credentialCreate', { body })).id }
}

const REACHES = /^This reaches production: .* needs a role that was granted with production\.$/

test('without production one changes the credential and the provider that production is not bound to', async () => {
  const { providerId, credentialId } = await newCredential()
  await bind(world.ids.environment, [credentialId])
  const params = { credentialId }
  const body = { secret: `sk-${world.name()}-newer-secret` }
  expect((await ask('credentialReplaceSecret', { params, body })).status).toBe(200)
  expect((await ask('credentialUpdate', { params, body: { enabled: false } })).status).toBe(200)
  const moved = { params: { providerId }, body: { baseUrl: 'https://models.example.com/v1' } }
  expect((await ask('providerUpdate', moved)).status).toBe(200)
  expect((await ask('credentialDelete', { params })).status).toBe(204)
})

test('and neither once a production environment is bound to it, until it is so no more', async () => {
  const { providerId, credentialId } = await newCredential()
  const other = await newCredential()
  await bind(world.ids.environment, [credentialId])
  await bind(world.ids.production, [credentialId, other.credentialId])
  const params = { credentialId }
  const asked: [string, Sample][] = [
    ['credentialUpdate', { params, body: { enabled: false } }],
    ['credentialReplaceSecret', { params, body: { secret: `sk-${world.name()}-newer-secret` } }],
    ['credentialDelete', { params }],
    ['providerUpdate', { params: { providerId }, body: { baseUrl: 'https://models.example.com/v1' } }],
  ]
  for (const [name, sample] of asked) {
    const { status, body } = await ask(name, sample)
    expect([name, status, body.detail]).toEqual([name, 403, expect.stringMatching(REACHES)])
  }
  // It changes nothing of what production does.
  expect((await ask('credentialTest', { params })).status).toBe(200)
  await bind(world.ids.production, [other.credentialId])
  for (const [name, sample] of asked.filter(([name]) => name !== 'credentialDelete')) {
    expect([name, (await ask(name, sample)).status]).toEqual([name, 200])
  }
})

test('a name, a price or a setting that every environment goes by is free until there is production', async () => {
  const { providerId } = await newCredential()
  const model = () => ({ body: { name: world.name(), providerId, upstreamModel: 'gpt-5' } })
  const { id: modelId } = await world.make('modelCreate', model())
  const asked = (): [string, Sample][] => [
    ['modelCreate', model()],
    ['modelUpdate', { params: { modelId }, body: { maxOutputTokens: 1000 } }],
    ['ownershipUpdate', { body: { attestationGraceDays: 21 } }],
    ['requestSettingsUpdate', { body: { productionApprovals: 1 } }],
  ]
  for (const [name, sample] of asked()) {
    const { status, body } = await ask(name, sample)
    expect([name, status, body.detail]).toEqual([name, 403, expect.stringMatching(REACHES)])
  }
  const params = { environmentId: world.ids.production }
  await world.make('environmentUpdate', { params, body: { archived: true } })
  for (const [name, sample] of asked()) {
    expect([name, (await ask(name, sample)).status < 300]).toEqual([name, true])
  }
})
