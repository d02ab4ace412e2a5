import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { accessCheck } from '../contract/access.ts'
import { type Client, call } from '../contract/client.ts'
import { grantCreate } from '../contract/grants.ts'
import { policySet } from '../contract/policies.ts'
import { teamView } from '../contract/teams.ts'
import { userList, userUpdate } from '../contract/users.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const ofTeam = () => ({ type: 'team' as const, id: world.ids.team })
const check = async (client: Client, permission: 'policy:update' | 'policy:read' | 'team:read') => {
  const body = { permissions: [permission], targets: [ofTeam()] }
  return (await call(client, accessCheck, { body })).data[0]?.can[permission]
}

test('says no where the operation says no: the rules of a team are the organization’s to set', async () => {
  const team = world.api.client(world.tokens.ownTeam)
  const { type: scopeType, id: scopeId } = ofTeam()
  const set = call(team, policySet, { params: { scopeType, scopeId }, body: {} })
  await expect(set).rejects.toMatchObject({ code: 'forbidden' })
  expect(await check(team, 'policy:update')).toEqual({ reason: expect.stringContaining('organization') })
  expect(await check(team, 'policy:read')).toBe(true)
  expect(await check(world.api.client(world.tokens.admin), 'policy:update')).toBe(true)
})

test('says yes where the operation says yes: who has a role in a project may know its team', async () => {
  const project = world.api.client(world.tokens.projectViewer)
  expect((await call(project, teamView, { params: { teamId: world.ids.team } })).id).toBe(world.ids.team)
  expect(await check(project, 'team:read')).toBe(true)
  expect(await check(project, 'policy:read')).toMatchObject({ reason: expect.any(String) })
})

test('says of somebody else what their own request would be told, and nothing to who may not read roles', async () => {
  const owner = world.api.client(world.tokens.owner)
  const userId = world.ids.user
  const ofThem = async (client: Client) => {
    const body = { userId, permissions: ['policy:read', 'key:create'] as const, targets: [ofTeam()] }
    return (await call(client, accessCheck, { body: { ...body, permissions: [...body.permissions] } }))
      .data[0]?.can
  }
  await call(owner, grantCreate, { body: { userId, role: 'viewer', teamId: world.ids.team } })
  expect(await ofThem(owner)).toEqual({
    'policy:read': true,
    'key:create': { reason: expect.stringContaining('key:create') },
  })
  await expect(ofThem(world.api.client(world.tokens.ownTeam))).rejects.toMatchObject({ code: 'forbidden' })
  await call(owner, userUpdate, { params: { userId }, body: { deactivated: true } })
  expect(await ofThem(owner)).toMatchObject({ 'policy:read': { reason: expect.any(String) } })
})

test('people are found by part of a name or an address, in any case, and by whether they are deactivated', async () => {
  const owner = world.api.client(world.tokens.owner)
  const list = async (query: { q?: string; deactivated?: 'true' | 'false' }) =>
    (await call(owner, userList, { query })).data
  const all = await list({})
  const [one] = all
  if (!one) throw new Error('there are people')
  const q = one.email.slice(1).toUpperCase()
  expect((await list({ q })).map(({ id }) => id)).toContain(one.id)
  expect(await list({ q: 'nobody%is_called this' })).toEqual([])
  const gone = await list({ deactivated: 'true' })
  expect(gone.map(({ id }) => id)).toContain(world.ids.user)
  expect(gone.length + (await list({ deactivated: 'false' })).length).toBe(all.length)
})
