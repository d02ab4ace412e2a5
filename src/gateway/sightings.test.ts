import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayWorld, gatewayWorld } from '../../test/gateway-world.ts'
import { call } from '../contract/client.ts'
import { credentialReplaceSecret, credentialView } from '../contract/credentials.ts'
import type { SeenCredential } from '../db/credential-health.ts'
import { setSeen, setTestResult } from '../db/credential-health.ts'
import type { Gateway } from './gateway.ts'
import { nothingSeen, see } from './sightings.ts'
import { writeSightings } from './write-sightings.ts'

let world: GatewayWorld
beforeAll(async () => {
  world = await gatewayWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const health = async () => {
  const owner = world.api.client(world.api.owner)
  return (await call(owner, credentialView, { params: { credentialId: world.ids.credential } })).health
}
/** A gateway that saw this of the credential. */
const saw = (seen: ReturnType<typeof nothingSeen>) => {
  const credentials = new Map([[world.ids.credential, { id: world.ids.credential, secretVersion: 1, seen }]])
  // Of the gateway only what is read here.
  return { app: world.app, providers: { view: { credentials } } } as unknown as Gateway
}
const TESTED = { at: new Date(), works: false, detail: 'The provider refuses this secret.' }
const LEFT = ['x-ratelimit-limit-requests', '500', 'x-ratelimit-remaining-requests', '499']

test('what the provider said of its limits is shown once it is written down, and stays when it says nothing', async () => {
  expect(await health()).toEqual({ test: null, calledAt: null, failed: null, limits: null })
  const seen = nothingSeen()
  see(seen, 200, LEFT)
  await writeSightings(saw(seen))
  const data = [{ what: 'requests', limit: 500, remaining: 499, resetsAt: null }]
  expect(await health()).toMatchObject({ failed: null, limits: { data } })
  see(seen, 503, [])
  await writeSightings(saw(seen))
  expect(await health()).toMatchObject({ failed: { status: 503 }, limits: { data } })
  expect(seen).toEqual(nothingSeen())
})

test('what a node saw earlier does not take the place of what another saw later', async () => {
  const at = (time: string, remaining: number, failedStatus: number): SeenCredential => ({
    id: world.ids.credential,
    secretVersion: 1,
    calledAt: new Date(time),
    failedAt: new Date(time),
    failedStatus,
    limits: [{ what: 'requests', limit: 500, remaining, resetsAt: null }],
  })
  await setSeen(world.app.db, [at('2030-01-01T00:00:09Z', 7, 429)])
  await setSeen(world.app.db, [at('2030-01-01T00:00:01Z', 300, 500)])
  expect(await health()).toMatchObject({
    calledAt: '2030-01-01T00:00:09.000Z',
    failed: { at: '2030-01-01T00:00:09.000Z', status: 429 },
    limits: { at: '2030-01-01T00:00:09.000Z', data: [{ remaining: 7 }] },
  })
})

test('of a credential that was deleted meanwhile nothing is kept', async () => {
  const gone = 'crd_01JD0000000000000000000000'
  const seen = { secretVersion: 1, calledAt: new Date(), failedAt: null, failedStatus: null, limits: null }
  await setSeen(world.app.db, [{ id: gone, ...seen }])
  const kept = world.app.db.selectFrom('credentialHealth').select('calledAt').where('credentialId', '=', gone)
  expect(await kept.execute()).toEqual([])
})

test('once the secret is replaced, what the provider said of the old one is shown and written down no more', async () => {
  const owner = world.api.client(world.api.owner)
  const params = { credentialId: world.ids.credential }
  const nothing = { test: null, calledAt: null, failed: null, limits: null }
  const late = nothingSeen()
  see(late, 401, LEFT)
  await writeSightings(saw(late))
  await setTestResult(world.app.db, world.ids.credential, { ...TESTED, secretVersion: 1 })
  expect(await health()).toMatchObject({ test: { works: false }, failed: { at: expect.any(String) } })

  const secret = 'sk-another-secret-of-this-credential'
  const replaced = await call(owner, credentialReplaceSecret, { params, body: { secret } })
  expect(replaced.health).toEqual(nothing)
  see(late, 401, LEFT)
  await writeSightings(saw(late))
  await setTestResult(world.app.db, world.ids.credential, { ...TESTED, secretVersion: 1 })
  expect(await health()).toEqual(nothing)
  await setTestResult(world.app.db, world.ids.credential, { ...TESTED, secretVersion: 2 })
  expect(await health()).toMatchObject({ test: { works: false } })
})

test('a call through the gateway is seen', async () => {
  await using other = await gatewayWorld()
  await other.addModel('gpt-fake')
  await other.post('/v1/chat/completions', { model: 'gpt-fake', messages: [{ role: 'user', content: 'hi' }] })
  await other.gateway.close()
  const owner = other.api.client(other.api.owner)
  const shown = await call(owner, credentialView, { params: { credentialId: other.ids.credential } })
  const data = expect.arrayContaining([expect.objectContaining({ what: 'requests', remaining: 9999 })])
  expect(shown.health).toMatchObject({ failed: null, limits: { data } })
  expect(shown.environmentIds).toEqual([other.ids.environment])
})

test('so is the error for which the credential is parked, though parking reads all credentials again', async () => {
  await using other = await gatewayWorld()
  await other.addModel('fake-401')
  const body = { model: 'fake-401', messages: [{ role: 'user', content: 'hi' }] }
  expect((await other.post('/v1/chat/completions', body)).status).toBe(503)
  const owner = other.api.client(other.api.owner)
  const shown = () => call(owner, credentialView, { params: { credentialId: other.ids.credential } })
  await expect.poll(async () => (await shown()).state).toBe('parked')
  // The gateway knows it, so it has read them again.
  await other.addModel('gpt-later')
  await other.gateway.close()
  expect((await shown()).health).toMatchObject({ failed: { status: 401 } })
})
