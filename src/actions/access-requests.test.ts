import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { databaseText } from '../../test/database-text.ts'
import { A_DAY_MS, inMs, type RequestsWorld, requestsWorld } from '../../test/requests-world.ts'
import type { approvalRuleCreate } from '../contract/approval-rules.ts'
import type { Valid } from '../contract/operation.ts'
import { findKeySnapshot } from '../db/key-snapshots.ts'
import { endAccess } from '../jobs/end-access.ts'
import { lapseRequests } from '../jobs/lapse-requests.ts'
import { endAccessRequest } from './access-request-decisions.ts'
import { listAccessRequestsFor, viewAccessRequest } from './access-requests.ts'
import { createApprovalRule, deleteApprovalRule } from './approval-rules.ts'
import { listDeliveriesFor, openDelivery } from './deliveries.ts'
import { takeGrant } from './grants.ts'
import { offboardUser } from './offboard.ts'

let world: RequestsWorld
let names = 0
beforeAll(async () => {
  world = await requestsWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

const staging = (more: object = {}) => ({
  kind: 'key' as const,
  environmentId: world.ids.environment,
  name: `asked-${++names}`,
  reason: 'a test',
  ...more,
})
const live = (more: object = {}) => ({ ...staging(more), environmentId: world.production })
const stateOf = async (id: string) =>
  (
    await world.app.db
      .selectFrom('accessRequests')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).state
const end = async (id: string) =>
  endAccessRequest(await world.max.ctx(), {
    params: { accessRequestId: id },
    query: {},
    body: { reason: 'over' },
  })

test('a production key is asked for, narrowed, seconded, opened by its owner alone, works, and ends by itself', async () => {
  const { ada, max, eve, app } = world
  const asked = await world.ask(ada, live({ until: inMs(A_DAY_MS) }))
  expect(asked).toMatchObject({ state: 'pending', production: true, approvals: { needed: 2, given: 0 } })
  const until = inMs(8_000)
  const first = await world.approve(max, asked.id, { until })
  expect(first).toMatchObject({ state: 'pending', approvals: { given: 1 }, narrowed: { until } })
  const second = await world.approve(eve, asked.id)
  expect(second).toMatchObject({ state: 'approved', until })

  const waiting = await listDeliveriesFor(await ada.ctx(), {
    params: {},
    query: { limit: 50 },
    body: undefined as never,
  })
  const delivery = waiting.data.find(({ keyName }) => keyName === asked.terms.name)
  if (!delivery) throw new Error('nothing waits for ada')
  expect(
    await app.db.selectFrom('keySecrets').select('id').where('keyId', '=', delivery.keyId).execute(),
  ).toEqual([])
  const params = { deliveryId: delivery.id }
  const { secret } = await openDelivery(await ada.ctx(), { params, query: {}, body: undefined as never })
  expect(await databaseText(app.db)).not.toContain(secret)

  const call = () =>
    fetch(`${world.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } }).then(
      ({ status }) => status,
    )
  expect(await call()).toBe(200)
  // No job runs here.
  await expect.poll(call, { interval: 200 }).toBe(401)
  await expect.poll(() => endAccess(app)).toBe(1)
  expect(await stateOf(asked.id)).toBe('ended')
  const grants = await app.db
    .selectFrom('grants')
    .select('revokedAt')
    .where('sourceId', '=', asked.id)
    .execute()
  expect(grants.map(({ revokedAt }) => revokedAt !== null)).toEqual([true])
})

test('whoever looks at a request is told what they may do with it, and why not the rest', async () => {
  const { ada, max, tom } = world
  const { id } = await world.ask(ada, live())
  const can = async (who: typeof ada) => {
    const asked = { params: { accessRequestId: id }, query: {}, body: undefined as never }
    return (await viewAccessRequest(await who.ctx(), asked)).can
  }
  const pending = { reason: 'This request is pending.' }
  expect(await can(ada)).toEqual({
    decide: { reason: 'Nobody decides about their own request: it takes somebody else.' },
    withdraw: true,
    end: pending,
  })
  const others = { reason: 'There is no such access request of yours.' }
  expect(await can(max)).toEqual({ decide: true, withdraw: others, end: pending })
  expect((await can(tom)).decide).toEqual({ reason: expect.stringContaining('reaches production') })
  await world.approve(max, id)
  await world.approve(world.eve, id)
  const approved = { reason: 'This request is approved.' }
  expect(await can(ada)).toEqual({ decide: approved, withdraw: approved, end: true })
})

describe('nobody decides about their own request', () => {
  const approve = operationNamed('accessRequestApprove')
  test('not in a session, not with a token, not through a service account', async () => {
    const { max, make, api } = world
    const { id: accessRequestId } = await world.ask(max, staging())
    await expect(world.approve(max, accessRequestId)).rejects.toMatchObject({ code: 'forbidden' })
    const sample = { params: { accessRequestId }, body: {} }
    const byToken = await api.send(approve, sample, { token: max.token })
    expect([byToken.status, byToken.body.detail]).toEqual([403, expect.stringContaining('own request')])
    const serviceAccountId = world.ids.serviceAccount
    await make('grantCreate', { body: { serviceAccountId, role: 'admin', projectId: world.project } })
    const { secret } = await make('tokenCreate', {
      body: { name: 'robot', serviceAccountId, role: 'admin', projectId: world.project },
    })
    const byProgram = await api.send(approve, sample, { token: secret })
    expect([byProgram.status, byProgram.body.code]).toEqual([403, 'forbidden'])
    expect(await stateOf(accessRequestId)).toBe('pending')
  })

  test('about production nobody decides with an API token', async () => {
    const { id: accessRequestId } = await world.ask(world.ada, live())
    const sample = { params: { accessRequestId }, body: {} }
    const answer = await world.api.send(approve, sample, { token: world.max.token })
    expect([answer.status, answer.body.detail]).toEqual([403, expect.stringContaining('signed in')])
    const unconfirmed = await world.api.send(approve, sample, { token: world.max.session })
    expect(unconfirmed.body.code).toBe('step_up_required')
  })
})

describe('approvals', () => {
  test('of one person count once, also at the same moment', async () => {
    const { id } = await world.ask(world.ada, live())
    const tried = await Promise.allSettled([world.approve(world.max, id), world.approve(world.max, id)])
    expect(tried.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await stateOf(id)).toBe('pending')
  })

  test('of several people at the same moment do it once', async () => {
    const { ada, max, eve, app } = world
    const third = await world.person({ role: 'admin' })
    const wishes = await Promise.all(Array.from({ length: 8 }, () => world.ask(ada, live())))
    const ids = wishes.map(({ id }) => id)
    const tried = await Promise.allSettled(
      ids.flatMap((id) => [max, eve, third].map((one) => world.approve(one, id))),
    )
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(16)
    const grants = await app.db.selectFrom('grants').select('sourceId').where('sourceId', 'in', ids).execute()
    expect(grants.map(({ sourceId }) => sourceId).sort()).toEqual(ids.toSorted())
  })

  test('of who may no longer decide do not count', async () => {
    const gone = await world.person({ role: 'admin' })
    const { id } = await world.ask(world.ada, live())
    await world.approve(gone, id)
    const grant = await world.app.db
      .selectFrom('grants')
      .selectAll()
      .where('userId', '=', gone.userId)
      .executeTakeFirstOrThrow()
    const named = { ...grant, userName: null, userEmail: null, serviceAccountName: null }
    const ctx = world.app.as()
    await ctx.db.transaction().execute((db) => takeGrant({ ...ctx, db }, named, 'grant.revoke'))
    expect(await world.approve(world.max, id)).toMatchObject({ state: 'pending', approvals: { given: 1 } })
    expect((await world.approve(world.eve, id)).state).toBe('approved')
  })

  test('for more than what is left after somebody narrowed it do not count', async () => {
    const { id } = await world.ask(world.ada, live({ until: inMs(A_DAY_MS) }))
    await world.approve(world.max, id)
    const until = inMs(A_DAY_MS / 2)
    expect(await world.approve(world.eve, id, { until })).toMatchObject({
      state: 'pending',
      approvals: { given: 1 },
    })
    await expect(world.approve(world.max, id, { until: inMs(A_DAY_MS) })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect(await world.approve(world.max, id)).toMatchObject({ state: 'approved', until })
  })

  test('give nothing that the last approver lacks, and leave nothing behind then', async () => {
    const { make, ids } = world
    const role = await make('roleCreate', {
      body: {
        name: 'Decider',
        basedOn: 'admin',
        permissions: ['access-request:read', 'access-request:decide', 'team:read', 'project:read'],
        scopeTypes: ['team'],
      },
    })
    const decider = await world.person({ role: role.id, teamId: ids.team })
    const { id } = await world.ask(world.ada, staging())
    await expect(world.approve(decider, id)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await stateOf(id)).toBe('pending')
    const view = { params: { accessRequestId: id }, query: {}, body: undefined as never }
    expect((await viewAccessRequest(await world.max.ctx(), view)).events).toEqual([])
  })

  test('of who lacks production give none', async () => {
    const { id } = await world.ask(world.ada, {
      kind: 'production',
      projectId: world.project,
      role: 'viewer',
      until: inMs(A_DAY_MS),
      reason: 'a test',
    })
    await expect(world.approve(world.tom, id)).rejects.toMatchObject({ code: 'forbidden' })
  })
})

test('who is approved and offboarded at the same moment ends up with nothing, and nobody sees an error of ours', async () => {
  for (let round = 0; round < 8; round++) {
    const asker = await world.person({ role: 'developer' })
    const asked = await world.ask(asker, staging())
    const body = { keys: 'revoke' as const, reason: 'left' }
    const leave = async () =>
      offboardUser(await world.max.ctx(), { params: { userId: asker.userId }, query: {}, body })
    const results = await Promise.allSettled([world.approve(world.eve, asked.id), leave()])
    const refused = results.filter((one) => one.status === 'rejected').map(({ reason }) => reason.code)
    expect(['', 'conflict']).toContain(refused.join())
    expect(await stateOf(asked.id)).not.toBe('pending')
    const living = world.app.db.selectFrom('keys').select('id').where('userId', '=', asker.userId)
    expect(await living.where('state', '=', 'active').execute()).toEqual([])
  }
})

describe('what is given for a time ends', () => {
  const days = { until: inMs(A_DAY_MS), reason: 'a test' }

  test('models beside those of a policy, and only of that one', async () => {
    const { make, ids, app, tom, max, ada } = world
    const scope = { scopeType: 'environment', scopeId: ids.environment }
    await make('policySet', { params: scope, body: { models: ['gpt-5'] } })
    const models = async () =>
      (await findKeySnapshot(app.db, app.keyring.hashSecret(world.key.secret)))?.policies.map((p) => p.models)
    expect(await models()).toEqual([['gpt-5']])
    const wish = { kind: 'model' as const, environmentId: ids.environment, models: ['claude-*'] }
    const { id } = await world.ask(ada, { ...wish, ...days, until: inMs(5_000) })
    await world.approve(tom, id)
    expect(await models()).toEqual([['gpt-5', 'claude-*']])
    await expect.poll(models).toEqual([['gpt-5']])
    await expect.poll(() => endAccess(app)).toBe(1)
    const again = await world.ask(ada, { ...wish, ...days })
    await world.approve(max, again.id)
    await end(again.id)
    expect(await models()).toEqual([['gpt-5']])
    await make('policySet', { params: scope, body: { models: null } })
  })

  test('models for a whole project or team reach its production: that takes two people, and no rule', async () => {
    const wish = { kind: 'model' as const, models: ['claude-*'], ...days }
    for (const where of [{ projectId: world.project }, { teamId: world.ids.team }]) {
      const { production, approvals } = await world.ask(world.ada, { ...wish, ...where })
      expect({ production, approvals }).toEqual({ production: true, approvals: { needed: 2, given: 0 } })
    }
    const one = await world.ask(world.ada, { ...wish, environmentId: world.ids.environment })
    expect(one).toMatchObject({ production: false, approvals: { needed: 1 } })
  })

  test('more budget, and what others changed meanwhile stays', async () => {
    const { make, ids, max, eve, ada } = world
    const scope = { type: 'project', id: world.project }
    const body = { scope, name: 'Launch', limitUsd: '100', period: 'month' }
    const { id: budgetId } = await make('budgetCreate', { body })
    const limit = async () => (await make('budgetView', { params: { budgetId } })).window.limitUsd
    const viewer = await world.person({ role: 'viewer', teamId: ids.team })
    const asked = await Promise.all(
      [viewer, ada, viewer]
        .map((who) => world.ask(who, { kind: 'budget', budgetId, addUsd: '50', ...days }))
        .map((wish) => wish.catch(() => null)),
    )
    const wishes = asked.flatMap((wish) => wish?.id ?? [])
    await Promise.all(wishes.map((id) => world.approve(max, id)))
    expect(await limit()).toBe(`${100 + 50 * wishes.length}.00`)
    await make('budgetUpdate', { params: { budgetId }, body: { limitUsd: '500' } })
    expect(await limit()).toBe(`${500 + 50 * wishes.length}.00`)
    await Promise.all(wishes.map((id) => end(id)))
    expect(await limit()).toBe('500.00')
    const far = { kind: 'budget' as const, budgetId, addUsd: '50', reason: 'a test' }
    await expect(world.ask(eve, { ...far, until: inMs(40 * A_DAY_MS) })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  test('more of what no request can raise is refused at once: credits, and a budget for each member', async () => {
    const { make, ada } = world
    const scope = { type: 'project', id: world.project }
    const { budgetId: account } = await make('creditGrant', {
      body: { scope, amountUsd: '5', reason: 'trial' },
    })
    const each = { scope, limitUsd: '5', period: 'month', perMember: true }
    const { id: whole } = await make('budgetCreate', { body: each })
    for (const budgetId of [account, whole]) {
      const wish = world.ask(ada, { kind: 'budget', budgetId, addUsd: '50', ...days })
      await expect(wish).rejects.toMatchObject({ code: 'invalid_request' })
    }
    for (const budgetId of [account, whole]) await make('budgetDelete', { params: { budgetId } })
  })

  test('a budget that a request raised before there were raises goes down again at its end', async () => {
    const { make, max, ada } = world
    const scope = { type: 'project', id: world.project }
    const body = { scope, name: 'Launch', limitUsd: '100', period: 'month' }
    const { id: budgetId } = await make('budgetCreate', { body })
    const { id } = await world.ask(ada, { kind: 'budget', budgetId, addUsd: '50', ...days })
    const approved = await world.approve(max, id)
    expect(approved.effects).toMatchObject([{ type: 'raise', budgetId, addedUsd: '50.00' }])
    const effects = [{ type: 'budget', id: budgetId, addedUsd: '30.00' }]
    await sql`alter table access_requests disable trigger access_requests_audited`.execute(world.app.db)
    await sql`update access_requests set effects = ${JSON.stringify(effects)}::jsonb where id = ${id}`.execute(
      world.app.db,
    )
    await sql`alter table access_requests enable trigger access_requests_audited`.execute(world.app.db)
    await end(id)
    expect((await make('budgetView', { params: { budgetId } })).limitUsd).toBe('70.00')
  })

  test('a higher rate', async () => {
    const { make, max, ada } = world
    const scope = { type: 'project', id: world.project }
    const { id: rateLimitId } = await make('rateLimitCreate', { body: { scope, requestsPerMinute: 60 } })
    const rates = async () => (await make('rateLimitView', { params: { rateLimitId } })).requestsPerMinute
    const wish = { kind: 'rate' as const, rateLimitId, ...days }
    const none = await world.ask(ada, { ...wish, addTokensPerMinute: 5 })
    await expect(world.approve(max, none.id)).rejects.toMatchObject({ code: 'conflict' })
    const { id } = await world.ask(ada, { ...wish, addRequestsPerMinute: 40 })
    await world.approve(max, id)
    expect(await rates()).toBe(100)
    await end(id)
    expect(await rates()).toBe(60)
    await make('rateLimitDelete', { params: { rateLimitId } })
  })

  test('a longer life of a key, which its owner may then use as long', async () => {
    const { make, max, app } = world
    const viewer = await world.person({ role: 'viewer', projectId: world.project })
    const soon = inMs(A_DAY_MS / 4)
    const { key } = await make('deliveryCreate', {
      body: {
        environmentId: world.ids.environment,
        name: `asked-${++names}`,
        userId: viewer.userId,
        expiresAt: soon,
      },
    })
    const expiry = async () => (await make('keyView', { params: { keyId: key.id } })).expiresAt
    const expiresAt = inMs(A_DAY_MS)
    const { id } = await world.ask(viewer, { kind: 'expiry', keyId: key.id, expiresAt, reason: 'a test' })
    await world.approve(max, id)
    expect(await expiry()).toBe(expiresAt)
    await end(id)
    expect(await expiry()).toBe(soon)
    expect(await endAccess(app)).toBe(0)
  })

  test('a role in a team, with no end unless it was asked for', async () => {
    const { id } = await world.ask(world.ada, {
      kind: 'team',
      teamId: world.ids.team,
      role: 'builder',
      reason: 'a test',
    })
    expect(await world.approve(world.max, id, { role: 'viewer' })).toMatchObject({
      state: 'approved',
      until: null,
      effects: [{ type: 'grant' }],
    })
    await end(id)
    await expect(end(id)).rejects.toMatchObject({ code: 'conflict' })
  })
})

test('a request that nobody decides lapses, and so does one for a time that has passed', async () => {
  const { app, ada } = world
  const old = await world.ask(ada, staging())
  const late = await world.ask(ada, staging({ until: inMs(2_000) }))
  const other = await world.ask(ada, staging())
  await app.db.transaction().execute(async (db) => {
    await db
      .updateTable('accessRequests')
      .set({ createdAt: new Date(Date.now() - 15 * A_DAY_MS) })
      .where('id', '=', old.id)
      .execute()
    const event = { id: `evt_${old.id.slice(4)}`, actorKind: 'setup' as const, actorId: 'test' }
    await db
      .insertInto('auditEvents')
      .values({ ...event, action: 'test', targetId: old.id })
      .execute()
  })
  const lapsed = async () => {
    await lapseRequests(app)
    return stateOf(late.id)
  }
  await expect.poll(lapsed).toBe('lapsed')
  expect([await stateOf(old.id), await stateOf(other.id)]).toEqual(['lapsed', 'pending'])
})

test('everybody sees their own requests, and those that their roles let them decide', async () => {
  const { ada, tom } = world
  const { id } = await world.ask(ada, staging())
  const stranger = await world.person({ role: 'developer' })
  const seenBy = async (who: typeof ada, view: 'mine' | 'inbox' | 'all') => {
    const query = { limit: 200, view }
    const { data } = await listAccessRequestsFor(await who.ctx(), {
      params: {},
      query,
      body: undefined as never,
    })
    return data.some((request) => request.id === id)
  }
  expect([await seenBy(ada, 'mine'), await seenBy(ada, 'inbox'), await seenBy(ada, 'all')]).toEqual([
    true,
    false,
    true,
  ])
  expect([await seenBy(tom, 'mine'), await seenBy(tom, 'inbox'), await seenBy(tom, 'all')]).toEqual([
    false,
    true,
    true,
  ])
  expect([
    await seenBy(stranger, 'mine'),
    await seenBy(stranger, 'inbox'),
    await seenBy(stranger, 'all'),
  ]).toEqual([false, false, false])
  const view = { params: { accessRequestId: id }, query: {}, body: undefined as never }
  await expect(viewAccessRequest(await stranger.ctx(), view)).rejects.toMatchObject({ code: 'forbidden' })
  expect((await viewAccessRequest(await ada.ctx(), view)).request.id).toBe(id)
})

test('a key for a program is asked for by who answers for it, opened by them, and ends with the request', async () => {
  const { ada, max, tom, make, project: projectId } = world
  const account = async (ownerUserId: string) =>
    make('serviceAccountCreate', { body: { projectId, name: `svc-${++names}`, ownerUserId } })
  const theirs = await account(tom.userId)
  await expect(world.ask(ada, staging({ serviceAccountId: theirs.id }))).rejects.toMatchObject({
    errors: [{ pointer: '/body/serviceAccountId' }],
  })
  const { id: serviceAccountId } = await account(ada.userId)
  const asked = await world.ask(ada, staging({ serviceAccountId }))
  const { effects } = await world.approve(max, asked.id)
  // No role: the program needs none.
  expect(effects).toMatchObject([{ type: 'key' }])
  const [effect] = effects as { id: string; deliveryId: string }[]
  const key = await make('keyView', { params: { keyId: effect?.id ?? '' } })
  expect(key).toMatchObject({ serviceAccountId, userId: null, secrets: [] })
  const params = { deliveryId: effect?.deliveryId ?? '' }
  const opened = await openDelivery(await ada.ctx(), { params, query: {}, body: undefined as never })
  const headers = { authorization: `Bearer ${opened.secret}` }
  expect((await fetch(`${world.url}/v1/models`, { headers })).status).toBe(200)
  await end(asked.id)
  expect((await make('keyView', { params: { keyId: key.id } })).state).toBe('revoked')
})

test('who asked gives back before its time what they got, and nobody else who may not decide does', async () => {
  const { ada, eve, max, api } = world
  const stranger = await world.person({ role: 'developer' })
  const { id } = await world.ask(ada, live({ until: inMs(A_DAY_MS) }))
  await world.approve(max, id)
  await world.approve(eve, id)
  const give = (token: string) => {
    const sample = { params: { accessRequestId: id }, body: { reason: 'done with it' } }
    return api.send(operationNamed('accessRequestEnd'), sample, { token })
  }
  expect((await give(stranger.session)).status).toBe(403)
  const { status, body } = await give(ada.session)
  expect([status, body.state]).toEqual([200, 'ended'])
  const [, key] = body.effects
  const { state } = await world.make('keyView', { params: { keyId: key.id } })
  expect(state).toBe('revoked')
})

test('who may decide about a request hears of it, and nobody else; nor does anybody when a rule did', async () => {
  const { ada, max, eve, tom, app } = world
  const other = await world.make('teamCreate', { body: { name: `Other ${++names}` } })
  const elsewhere = await world.person({ role: 'admin', teamId: other.id })
  const left = await world.person({ role: 'admin' })
  await world.make('userUpdate', { params: { userId: left.userId }, body: { deactivated: true } })
  const told = async (wish: object) => {
    await app.db.deleteFrom('notices').execute()
    await world.ask(ada, staging(wish))
    const notices = app.db.selectFrom('notices').select('userId').where('kind', '=', 'access-request.create')
    return (await notices.execute()).map(({ userId }) => userId)
  }
  const people = await told({})
  expect(people).toEqual(expect.arrayContaining([max.userId, eve.userId, tom.userId]))
  for (const { userId } of [ada, elsewhere, left]) expect(people).not.toContain(userId)
  // Tom does not reach production.
  expect(await told({ environmentId: world.production })).not.toContain(tom.userId)
  const body = { name: 'Keys', kind: 'key' as const }
  const rule = await createApprovalRule(await max.ctx(), { params: {}, query: {}, body })
  expect(await told({})).toEqual([])
  const params = { approvalRuleId: rule.id }
  await deleteApprovalRule(await max.ctx(), { params, query: {}, body: undefined as never })
})

describe('a rule approves', () => {
  const rule = async (who: RequestsWorld['ada'], body: Valid<typeof approvalRuleCreate>['body']) =>
    createApprovalRule(await who.ctx(), { params: {}, query: {}, body })
  const remove = async (id: string) =>
    deleteApprovalRule(await world.max.ctx(), {
      params: { approvalRuleId: id },
      query: {},
      body: undefined as never,
    })
  const week = { until: inMs(6 * A_DAY_MS) }

  test('what is within it, by its maker’s permissions, and nothing of its maker’s own', async () => {
    const { tom, ada, project } = world
    const { id } = await rule(tom, { name: 'Keys', kind: 'key', projectId: project, maxDays: 7 })
    const asked = await world.ask(ada, staging(week))
    expect(asked).toMatchObject({
      state: 'approved',
      approvals: { given: 1 },
      effects: [{ type: 'grant' }, { type: 'key' }],
    })
    const [event] = await world.app.db
      .selectFrom('auditEvents')
      .select(['actorKind', 'actorId', 'userId'])
      .where('action', '=', 'access-request.approve')
      .where('targetId', '=', asked.id)
      .execute()
    expect(event).toEqual({ actorKind: 'job', actorId: id, userId: null })
    expect((await world.ask(ada, staging())).state).toBe('pending')
    expect((await world.ask(tom, staging(week))).state).toBe('pending')
    await remove(id)
    expect((await world.ask(ada, staging(week))).state).toBe('pending')
  })

  test('never production, though its maker has it', async () => {
    const { id } = await rule(world.max, { name: 'Keys', kind: 'key' })
    expect((await world.ask(world.ada, live(week))).state).toBe('pending')
    await remove(id)
  })

  test('nothing once its maker could not, and then the request waits, whole', async () => {
    const maker = await world.person({ role: 'admin', teamId: world.ids.team })
    const { id } = await rule(maker, { name: 'Keys', kind: 'key', projectId: world.project })
    const grant = await world.app.db
      .selectFrom('grants')
      .select('id')
      .where('userId', '=', maker.userId)
      .executeTakeFirstOrThrow()
    await world.make('grantRevoke', { params: { grantId: grant.id } })
    const permissions = ['access-request:read', 'access-request:decide', 'team:read', 'project:read']
    const body = { name: 'Only decides', basedOn: 'admin', permissions, scopeTypes: ['team'] }
    const role = await world.make('roleCreate', { body })
    const { team: teamId } = world.ids
    await world.make('grantCreate', { body: { userId: maker.userId, role: role.id, teamId } })
    const asked = await world.ask(world.ada, staging(week))
    expect(asked).toMatchObject({ state: 'pending', effects: null, approvals: { given: 0 } })
    const left = await world.app.db
      .selectFrom('grants')
      .select('id')
      .where('sourceId', '=', asked.id)
      .execute()
    expect(left).toEqual([])
    await remove(id)
  })
  test('all of it or nothing', async () => {
    const { tom, ada, project, app } = world
    const { id } = await rule(tom, { name: 'Keys', kind: 'key', projectId: project })
    const first = await world.ask(ada, staging(week))
    const same = await world.ask(ada, { ...staging(week), name: first.terms.name })
    expect([first.state, same.state, same.effects]).toEqual(['approved', 'pending', null])
    const given = await app.db.selectFrom('grants').select('id').where('sourceId', '=', same.id).execute()
    expect(given).toEqual([])
    await remove(id)
  })
})
