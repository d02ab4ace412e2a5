import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Held, issueToken } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import { accessCheck, accessExplain } from '../contract/access.ts'
import { accessRequestApprove, accessRequestCreate } from '../contract/access-requests.ts'
import { auditHeadList } from '../contract/audit.ts'
import { type ApiError, type Client, call } from '../contract/client.ts'
import { keyCreate } from '../contract/keys.ts'
import { projectView } from '../contract/projects.ts'
import { serviceAccountList } from '../contract/service-accounts.ts'
import type { Permission } from '../domain/permission.ts'
import { createSession } from './sessions.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** Somebody who is signed in, and what they ask with. */
async function person(held: Held): Promise<{ userId: string; client: Client }> {
  const { userId } = await issueToken(world.app, held)
  const about = { userId, kind: 'cli', methods: ['pwd', 'otp'], mfa: true } as const
  const { secret } = await createSession(visitOf(world.app), about)
  return { userId, client: world.api.client(secret) }
}

const refusal = (asked: Promise<unknown>): Promise<ApiError> =>
  asked.then(
    () => Promise.reject(new Error('it was allowed')),
    (error) => error,
  )

const explain = (client: Client, { needs }: Pick<ApiError, 'needs'>) => {
  if (needs === null) throw new Error('nothing is said to be needed')
  return call(client, accessExplain, { query: needs })
}

test('where no role that can be asked for would help, it says which roles would and who can give one', async () => {
  const { client } = await person({ role: 'developer' })
  const refused = await refusal(call(client, auditHeadList, { query: {} }))
  expect(refused.needs).toEqual({ permission: 'audit:read' })
  const { roles, ask, givers } = await explain(client, refused)
  expect(ask).toBeNull()
  expect(roles.map(({ id }) => id)).toEqual(['owner', 'admin', 'analyst'])
  const people = await call(world.api.client(world.tokens.owner), accessCheck, {
    body: {
      userId: givers[0]?.userId,
      permissions: ['grant:create', 'audit:read'],
      targets: [{ type: 'organization', id: (await world.make('organizationView', {})).id }],
    },
  })
  expect(people.data[0]?.can).toEqual({ 'grant:create': true, 'audit:read': true })
})

test('what it says to ask for is enough, once somebody approved it', async () => {
  const { client } = await person({ role: 'developer' })
  const list = () => call(client, serviceAccountList, { query: {} })
  const { ask } = await explain(client, await refusal(list()))
  expect(ask).toEqual({ kind: 'team', role: 'viewer', teamId: null })

  const { environment, team } = world.ids
  const body = { environmentId: environment, name: 'mine', serviceAccountId: world.ids.serviceAccount }
  const refused = await refusal(call(client, keyCreate, { body }))
  const { ask: more } = await explain(client, refused)
  if (more?.kind !== 'team' || more.teamId === null) throw new Error('a role of the team is enough')
  expect([more.role, more.teamId]).toEqual(['builder', team])
  const request = await call(client, accessRequestCreate, {
    body: { kind: more.kind, role: more.role, teamId: more.teamId, reason: 'to see it' },
  })
  await call(world.api.client(world.tokens.owner), accessRequestApprove, {
    params: { accessRequestId: request.id },
    body: {},
  })
  expect((await call(client, keyCreate, { body })).key.name).toBe('mine')
  expect((await list()).data.length).toBeGreaterThan(0)
})

test('in production a role that reaches it is asked for, where a team’s would be refused again', async () => {
  const { client } = await person({ role: 'builder', teamId: world.ids.team, production: false })
  const body = {
    environmentId: world.ids.production,
    name: 'live',
    serviceAccountId: world.ids.serviceAccount,
  }
  const refused = await refusal(call(client, keyCreate, { body }))
  expect(refused.needs).toMatchObject({ permission: 'key:create', production: 'true' })
  const { project } = world.ids
  expect((await explain(client, refused)).ask).toEqual({
    kind: 'production',
    role: 'builder',
    projectId: project,
  })
})

test('who may give something, but none of the roles that are named, is not named', async () => {
  const { team } = world.ids
  const role = async (permissions: Permission[], scopeType: string) =>
    (
      await world.make('roleCreate', {
        body: { name: world.name(), basedOn: 'admin', permissions, scopeTypes: [scopeType] },
      })
    ).id
  const helper = await person({
    role: await role(['grant:create', 'key:read', 'team:read'], 'team'),
    teamId: team,
  })
  const admin = await person({ role: 'admin', teamId: team })
  // Sees the team, what its people are called, and no roles.
  const { client } = await person({ role: await role(['team:read', 'user:read'], 'organization') })
  const asked = { permission: 'key:read', teamId: team } as const
  const named = async (client: Client) =>
    (await explain(client, { needs: asked })).givers.map(({ userId }) => userId)
  expect(await named(client)).toContain(admin.userId)
  expect(await named(client)).not.toContain(helper.userId)
  // Who is told of the role as well is told of who can give it.
  expect(await named(world.api.client(world.tokens.developer))).toContain(helper.userId)
})

test('no token asks for what it is narrowed from, and nobody where they may not ask', async () => {
  const { team } = world.ids
  const needs = { permission: 'key:create', teamId: team } as const
  const viewer = world.api.client(world.tokens.teamViewer)
  expect((await explain(viewer, { needs })).ask).toBeNull()
  const { client } = await person({ role: 'viewer', projectId: world.ids.project })
  expect((await explain(client, { needs })).ask).toBeNull()
})

test('a stranger to the team learns nothing of it: no place, no names', async () => {
  const { client } = await person({
    role: 'viewer',
    teamId: (await world.make('teamCreate', { body: { name: world.name() } })).id,
  })
  const { team, project } = world.ids
  for (const where of [{ teamId: team }, { projectId: project }]) {
    const asked = refusal(call(client, accessExplain, { query: { permission: 'key:read', ...where } }))
    await expect(asked).resolves.toMatchObject({ code: 'not_found' })
  }
  const there = await refusal(call(client, projectView, { params: { projectId: project } }))
  expect([there.code, there.needs]).toEqual(['not_found', null])
  const { givers } = await explain(client, { needs: { permission: 'audit:read' } })
  expect(givers).toEqual([])
})
