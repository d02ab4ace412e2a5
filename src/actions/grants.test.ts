import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueToken } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import { auditList } from '../contract/audit.ts'
import { type Client, call } from '../contract/client.ts'
import { environmentCredentialSet } from '../contract/environment-credentials.ts'
import { grantCreate, grantList, grantRevoke } from '../contract/grants.ts'
import { keyCreate, keyList } from '../contract/keys.ts'
import type { Input } from '../contract/operation.ts'
import { projectUpdate } from '../contract/projects.ts'
import { roleCreate, roleDelete, roleUpdate } from '../contract/roles.ts'
import { serviceAccountUpdate } from '../contract/service-accounts.ts'
import { teamList, teamUpdate } from '../contract/teams.ts'
import { tokenCreate, tokenSelf } from '../contract/tokens.ts'
import { userCreate } from '../contract/users.ts'
import { SESSION_COOKIE } from '../cookies.ts'
import { expireGrants } from '../jobs/expire-grants.ts'
import { createSession } from './sessions.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

type Body = Input<typeof grantCreate>['body']

const someone = async () => {
  const body = { email: `${world.name()}@example.com`, name: 'Someone' }
  return (await call(owner, userCreate, { body })).id
}
const give = (client: Client, body: Body) => call(client, grantCreate, { body })
const keyBody = (environmentId: string) => ({
  environmentId,
  name: world.name(),
  serviceAccountId: world.ids.serviceAccount,
})

describe('72: nobody gives what they lack', () => {
  test.each<[string, keyof World['tokens'], () => Omit<Body, 'userId'>, string]>([
    ['an admin, an owner', 'admin', () => ({ role: 'owner' }), 'forbidden'],
    ['a team admin, a role in the organization', 'ownTeam', () => ({ role: 'analyst' }), 'forbidden'],
    [
      'a team admin, another team',
      'otherTeam',
      () => ({ role: 'viewer', teamId: world.ids.team }),
      'not_found',
    ],
    [
      'a project admin, its team',
      'projectAdmin',
      () => ({ role: 'viewer', teamId: world.ids.team }),
      'forbidden',
    ],
    ['a builder, anything', 'builder', () => ({ role: 'viewer', projectId: world.ids.project }), 'forbidden'],
    ['a team admin, in the team', 'ownTeam', () => ({ role: 'admin', teamId: world.ids.team }), 'given'],
    [
      'a project admin, in the project',
      'projectAdmin',
      () => ({ role: 'builder', projectId: world.ids.project }),
      'given',
    ],
    ['an owner, an owner', 'owner', () => ({ role: 'owner' }), 'given'],
  ])('%s', async (_, who, grant, expected) => {
    const body = { userId: await someone(), ...grant() }
    const done = give(world.api.client(world.tokens[who]), body).then(
      () => 'given',
      (error) => error.code,
    )
    expect(await done).toBe(expected)
  })

  test('in production, or for longer, than they have it', async () => {
    const { secret } = await issueToken(world.app, {
      role: 'admin',
      projectId: world.ids.project,
      production: false,
    })
    const admin = world.api.client(secret)
    const grant = { userId: await someone(), role: 'viewer', projectId: world.ids.project }
    await expect(give(admin, { ...grant, production: true })).rejects.toMatchObject({ code: 'forbidden' })
    expect((await give(admin, grant)).production).toBe(false)
  })

  test('a role that nobody may hold there, and an owner that ends, are no grants', async () => {
    const userId = await someone()
    await expect(give(owner, { userId, role: 'viewer' })).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(give(owner, { userId, role: 'owner', teamId: world.ids.team })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    const expiresAt = '2099-01-01T00:00:00Z'
    await expect(give(owner, { userId, role: 'owner', expiresAt })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect((await give(owner, { userId, role: 'owner' })).production).toBe(true)
  })
})

describe('a grant binds', () => {
  test('only where it is, and in production only when it says so', async () => {
    const builder = await issueToken(world.app, {
      role: 'builder',
      projectId: world.ids.project,
      production: false,
    })
    const client = world.api.client(builder.secret)
    await call(client, keyCreate, { body: keyBody(world.ids.environment) })
    await expect(call(client, keyCreate, { body: keyBody(world.ids.production) })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('production'),
    })
    const { data } = await call(client, teamList, {})
    expect(data.map(({ id }) => id)).toEqual([world.ids.team])
  })

  test('also for the credentials of a production environment', async () => {
    const { secret } = await issueToken(world.app, { role: 'admin', production: false })
    const bind = (environmentId: string) =>
      call(world.api.client(secret), environmentCredentialSet, {
        params: { environmentId },
        body: { credentialIds: [] },
      })
    await bind(world.ids.environment)
    await expect(bind(world.ids.production)).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('until it is revoked, from the next call on: there is nothing to wait for', async () => {
    const { secret, userId } = await issueToken(world.app, { role: 'builder', projectId: world.ids.project })
    const client = world.api.client(secret)
    await call(client, keyList, {})
    const [grant] = (await call(owner, grantList, { query: { userId } })).data
    await call(owner, grantRevoke, { params: { grantId: grant?.id ?? '' } })
    await expect(call(client, keyList, {})).rejects.toMatchObject({ code: 'forbidden' })
    const self = await call(client, tokenSelf, {})
    expect(self.grants).toEqual([])
  })

  test('until its end, by itself, and the audit trail says so afterwards', async () => {
    const { secret, userId } = await issueToken(world.app, { role: 'developer' })
    const client = world.api.client(secret)
    const expiresAt = new Date(Date.now() + 3_000).toISOString()
    const token = await call(owner, tokenCreate, { body: { name: 'All', userId, production: true } })
    const whole = world.api.client(token.secret)
    const grant = await give(owner, { userId, role: 'builder', projectId: world.ids.project, expiresAt })
    await call(whole, keyCreate, { body: { ...keyBody(world.ids.environment), expiresAt } })
    const refused = () =>
      call(whole, keyList, { query: { projectId: world.ids.project } }).then(
        () => '',
        (e) => e.code,
      )
    await expect.poll(refused).toBe('')
    await expect
      .poll(async () => (await call(whole, tokenSelf, {})).grants.length + (await expireGrants(world.app)), {
        interval: 250,
      })
      .toBe(1)
    const { data } = await call(owner, auditList, { query: { targetId: grant.id } })
    expect(data.map(({ action }) => action)).toEqual(['grant.expire', 'grant.create'])
    await call(client, teamList, {})
  })

  test('what it lets somebody create ends with it', async () => {
    const userId = await someone()
    const expiresAt = '2099-01-01T00:00:00Z'
    await give(owner, { userId, role: 'builder', projectId: world.ids.project, expiresAt })
    const { secret } = await call(owner, tokenCreate, { body: { name: 'All', userId } })
    const client = world.api.client(secret)
    const body = keyBody(world.ids.environment)
    await expect(call(client, keyCreate, { body })).rejects.toMatchObject({ code: 'forbidden' })
    await call(client, keyCreate, { body: { ...body, expiresAt } })
  })

  test('a person without production rights holds no key there', async () => {
    const userId = await someone()
    await give(owner, { userId, role: 'viewer', projectId: world.ids.project })
    const body = { environmentId: world.ids.production, userId, name: world.name() }
    await expect(call(owner, keyCreate, { body })).rejects.toMatchObject({
      errors: [{ pointer: '/body/userId' }],
    })
    await call(owner, keyCreate, { body: { ...body, environmentId: world.ids.environment } })
  })
})

test('who lacks production stops nothing there: no team, no project, and no program with keys in it', async () => {
  const body = { name: world.name() }
  const { id: teamId } = await world.make('teamCreate', { body })
  const { id: projectId } = await world.make('projectCreate', { body: { ...body, teamId } })
  const { id: serviceAccountId } = await world.make('serviceAccountCreate', { body: { ...body, projectId } })
  const { secret } = await issueToken(world.app, { role: 'admin', teamId, production: false })
  const without = world.api.client(secret)
  const stop = [
    () => call(without, teamUpdate, { params: { teamId }, body: { archived: true } }),
    () => call(without, projectUpdate, { params: { projectId }, body: { archived: true } }),
    () => call(without, serviceAccountUpdate, { params: { serviceAccountId }, body: { deactivated: true } }),
    () => call(without, serviceAccountUpdate, { params: { serviceAccountId }, body: { ownerUserId: null } }),
  ]
  const live = { projectId, name: 'live', kind: 'production' }
  const { id: environmentId } = await world.make('environmentCreate', { body: live })
  const inLive = { ...body, environmentId, serviceAccountId }
  const { key } = await world.make('keyCreate', { body: inLive })
  for (const one of stop) {
    await expect(one()).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('production'),
    })
  }
  // What stops nothing is theirs to change, and so is all of it where there is no production.
  await call(without, projectUpdate, { params: { projectId }, body: { name: world.name() } })
  await world.make('keyRevoke', { params: { keyId: key.id }, body: {} })
  await world.make('environmentUpdate', { params: { environmentId }, body: { archived: true } })
  for (const one of stop.toReversed()) await one()
})

describe('a role of one’s own', () => {
  const auditor = () => ({ name: world.name(), basedOn: 'analyst', scopeTypes: ['organization' as const] })

  test('allows what it says, changes for everybody at once, and is deleted only when nobody holds it', async () => {
    const role = await call(owner, roleCreate, { body: { ...auditor(), permissions: ['audit:read'] } })
    const userId = await someone()
    const grant = await give(owner, { userId, role: role.id })
    const { secret } = await call(owner, tokenCreate, { body: { name: 'All', userId } })
    const client = world.api.client(secret)
    await call(client, auditList, {})
    await expect(call(client, keyList, {})).rejects.toMatchObject({ code: 'forbidden' })
    await call(owner, roleUpdate, { params: { roleId: role.id }, body: { permissions: ['usage:read'] } })
    await expect(call(client, auditList, {})).rejects.toMatchObject({ code: 'forbidden' })
    const remove = () => call(owner, roleDelete, { params: { roleId: role.id } })
    await expect(remove()).rejects.toMatchObject({ code: 'conflict' })
    await call(owner, grantRevoke, { params: { grantId: grant.id } })
    await remove()
    await expect(give(owner, { userId, role: role.id })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  test('its holders get new secrets of their sessions when it changes, and nobody else does', async () => {
    const role = await call(owner, roleCreate, { body: { ...auditor(), permissions: ['audit:read'] } })
    const [holder, other] = [await someone(), await someone()]
    await give(owner, { userId: holder, role: role.id })
    const asOf = (userId: string) => ({ userId, kind: 'browser', methods: ['pwd'], mfa: false }) as const
    const sessions = [
      await createSession(visitOf(world.app), asOf(holder)),
      await createSession(visitOf(world.app), asOf(other)),
    ]
    await call(owner, roleUpdate, { params: { roleId: role.id }, body: { permissions: ['usage:read'] } })
    const renewed = async ({ secret }: { secret: string }) => {
      const headers = { cookie: `${SESSION_COOKIE}=${secret}` }
      return (await fetch(`${world.api.url}/api/v1/tokens/self`, { headers })).headers.has('set-cookie')
    }
    expect(await Promise.all(sessions.map(renewed))).toEqual([true, false])
  })

  test('72: gets nothing in production from who lacks production, while somebody holds it there', async () => {
    const body = { ...auditor(), scopeTypes: ['project' as const], permissions: ['key:read' as const] }
    const role = await call(owner, roleCreate, { body })
    const { secret, userId } = await issueToken(world.app, { role: 'admin', production: false })
    await give(owner, { userId, role: role.id, projectId: world.ids.project, production: true })
    const widen = call(world.api.client(secret), roleUpdate, {
      params: { roleId: role.id },
      body: { permissions: ['key:read', 'key:create'] },
    })
    await expect(widen).rejects.toMatchObject({ code: 'forbidden' })
    const { secret: whole } = await issueToken(world.app, { role: 'admin' })
    const change = { params: { roleId: role.id }, body: { permissions: ['key:create' as const] } }
    expect((await call(world.api.client(whole), roleUpdate, change)).permissions).toEqual(['key:create'])
  })

  test('never allows more than its maker, nor takes a built-in name', async () => {
    const admin = world.api.client(world.tokens.admin)
    const body = { ...auditor(), permissions: ['security:update' as const] }
    await expect(call(admin, roleCreate, { body })).rejects.toMatchObject({ code: 'forbidden' })
    const strong = await call(owner, roleCreate, { body })
    const change = { params: { roleId: strong.id }, body: { permissions: [] } }
    await expect(call(admin, roleUpdate, change)).rejects.toMatchObject({ code: 'forbidden' })
    const named = { ...auditor(), name: 'Owner', permissions: [] }
    await expect(call(owner, roleCreate, { body: named })).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

test('72: a token of all that somebody will ever have is made by them, or by an owner', async () => {
  const admin = world.api.client(world.tokens.admin)
  const userId = await someone()
  const token = (client: Client, more: object = {}) =>
    call(client, tokenCreate, { body: { name: world.name(), userId, production: true, ...more } })
  await give(owner, { userId, role: 'viewer', projectId: world.ids.project })
  await expect(token(admin)).rejects.toMatchObject({ code: 'forbidden' })
  await token(admin, { role: 'analyst' })
  await token(owner)
})

test('74: a service account makes no users, no session, and no token wider than itself', async () => {
  const { serviceAccount: serviceAccountId, project: projectId } = world.ids
  await give(owner, { serviceAccountId, role: 'admin', projectId })
  const { secret } = await call(owner, tokenCreate, { body: { name: 'ci', serviceAccountId } })
  const program = world.api.client(secret)
  const self = await call(program, tokenSelf, {})
  expect([self.user, self.serviceAccount?.id]).toEqual([null, serviceAccountId])
  const user = { email: `${world.name()}@example.com`, name: 'Mallory' }
  await expect(call(program, userCreate, { body: user })).rejects.toMatchObject({ code: 'forbidden' })
  const create = (body: object) => call(program, tokenCreate, { body: { name: 'more', ...body } })
  await expect(create({ role: 'admin' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(create({ role: 'admin', teamId: world.ids.team })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(create({ role: 'admin', projectId, production: true })).rejects.toMatchObject({
    code: 'forbidden',
  })
  await expect(create({ role: 'viewer', projectId, userId: world.ids.user })).rejects.toMatchObject({
    code: 'forbidden',
  })
  const narrower = await create({ role: 'viewer', projectId })
  expect(narrower.token.serviceAccountId).toBe(serviceAccountId)
  await expect(
    call(world.api.client(narrower.secret), tokenCreate, { body: { name: 'x', projectId } }),
  ).rejects.toMatchObject({ code: 'forbidden' })
})
