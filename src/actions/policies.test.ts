import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueToken } from '../../test/control-plane.ts'
import { newPerson } from '../../test/people.ts'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import type { BusMessage } from '../bus.ts'
import { type Client, call } from '../contract/client.ts'
import { grantCreate } from '../contract/grants.ts'
import { keyCreate } from '../contract/keys.ts'
import { organizationView } from '../contract/organization.ts'
import { policyList, policySet, policyView } from '../contract/policies.ts'
import { setPolicy } from '../db/policies.ts'
import { transaction } from '../db/transaction.ts'
import type { HostedTool } from '../domain/operations.ts'
import { audit } from './audit.ts'
import { createSession } from './sessions.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const ofTeam = () => ({ params: { scopeType: 'team' as const, scopeId: world.ids.team } })
const ofProject = () => ({ params: { scopeType: 'project' as const, scopeId: world.ids.project } })

test('where nobody set a policy, nothing is said', async () => {
  expect(await call(owner, policyView, ofProject())).toEqual({
    scope: { type: 'project', id: world.ids.project },
    models: null,
    operations: null,
    providers: null,
    hostedTools: null,
    maxOutputTokens: null,
    ipAllowlist: null,
    ipMode: 'enforce',
    updatedAt: null,
    version: 0,
  })
})

test('a policy is set as a whole: null says nothing, an empty list allows nothing', async () => {
  const first = await call(owner, policySet, {
    ...ofTeam(),
    body: {
      models: ['gpt-5*', 'claude-*'],
      operations: [],
      hostedTools: ['web_search'],
      maxOutputTokens: 4096,
    },
  })
  expect(first).toMatchObject({ models: ['gpt-5*', 'claude-*'], operations: [], providers: null, version: 1 })
  const second = await call(owner, policySet, { ...ofTeam(), body: { providers: ['demo'] } }).catch(
    (error) => error,
  )
  expect(second.errors).toEqual([
    { pointer: '/body/providers/0', detail: 'there is no provider with this name' },
  ])
  const third = await call(owner, policySet, {
    ...ofTeam(),
    body: { ipAllowlist: ['10.0.0.0/8'], ipMode: 'monitor' },
  })
  expect(third).toMatchObject({
    models: null,
    operations: null,
    ipAllowlist: ['10.0.0.0/8'],
    ipMode: 'monitor',
    version: 2,
  })
  expect(await call(owner, policyView, ofTeam())).toEqual(third)
})

test('a policy is not overwritten by who has not seen it', async () => {
  const { version } = await call(owner, policyView, ofTeam())
  const late = call(owner, policySet, { ...ofTeam(), body: {} }, { ifMatch: version - 1 })
  await expect(late).rejects.toMatchObject({ code: 'precondition_failed' })
})

test('who has another version is told so before they confirm; who may not set it is not', async () => {
  const sessionWith = async (grant: object) => {
    const { userId } = await newPerson(world.app)
    await call(owner, grantCreate, { body: { userId, role: 'viewer', ...grant } })
    const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
    return world.api.client((await createSession(visitOf(world.app), session)).secret)
  }
  const admin = await sessionWith({ role: 'admin', production: true })
  const { version } = await call(owner, policyView, ofTeam())
  const set = (client: Client, ifMatch: number) =>
    call(client, policySet, { ...ofTeam(), body: {} }, { ifMatch })
  await expect(set(admin, version + 1)).rejects.toMatchObject({ code: 'precondition_failed' })
  await expect(set(admin, version)).rejects.toMatchObject({ code: 'step_up_required' })
  const viewer = await sessionWith({ teamId: world.ids.team })
  await expect(set(viewer, version + 1)).rejects.toMatchObject({ code: 'forbidden' })
  expect((await call(owner, policyView, ofTeam())).version).toBe(version)
})

describe('what makes no sense is refused, where it is', () => {
  test.each([
    [{ models: ['gpt 5'] }, '/body/models/0'],
    [{ models: ['ok', 'gpt-5\u0430'] }, '/body/models/1'],
    [{ models: [''] }, '/body/models/0'],
    [{ operations: ['chat'] }, '/body/operations/0'],
    [{ hostedTools: ['shell'] }, '/body/hostedTools/0'],
    [{ maxOutputTokens: 0 }, '/body/maxOutputTokens'],
    [{ ipAllowlist: ['10.0.0.0/8', '10.0.0.0/33'] }, '/body/ipAllowlist/1'],
    [{ ipAllowlist: ['::ffff:10.0.0.0/104'] }, '/body/ipAllowlist/0'],
    [{ ipAllowlist: ['0.0.0.0/0'] }, '/body/ipAllowlist/0'],
    [{ ipMode: 'off' }, '/body/ipMode'],
  ])('%j', async (body, pointer) => {
    const answer = await world.api.send(policySet, { ...ofTeam(), body }, { token: world.tokens.owner })
    expect([answer.status, answer.body.errors.map((error: { pointer: string }) => error.pointer)]).toEqual([
      400,
      [pointer],
    ])
  })
})

test('a team sets its own policies, and nobody else’s', async () => {
  const ours = world.api.client(world.tokens.ownTeam)
  await call(ours, policySet, { ...ofProject(), body: { maxOutputTokens: 100 } })
  const itself = call(ours, policySet, { ...ofTeam(), body: {} })
  await expect(itself).rejects.toMatchObject({ code: 'forbidden' })
  const organization = await world.app.db.selectFrom('organization').select('id').executeTakeFirstOrThrow()
  const above = { scopeType: 'organization' as const, scopeId: organization.id }
  await expect(call(ours, policySet, { params: above, body: {} })).rejects.toMatchObject({
    code: 'forbidden',
  })
  const user = { scopeType: 'user' as const, scopeId: world.ids.user }
  await expect(call(ours, policySet, { params: user, body: {} })).rejects.toMatchObject({ code: 'not_found' })
  const theirs = world.api.client(world.tokens.otherTeam)
  await expect(call(theirs, policySet, { ...ofProject(), body: {} })).rejects.toMatchObject({
    code: 'not_found',
  })
  await call(owner, policySet, { params: above, body: { maxOutputTokens: 200 } })
  const scopes = async (client: Client) =>
    (await call(client, policyList, {})).data.map(({ scope }) => scope.type).sort()
  expect(await scopes(theirs)).toEqual([])
  expect(await scopes(ours)).toEqual(['project', 'team'])
  expect(await scopes(owner)).toEqual(['organization', 'project', 'team'])
  const { data } = await call(owner, policyList, { query: { exceptScopeType: 'team' } })
  expect(data.map(({ scope }) => scope.type).sort()).toEqual(['organization', 'project'])
})

test('who lacks production sets no rules that its environments are under, but those of the others', async () => {
  const { team: teamId, project: projectId } = world.ids
  const body = { projectId, name: world.name(), kind: 'staging' }
  const { id: scopeId } = await world.make('environmentCreate', { body })
  const { secret } = await issueToken(world.app, { role: 'admin', teamId, production: false })
  const client = world.api.client(secret)
  await expect(call(client, policySet, { ...ofProject(), body: {} })).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('production'),
  })
  await call(client, policySet, { params: { scopeType: 'environment', scopeId }, body: {} })
})

describe('a team’s token', () => {
  const above = async (hostedTools: HostedTool[] | null) => {
    await call(owner, policySet, { ...ofTeam(), body: { hostedTools } })
  }
  const set = (hostedTools: HostedTool[]) =>
    call(world.api.client(world.tokens.ownTeam), policySet, { ...ofProject(), body: { hostedTools } })
  const refused = {
    code: 'forbidden',
    message: expect.stringMatching(/"web_search".*An owner or admin of the organization has to allow it/),
  }

  test('allows no hosted tool by itself', async () => {
    await above(null)
    await expect(set(['web_search'])).rejects.toMatchObject(refused)
    const key = { environmentId: world.ids.environment, name: world.name() }
    const made = call(world.api.client(world.tokens.ownTeam), keyCreate, {
      body: { ...key, policy: { hostedTools: ['web_search'] } },
    })
    await expect(made).rejects.toMatchObject(refused)
    expect((await set([])).hostedTools).toEqual([])
  })

  test('passes on those that the policies above it allow, all of them', async () => {
    await above(['web_search'])
    expect((await set(['web_search'])).hostedTools).toEqual(['web_search'])
    await expect(set(['web_search', 'code_interpreter'])).rejects.toMatchObject({ code: 'forbidden' })
    const { id: scopeId } = await call(owner, organizationView, {})
    const params = { scopeType: 'organization' as const, scopeId }
    await call(owner, policySet, { params, body: { hostedTools: [] } })
    await expect(set(['web_search'])).rejects.toMatchObject(refused)
    await call(owner, policySet, { params, body: {} })
    await above(null)
  })
})

test('a scope has to be what it says', async () => {
  const mixed = { scopeType: 'project' as const, scopeId: world.ids.team }
  await expect(call(owner, policySet, { params: mixed, body: {} })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('every gateway hears of a new policy', async () => {
  const heard: BusMessage[] = []
  const stop = world.app.bus.subscribe((message) => heard.push(message))
  await call(owner, policySet, { ...ofTeam(), body: { models: [] } })
  await expect.poll(() => heard).toContainEqual({ topic: 'access' })
  stop()
})

test('of two who set the first policy of a scope at the same time, one is told', async () => {
  const scopeId = world.ids.environment
  const params = { scopeType: 'environment' as const, scopeId }
  const set = (maxOutputTokens: number) => call(owner, policySet, { params, body: { maxOutputTokens } })
  // The first has not committed yet when the second, who sees no policy either, wants to write.
  const [second] = await transaction(world.app.as(), async (ctx) => {
    await setPolicy(ctx.db, { scopeType: 'environment', scopeId, maxOutputTokens: 1 }, 0)
    await audit(ctx, { action: 'policy.set', targetId: scopeId })
    const late = set(2).catch((error) => error)
    await expect.poll(writersThatWait).toBe(1)
    return [late]
  })
  expect(await second).toMatchObject({ code: 'conflict' })
  expect(await call(owner, policyView, { params })).toMatchObject({ maxOutputTokens: 1, version: 1 })
})

async function writersThatWait(): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into "policies"%'`.execute(
    world.app.gatewayDb,
  )
  return rows.length
}
