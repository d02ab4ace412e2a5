import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { call } from '../contract/client.ts'
import type { Input } from '../contract/operation.ts'
import { teamCreate } from '../contract/teams.ts'
import { tokenCreate, tokenList, tokenRevoke } from '../contract/tokens.ts'
import { userUpdate } from '../contract/users.ts'

let app: TestApp
let api: ControlPlane
let ours: string
let theirs: string
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
  const owner = api.client(api.owner)
  ours = (await call(owner, teamCreate, { body: { name: 'Ours' } })).id
  theirs = (await call(owner, teamCreate, { body: { name: 'Theirs' } })).id
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

type Body = Input<typeof tokenCreate>['body']
type Creator = { role: string; teamId?: string; expiresAt?: string }

const create = async (creator: Creator, body: Partial<Body>) => {
  const { secret } = await issueToken(app, creator)
  return call(api.client(secret), tokenCreate, {
    body: { name: 'New', role: creator.teamId ? 'viewer' : 'analyst', ...body },
  })
}

describe('a token never creates one that', () => {
  test('allows more than itself', async () => {
    await expect(create({ role: 'admin' }, { role: 'owner' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(create({ role: 'viewer' }, { role: 'viewer' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(create({ role: 'admin' }, { role: 'admin' })).resolves.toBeDefined()
  })

  test('reaches another team, or the whole organization', async () => {
    const creator: Creator = { role: 'admin', teamId: ours }
    await expect(create(creator, { teamId: theirs })).rejects.toMatchObject({ code: 'not_found' })
    expect((await create(creator, {})).token.teamId).toBe(ours)
  })

  test('grows with its owner, when it does not itself', async () => {
    const create = async (token: string) =>
      call(api.client(token), tokenCreate, { body: { name: 'All', production: true } })
    const narrowed = await issueToken(app, { role: 'admin' })
    await expect(create(narrowed.secret)).rejects.toMatchObject({ code: 'forbidden' })
    const whole = await create(api.owner)
    expect(whole.token.role).toBeNull()
    expect((await create(whole.secret)).token.role).toBeNull()
  })

  test('lives longer', async () => {
    const creator: Creator = { role: 'admin', expiresAt: '2099-01-01T00:00:00Z' }
    await expect(create(creator, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(create(creator, { expiresAt: '2099-01-02T00:00:00Z' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(create(creator, { expiresAt: '2098-12-31T00:00:00Z' })).resolves.toBeDefined()
  })

  test('acts for somebody else, when it reaches one team only', async () => {
    const somebody = await issueToken(app, { role: 'viewer' })
    const body = { userId: somebody.userId }
    await expect(create({ role: 'admin', teamId: ours }, body)).rejects.toMatchObject({ code: 'forbidden' })
    expect((await create({ role: 'admin' }, body)).token.userId).toBe(somebody.userId)
  })
})

test('73: nobody but who stands above somebody makes a token that acts as them', async () => {
  const admin = await issueToken(app, { role: 'admin' })
  const owner = await issueToken(app, { role: 'owner' })
  for (const { userId } of [admin, owner]) {
    await expect(create({ role: 'admin' }, { userId, role: 'analyst' })).rejects.toMatchObject({
      code: 'forbidden',
    })
  }
  expect((await create({ role: 'owner' }, { userId: admin.userId })).token.userId).toBe(admin.userId)
})

test('a token that has expired before it begins is refused', async () => {
  const refused = create({ role: 'admin' }, { expiresAt: '2020-01-01T00:00:00Z' })
  await expect(refused).rejects.toMatchObject({ errors: [{ pointer: '/body/expiresAt' }] })
})

test('a token is listed by its hint only', async () => {
  const created = await create({ role: 'owner' }, {})
  const { data } = await call(api.client(api.owner), tokenList, { query: { limit: 200 } })
  const listed = data.find(({ id }) => id === created.token.id)
  expect(listed?.hint).toBe(`cvg_tok_…${created.secret.slice(-4)}`)
  expect(JSON.stringify(data)).not.toContain(created.secret)
  expect(JSON.stringify(data)).not.toContain(app.keyring.hashSecret(created.secret))
})

test("a team's token sees neither another team's tokens nor the organization's", async () => {
  const { secret } = await issueToken(app, { role: 'admin', teamId: ours })
  const { data } = await call(api.client(secret), tokenList, {})
  expect(new Set(data.map(({ teamId }) => teamId))).toEqual(new Set([ours]))
  const organization = await issueToken(app, { role: 'viewer' })
  await expect(
    call(api.client(secret), tokenRevoke, { params: { tokenId: organization.id } }),
  ).rejects.toMatchObject({ code: 'not_found' })
})

test('an admin neither revokes an owner’s token nor deactivates an owner', async () => {
  const admin = api.client((await issueToken(app, { role: 'admin' })).secret)
  const owner = await issueToken(app, { role: 'owner' })
  const revoke = call(admin, tokenRevoke, { params: { tokenId: owner.id } })
  await expect(revoke).rejects.toMatchObject({ code: 'forbidden' })
  const deactivate = call(admin, userUpdate, {
    params: { userId: owner.userId },
    body: { deactivated: true },
  })
  await expect(deactivate).rejects.toMatchObject({ code: 'forbidden' })
})

test('nobody deactivates themselves', async () => {
  const owner = await issueToken(app, { role: 'owner' })
  const input = { params: { userId: owner.userId }, body: { deactivated: true } }
  await expect(call(api.client(owner.secret), userUpdate, input)).rejects.toMatchObject({ code: 'conflict' })
})
