import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { serveControlPlane } from '../../test/control-plane.ts'
import { databaseText } from '../../test/database-text.ts'
import { startFakeProvider } from '../../test/fake-provider.ts'
import { createWorld, type World } from '../../test/world.ts'
import { auditList } from '../contract/audit.ts'
import { type Client, call } from '../contract/client.ts'
import {
  credentialCreate,
  credentialDelete,
  credentialList,
  credentialReplaceSecret,
  credentialTest,
  credentialUpdate,
  credentialView,
} from '../contract/credentials.ts'
import { environmentCredentialList, environmentCredentialSet } from '../contract/environment-credentials.ts'
import { providerCreate } from '../contract/providers.ts'
import { openCredential } from '../credential-secret.ts'
import { findSealedSecret } from '../db/credentials.ts'
import { formatKey, formatSecret } from '../domain/key-format.ts'

let world: World
let owner: Client
let providerId: string
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
  providerId = (await call(owner, providerCreate, { body: { name: 'openai', kind: 'openai' } })).id
})
afterAll(() => world?.[Symbol.asyncDispose]())

const SECRET = 'sk-proj-canary-0123456789-canary-WXYZ'
const open = async (credentialId: string) => {
  const sealed = await findSealedSecret(world.app.db, credentialId)
  return sealed && openCredential(world.app.keyring, sealed)
}

test('a stored secret opens for the gateway and is shown to nobody', async () => {
  const input = { body: { providerId, name: 'main', secret: SECRET } }
  const made = await call(owner, credentialCreate, input, { idempotencyKey: 'canary' })
  expect(await call(owner, credentialCreate, input, { idempotencyKey: 'canary' })).toEqual(made)
  expect(made).toMatchObject({ hint: '…WXYZ', weight: 1, state: 'active', needsSecret: false, version: 1 })
  expect(await open(made.id)).toBe(SECRET)

  await call(owner, credentialTest, { params: { credentialId: made.id } }).catch(() => null)
  const seen = [
    await databaseText(world.app.db),
    world.app.logged.join('\n'),
    JSON.stringify(await call(owner, credentialList, {})),
    JSON.stringify(await call(owner, credentialView, { params: { credentialId: made.id } })),
    JSON.stringify(await call(owner, auditList, {})),
  ].join('\n')
  expect(seen).toContain(made.id)
  expect(seen).not.toContain('canary-0123456789')
  expect(seen).not.toContain(Buffer.from(SECRET).toString('hex'))
})

test('a secret is stored once, whatever it is called', async () => {
  const secret = 'sk-proj-the-same-secret-twice'
  await call(owner, credentialCreate, { body: { providerId, name: 'once', secret } })
  const twice = call(owner, credentialCreate, { body: { providerId, name: 'twice', secret } })
  await expect(twice).rejects.toMatchObject({ code: 'conflict' })
})

test.each([
  ['a key of ours', formatKey('production', new Uint8Array(32).fill(7))],
  ['an API token of ours', formatSecret('tok', new Uint8Array(32).fill(7))],
  ['nothing', ''],
  ['two lines', 'sk-one\nsk-two'],
  ['letters a header cannot carry', 'sk-schlüssel'],
])('%s is no provider’s secret', async (_, secret) => {
  const made = call(owner, credentialCreate, { body: { providerId, name: world.name(), secret } })
  await expect(made).rejects.toMatchObject({ errors: [{ pointer: '/body/secret' }] })
})

test('a short secret gives no hint of itself', async () => {
  const body = { providerId, name: world.name(), secret: 'ollama' }
  expect((await call(owner, credentialCreate, { body })).hint).toBe('…')
})

test('a replaced secret takes over, and the old sealed bytes open no more', async () => {
  const body = { providerId, name: world.name(), secret: 'sk-first-secret-of-this-credential' }
  const { id: credentialId, version } = await call(owner, credentialCreate, { body })
  const old = await findSealedSecret(world.app.db, credentialId)
  const secret = 'sk-second-secret-of-this-credential'
  await call(owner, credentialUpdate, { params: { credentialId }, body: { enabled: false } })
  const replaced = await call(owner, credentialReplaceSecret, { params: { credentialId }, body: { secret } })
  expect(replaced).toMatchObject({ state: 'active', version: version + 2 })
  expect(await open(credentialId)).toBe(secret)
  if (!old) throw new Error('it was stored')
  const replayed = { ...old, secretVersion: old.secretVersion + 1 }
  expect(() => openCredential(world.app.keyring, replayed)).toThrow()
})

test('a credential is weighed, disabled and enabled', async () => {
  const body = { providerId, name: world.name(), secret: `sk-${world.name()}-some-secret-of-it` }
  const { id: credentialId } = await call(owner, credentialCreate, { body })
  const change = (body: object) => call(owner, credentialUpdate, { params: { credentialId }, body })
  expect(await change({ weight: 10, enabled: false })).toMatchObject({ weight: 10, state: 'disabled' })
  expect(await change({ enabled: true })).toMatchObject({ weight: 10, state: 'active' })
  await expect(change({ weight: 1001 })).rejects.toMatchObject({ errors: [{ pointer: '/body/weight' }] })
})

test('an environment uses the credentials it was bound to, and a deleted one is bound nowhere', async () => {
  const body = { providerId, name: world.name(), secret: `sk-${world.name()}-bound-secret` }
  const { id, name } = await call(owner, credentialCreate, { body })
  const params = { environmentId: world.ids.environment }
  const bound = await call(owner, environmentCredentialSet, { params, body: { credentialIds: [id] } })
  expect(bound.data).toEqual([{ credentialId: id, name, providerId, providerName: 'openai' }])
  const ours = world.api.client(world.tokens.ownTeam)
  expect((await call(ours, environmentCredentialList, { params })).data).toEqual(bound.data)
  const { data: elsewhere } = await call(owner, environmentCredentialList, {
    params: { environmentId: (await world.make('environmentCreate', newEnvironment())).id },
  })
  expect(elsewhere).not.toContainEqual(bound.data[0])
  await call(owner, credentialDelete, { params: { credentialId: id } })
  expect((await call(owner, environmentCredentialList, { params })).data).toEqual([])
})

test('credentials that somebody else bound or took away are not set over unseen', async () => {
  const make = () =>
    call(owner, credentialCreate, {
      body: { providerId, name: world.name(), secret: `sk-${world.name()}-one-of-two` },
    })
  const [one, other] = [await make(), await make()]
  const params = { environmentId: (await world.make('environmentCreate', newEnvironment())).id }
  const read = async () => (await call(owner, environmentCredentialList, { params })).version
  const bind = (credentialIds: string[], ifMatch?: number) =>
    call(
      owner,
      environmentCredentialSet,
      { params, body: { credentialIds } },
      ifMatch === undefined ? {} : { ifMatch },
    )
  const empty = await read()
  const { version } = await bind([one.id], empty)
  expect(version).toBe(await read())
  await expect(bind([other.id], empty)).rejects.toMatchObject({ code: 'precondition_failed' })
  const both = await bind([other.id, one.id], version)
  await call(owner, credentialDelete, { params: { credentialId: other.id } })
  await expect(bind([], both.version)).rejects.toMatchObject({ code: 'precondition_failed' })
  // The same set is the same version.
  expect(await read()).toBe(version)
})

test('a list of credentials has the version of what it lists, also while they are set, and on each page', async () => {
  const make = async () =>
    (
      await call(owner, credentialCreate, {
        body: { providerId, name: world.name(), secret: `sk-${world.name()}-set-again` },
      })
    ).id
  const sets = [[await make()], [await make(), await make()]]
  const params = { environmentId: (await world.make('environmentCreate', newEnvironment())).id }
  const set = (credentialIds: string[]) =>
    call(owner, environmentCredentialSet, { params, body: { credentialIds } })
  const versionOf = new Map<string, number>()
  for (const ids of sets) versionOf.set(ids.join(), (await set(ids)).version)
  let setting = true
  const setAgain = async () => {
    for (let time = 0; time < 30; time += 1) await set(sets[time % 2] ?? [])
    setting = false
  }
  const readAgain = async () => {
    while (setting) {
      const { data, version } = await call(owner, environmentCredentialList, { params })
      expect(version).toBe(versionOf.get(data.map(({ credentialId }) => credentialId).join()))
    }
  }
  await Promise.all([setAgain(), readAgain(), readAgain()])

  const first = await call(owner, environmentCredentialList, { params, query: { limit: 1 } })
  const rest = await call(owner, environmentCredentialList, {
    params,
    query: { limit: 1, ...(first.nextCursor === null ? {} : { cursor: first.nextCursor }) },
  })
  expect([...first.data, ...rest.data].map(({ credentialId }) => credentialId)).toEqual(sets[1])
  expect(rest).toMatchObject({ version: first.version, nextCursor: null })
})

test('a team cannot help itself to a credential', async () => {
  const body = { providerId, name: world.name(), secret: `sk-${world.name()}-not-for-them` }
  const { id } = await call(owner, credentialCreate, { body })
  const ours = world.api.client(world.tokens.ownTeam)
  const params = { environmentId: world.ids.environment }
  const taken = call(ours, environmentCredentialSet, { params, body: { credentialIds: [id] } })
  await expect(taken).rejects.toMatchObject({ code: 'forbidden' })
  await expect(call(ours, credentialList, {})).rejects.toMatchObject({ code: 'forbidden' })
})

test('only credentials that are there can be bound, each once', async () => {
  const body = { providerId, name: world.name(), secret: `sk-${world.name()}-bind-me-once` }
  const { id } = await call(owner, credentialCreate, { body })
  const params = { environmentId: world.ids.environment }
  const bind = (credentialIds: string[]) =>
    call(owner, environmentCredentialSet, { params, body: { credentialIds } })
  const pointer = '/body/credentialIds/1'
  await expect(bind([id, id])).rejects.toMatchObject({ errors: [{ pointer }] })
  await expect(bind([id, 'crd_01JD0000000000000000000000'])).rejects.toMatchObject({ errors: [{ pointer }] })
})

test('testing a credential tells a good secret from a bad one and from no provider at all', async () => {
  await using app = await testApp({ privateUpstreams: ['127.0.0.0/8'] })
  await using api = await serveControlPlane(app)
  const fake = await startFakeProvider()
  fake.behave({ secrets: new Set(['sk-good-secret']) })
  const client = api.client(api.owner)
  const tested = async (secret: string, baseUrl: string) => {
    const body = { name: world.name(), kind: 'openai_compatible' as const, baseUrl }
    const provider = await call(client, providerCreate, { body })
    const credential = { providerId: provider.id, name: 'main', secret }
    const { id } = await call(client, credentialCreate, { body: credential })
    return call(client, credentialTest, { params: { credentialId: id } })
  }
  expect(await tested('sk-good-secret', `${fake.url}/v1`)).toMatchObject({ works: true, status: 200 })
  expect(await tested('sk-bad-secret', `${fake.url}/v1`)).toMatchObject({ works: false, status: 401 })
  expect(fake.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/models',
    'GET /v1/models',
  ])
  await fake.close()
  expect(await tested('sk-third-secret', `${fake.url}/v1`)).toMatchObject({ works: false, status: null })
})

test('a failed test repeats the provider’s own message, never the secret, and only while it is short', async () => {
  await using app = await testApp({ privateUpstreams: ['127.0.0.0/8'] })
  await using api = await serveControlPlane(app)
  const client = api.client(api.owner)
  const secret = 'sk-proj-said-aloud-by-the-provider'
  let body = ''
  const provider = createServer((_, response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end(body)
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const { port } = provider.address() as AddressInfo
  const made = await call(client, providerCreate, {
    body: { name: 'loud', kind: 'openai_compatible', baseUrl: `http://127.0.0.1:${port}/v1` },
  })
  const { id } = await call(client, credentialCreate, {
    body: { providerId: made.id, name: 'main', secret },
  })
  const saying = (text: string) => {
    body = text
    return call(client, credentialTest, { params: { credentialId: id } })
  }
  const refused = { works: false, status: 401, detail: 'The provider refuses this secret.' }
  expect(await saying(`{"error":{"message":"No such key: ${secret}"}}`)).toMatchObject({
    ...refused,
    said: 'No such key: [redacted]',
  })
  expect(await saying('<html>A page of somebody else</html>')).toMatchObject({ ...refused, said: null })
  expect(await saying(`{"error":{"message":"${'x'.repeat(20_000)}"}}`)).toMatchObject({
    ...refused,
    said: null,
  })
  expect(JSON.stringify(await app.db.selectFrom('credentialHealth').selectAll().execute())).not.toContain(
    'No such',
  )
  provider.closeAllConnections()
  provider.close()
})

test('the test of a credential whose provider is at a private address says which variable opens it', async () => {
  for (const [baseUrl, opened] of [
    ['http://127.0.0.1:9/v1', '127.0.0.1'],
    ['http://[::1]:9/v1', '::1'],
    ['http://localhost:9/v1', '(127\\.0\\.0\\.1|::1)'],
  ]) {
    const body = { name: world.name(), kind: 'openai_compatible' as const, baseUrl }
    const provider = await call(owner, providerCreate, { body })
    const credential = { providerId: provider.id, name: 'main', secret: `sk-${world.name()}` }
    const { id } = await call(owner, credentialCreate, { body: credential })
    const { works, detail } = await call(owner, credentialTest, { params: { credentialId: id } })
    expect(works).toBe(false)
    expect(detail).toMatch(new RegExp(`is not a public address.*CLAVIGER_PRIVATE_UPSTREAMS=${opened}`))
  }
})

test.each([undefined, 'one-key'])(
  'the database is free while a provider takes its time, with the idempotency key %s',
  async (idempotencyKey) => {
    await using app = await testApp({ privateUpstreams: ['127.0.0.0/8'] })
    await using api = await serveControlPlane(app)
    const client = api.client(api.owner)
    await using slow = await credentialAtSlowProvider(client)
    const { input } = slow
    const options = idempotencyKey === undefined ? {} : { idempotencyKey }
    const tested = call(client, credentialTest, input, options)
    const response = await slow.asked
    expect(await openTransactions(app)).toBe(0)
    response.end('{}')
    const answer = await tested
    expect(answer).toMatchObject({ works: true, status: 200 })
    if (idempotencyKey !== undefined)
      expect(await call(client, credentialTest, input, options)).toEqual(answer)
  },
)

/** A credential at a provider that answers when `asked`, the response to its first request, is ended. */
async function credentialAtSlowProvider(client: Client) {
  const asked = Promise.withResolvers<ServerResponse>()
  const server = createServer((_, response) => asked.resolve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const body = { name: 'slow', kind: 'openai_compatible' as const, baseUrl: `http://127.0.0.1:${port}/v1` }
  const provider = await call(client, providerCreate, { body })
  const credential = { providerId: provider.id, name: 'main', secret: 'sk-slow-secret' }
  const { id } = await call(client, credentialCreate, { body: credential })
  return {
    input: { params: { credentialId: id } },
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

async function openTransactions(app: TestApp): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction'`.execute(app.gatewayDb)
  return rows.length
}

const newEnvironment = () => ({
  body: { projectId: world.ids.project, name: world.name(), kind: 'production' },
})

test('a credential that is deleted while it is tested leaves nothing behind, and the test its answer', async () => {
  await using app = await testApp({ privateUpstreams: ['127.0.0.0/8'] })
  await using api = await serveControlPlane(app)
  const client = api.client(api.owner)
  await using slow = await credentialAtSlowProvider(client)
  const { input } = slow
  const testing = call(client, credentialTest, input)
  const response = await slow.asked
  await call(client, credentialDelete, input)
  response.end('{}')
  expect(await testing).toMatchObject({ works: true, status: 200 })
  expect(await app.db.selectFrom('credentialHealth').selectAll().execute()).toEqual([])
})
