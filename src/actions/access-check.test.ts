import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { accessCheck } from '../contract/access.ts'
import { type Client, call } from '../contract/client.ts'
import { policySet } from '../contract/policies.ts'
import { teamView } from '../contract/teams.ts'

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
