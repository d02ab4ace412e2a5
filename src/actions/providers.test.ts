import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { auditList } from '../contract/audit.ts'
import { type Client, call } from '../contract/client.ts'
import {
  credentialCreate,
  credentialDelete,
  credentialReplaceSecret,
  credentialUpdate,
  credentialView,
} from '../contract/credentials.ts'
import { providerCreate, providerDelete, providerList, providerUpdate } from '../contract/providers.ts'
import { openCredential } from '../credential-secret.ts'
import { findSealedSecret } from '../db/credentials.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const newProvider = () => call(owner, providerCreate, { body: { name: world.name(), kind: 'openai' } })
const newCredential = (providerId: string) =>
  call(owner, credentialCreate, {
    body: { providerId, name: world.name(), secret: `sk-${world.name()}-of-the-provider` },
  })
const stored = async (credentialId: string) => {
  const sealed = await findSealedSecret(world.app.db, credentialId)
  if (!sealed) throw new Error('the credential is gone')
  return sealed
}

test('a provider is reached where its kind is, or where it is told', async () => {
  expect((await newProvider()).baseUrl).toBe('https://api.openai.com/v1')
  const own = await call(owner, providerCreate, {
    body: { name: world.name(), kind: 'openai_compatible', baseUrl: 'http://LOCALHOST:11434/v1/' },
  })
  expect(own.baseUrl).toBe('http://localhost:11434/v1')
  const nowhere = call(owner, providerCreate, { body: { name: world.name(), kind: 'azure_openai' } })
  await expect(nowhere).rejects.toMatchObject({ errors: [{ pointer: '/body/baseUrl' }] })
})

test('the demo provider needs no address, and has the same wherever one is given', async () => {
  const body = { kind: 'demo' as const }
  const one = await call(owner, providerCreate, { body: { ...body, name: world.name() } })
  const other = await call(owner, providerCreate, {
    body: { ...body, name: world.name(), baseUrl: 'https://elsewhere.example' },
  })
  expect([one.baseUrl, other.baseUrl]).toEqual(['demo:', 'demo:'])
})

test('the name of a deleted provider is free again', async () => {
  const { id, name } = await newProvider()
  const again = () => call(owner, providerCreate, { body: { name, kind: 'openai' } })
  await expect(again()).rejects.toMatchObject({ code: 'conflict' })
  await call(owner, providerDelete, { params: { providerId: id } })
  expect((await again()).name).toBe(name)
})

describe('an address that would give the secret away is refused', () => {
  test.each([
    'http://api.openai.com/v1',
    'https://user:pass@example.com',
    'ftp://example.com',
    'https://example.com/?a=1',
  ])('%s', async (baseUrl) => {
    const made = call(owner, providerCreate, { body: { name: world.name(), kind: 'openai', baseUrl } })
    await expect(made).rejects.toMatchObject({ errors: [{ pointer: '/body/baseUrl' }] })
  })
})

describe('when a provider moves', () => {
  const baseUrl = 'https://elsewhere.example.com/v1'

  test('a secret does not follow it: the credential is disabled and the secret erased', async () => {
    const provider = await newProvider()
    const credential = await newCredential(provider.id)
    const moved = await call(owner, providerUpdate, {
      params: { providerId: provider.id },
      body: { baseUrl },
    })
    expect(moved).toMatchObject({ baseUrl, version: provider.version + 1 })
    const params = { credentialId: credential.id }
    expect(await call(owner, credentialView, { params })).toMatchObject({
      state: 'disabled',
      needsSecret: true,
    })
    expect((await stored(credential.id)).sealedSecret).toHaveLength(0)

    const enabled = call(owner, credentialUpdate, { params, body: { enabled: true } })
    await expect(enabled).rejects.toMatchObject({ code: 'conflict' })
    const secret = 'sk-given-again-for-the-new-address'
    const replaced = await call(owner, credentialReplaceSecret, { params, body: { secret } })
    expect(replaced).toMatchObject({ state: 'active', needsSecret: false })
    expect(openCredential(world.app.keyring, await stored(credential.id))).toBe(secret)
  })

  test('a secret given in the same call is used there, and the others wait', async () => {
    const provider = await newProvider()
    const [taken, left] = [await newCredential(provider.id), await newCredential(provider.id)]
    const secret = 'sk-meant-for-the-new-address'
    const body = { baseUrl, credentials: [{ credentialId: taken.id, secret }] }
    await call(owner, providerUpdate, { params: { providerId: provider.id }, body })
    const view = (credentialId: string) => call(owner, credentialView, { params: { credentialId } })
    expect(await view(taken.id)).toMatchObject({ state: 'active', needsSecret: false })
    expect(await view(left.id)).toMatchObject({ state: 'disabled', needsSecret: true })
    expect(openCredential(world.app.keyring, await stored(taken.id))).toBe(secret)
    const events = await call(owner, auditList, { query: { targetId: left.id } })
    expect(events.data.map(({ action }) => action)).toContain('credential.disable')
  })

  test('a credential of another provider cannot be slipped in', async () => {
    const [provider, other] = [await newProvider(), await newProvider()]
    const credential = await newCredential(other.id)
    const body = { baseUrl, credentials: [{ credentialId: credential.id, secret: 'sk-x' }] }
    const moved = call(owner, providerUpdate, { params: { providerId: provider.id }, body })
    await expect(moved).rejects.toMatchObject({ errors: [{ pointer: '/body/credentials/0/credentialId' }] })
  })

  test('the same address in another spelling moves nothing', async () => {
    const provider = await newProvider()
    const credential = await newCredential(provider.id)
    const body = { baseUrl: 'https://API.openai.com:443/v1/' }
    await call(owner, providerUpdate, { params: { providerId: provider.id }, body })
    const view = await call(owner, credentialView, { params: { credentialId: credential.id } })
    expect(view).toMatchObject({ state: 'active', needsSecret: false })
  })
})

test('a provider is archived once nothing leads to it', async () => {
  const provider = await newProvider()
  const credential = await newCredential(provider.id)
  const params = { providerId: provider.id }
  await expect(call(owner, providerDelete, { params })).rejects.toMatchObject({ code: 'conflict' })
  await call(owner, credentialDelete, { params: { credentialId: credential.id } })
  await call(owner, providerDelete, { params })
  const listed = await call(owner, providerList, { query: { limit: 200 } })
  expect(listed.data.find(({ id }) => id === provider.id)?.archivedAt).toEqual(expect.any(String))
  const late = call(owner, credentialCreate, {
    body: { providerId: provider.id, name: 'late', secret: 'sk-late' },
  })
  await expect(late).rejects.toMatchObject({ code: 'conflict' })
})

test('a team may know the providers and change none', async () => {
  const provider = await newProvider()
  const ours = world.api.client(world.tokens.ownTeam)
  expect((await call(ours, providerList, { query: { limit: 200 } })).data).toContainEqual(provider)
  const moved = call(ours, providerUpdate, {
    params: { providerId: provider.id },
    body: { baseUrl: 'https://evil.example' },
  })
  await expect(moved).rejects.toMatchObject({ code: 'forbidden' })
})
