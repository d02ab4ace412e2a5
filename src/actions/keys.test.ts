import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseText } from '../../test/database-text.ts'
import { createWorld, type World } from '../../test/world.ts'
import type { BusMessage } from '../bus.ts'
import { auditList } from '../contract/audit.ts'
import { budgetList } from '../contract/budgets.ts'
import { type ApiError, type Client, call } from '../contract/client.ts'
import { keyDeliver } from '../contract/key-deliveries.ts'
import { keyCreate, keyList, keyRevoke, keyRotate, keyUpdate, keyView } from '../contract/keys.ts'
import { policyView } from '../contract/policies.ts'
import { rateLimitList } from '../contract/rate-limits.ts'
import { tokenSelf } from '../contract/tokens.ts'
import { keyKind } from '../domain/key-format.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const DAY_MS = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()
const body = () => ({ environmentId: world.ids.environment, name: world.name(), userId: world.ids.user })

/** The fields that a refused call names. */
const pointersOf = (refused: Promise<unknown>) =>
  refused.then(
    () => 'accepted',
    (error: ApiError) => error.errors.map(({ pointer }) => pointer),
  )

test('a key is shown once and stored nowhere: not in the database, the audit trail or the log', async () => {
  const { key, secret } = await call(owner, keyCreate, { body: body() })
  expect(keyKind(secret)).toBe('development')
  expect(key.secrets).toMatchObject([{ state: 'current', hint: `sk-cvg-dev-…${secret.slice(-4)}` }])

  const seen = [
    await databaseText(world.app.db),
    world.app.logged.join('\n'),
    JSON.stringify(await call(owner, keyList, {})),
    JSON.stringify(await call(owner, keyView, { params: { keyId: key.id } })),
    JSON.stringify(await call(owner, auditList, {})),
  ].join('\n')
  const random = secret.slice('sk-cvg-dev-'.length, -6)
  expect(seen).toContain(key.id)
  for (const part of [secret, random, random.slice(0, 20)]) expect(seen).not.toContain(part)
  // The database holds the peppered hash; nothing that is shown does.
  const hash = world.app.keyring.hashSecret(secret)
  expect(seen.split(hash)).toHaveLength(2)
})

test('a repeated creation makes one key and shows its secret the first time only', async () => {
  const input = { body: body() }
  const first = await call(owner, keyCreate, input, { idempotencyKey: 'one-key' })
  const second = await call(owner, keyCreate, input, { idempotencyKey: 'one-key' })
  expect(second).toEqual({ key: first.key })
  expect(await databaseText(world.app.db)).not.toContain(first.secret)
})

test('one command makes a limited key', async () => {
  const { key } = await call(owner, keyCreate, {
    body: {
      ...body(),
      purpose: 'nightly summaries',
      tags: { 'cost-center': '42' },
      expiresAt: inDays(90),
      policy: { models: ['gpt-5*'], ipAllowlist: ['203.0.113.0/24'] },
      rateLimit: { requestsPerMinute: 60 },
      budgets: [
        { limitUsd: '25', period: 'month' },
        { limitUsd: '0.5', period: 'day', kind: 'soft', name: 'Daily look' },
      ],
    },
  })
  const policy = await call(owner, policyView, { params: { scopeType: 'key', scopeId: key.id } })
  expect(policy).toMatchObject({
    models: ['gpt-5*'],
    operations: null,
    ipAllowlist: ['203.0.113.0/24'],
    version: 1,
  })
  const limits = await call(owner, rateLimitList, { query: { scopeType: 'key', scopeId: key.id } })
  expect(limits.data).toMatchObject([{ requestsPerMinute: 60, tokensPerMinute: null }])
  const budgets = await call(owner, budgetList, { query: { scopeType: 'key', scopeId: key.id } })
  expect(budgets.data).toMatchObject([
    { name: '25 USD a month', kind: 'hard', limitUsd: '25.00', window: { remainingUsd: '25.00' } },
    { name: 'Daily look', kind: 'soft', limitUsd: '0.50' },
  ])
})

test('a rule that is wrong leaves no key behind, and the error points into it', async () => {
  const strange = 'prv_01JD0000000000000000000000'
  const named = body()
  const budgets = [
    { limitUsd: '1', period: 'day' as const },
    { limitUsd: '1', period: 'day' as const, providerId: strange },
  ]
  expect(await pointersOf(call(owner, keyCreate, { body: { ...named, budgets } }))).toEqual([
    '/body/budgets/1/providerId',
  ])
  const policy = { providers: ['demo-2'] }
  expect(await pointersOf(call(owner, keyCreate, { body: { ...named, policy } }))).toEqual([
    '/body/policy/providers/0',
  ])
  expect(await pointersOf(call(owner, keyCreate, { body: { ...named, rateLimit: {} } }))).toEqual([
    '/body/rateLimit',
  ])
  const rows = await world.app.db.selectFrom('keys').select('id').where('name', '=', named.name).execute()
  expect(rows).toEqual([])
})

describe('a key needs one owner who is there and times that make sense', () => {
  test.each<[what: string, change: () => object, pointer: string]>([
    ['two owners', () => ({ serviceAccountId: world.ids.serviceAccount }), '/body/serviceAccountId'],
    ['an unknown user', () => ({ userId: 'usr_01JD0000000000000000000000' }), '/body/userId'],
    [
      'an unknown service account',
      () => ({ userId: undefined, serviceAccountId: 'svc_01JD0000000000000000000000' }),
      '/body/serviceAccountId',
    ],
    ['an end that has passed', () => ({ expiresAt: inDays(-1) }), '/body/expiresAt'],
    [
      'an end before the beginning',
      () => ({ notBefore: inDays(5), expiresAt: inDays(4) }),
      '/body/expiresAt',
    ],
    ['a time without a zone', () => ({ expiresAt: '2030-01-01T00:00:00' }), '/body/expiresAt'],
    ['a tag with a blank', () => ({ tags: { 'cost center': '1' } }), '/body/tags/cost center'],
    [
      'a budget of no money at all',
      () => ({ budgets: [{ limitUsd: '-1', period: 'day' }] }),
      '/body/budgets/0/limitUsd',
    ],
    [
      'a policy with a broken range',
      () => ({ policy: { ipAllowlist: ['10.0.0.1/8'] } }),
      '/body/policy/ipAllowlist/0',
    ],
  ])('%s', async (_, change, pointer) => {
    expect(await pointersOf(call(owner, keyCreate, { body: { ...body(), ...change() } }))).toEqual([pointer])
  })

  test('a service account of another project', async () => {
    const team = await world.make('teamCreate', { body: { name: world.name() } })
    const project = await world.make('projectCreate', { body: { teamId: team.id, name: 'Elsewhere' } })
    const account = await world.make('serviceAccountCreate', { body: { projectId: project.id, name: 'bot' } })
    const input = { ...body(), userId: undefined, serviceAccountId: account.id }
    expect(await pointersOf(call(owner, keyCreate, { body: input }))).toEqual(['/body/serviceAccountId'])
  })

  test('nobody named: whoever asks', async () => {
    const { key } = await call(owner, keyCreate, { body: { ...body(), userId: undefined } })
    const { userId } = await world.app.db
      .selectFrom('apiTokens')
      .select('userId')
      .where('name', '=', 'Owner')
      .executeTakeFirstOrThrow()
    expect(key.userId).toBe(userId)
  })
})

test('an archived environment gets no more keys', async () => {
  const { id } = await world.make('environmentCreate', {
    body: { projectId: world.ids.project, name: world.name(), kind: 'staging' },
  })
  await world.make('environmentUpdate', { params: { environmentId: id }, body: { archived: true } })
  await expect(call(owner, keyCreate, { body: { ...body(), environmentId: id } })).rejects.toMatchObject({
    code: 'conflict',
  })
})

test('two keys of one environment cannot share a name', async () => {
  const input = { body: body() }
  await call(owner, keyCreate, input)
  await expect(call(owner, keyCreate, input)).rejects.toMatchObject({ code: 'conflict' })
})

test('a team’s token makes keys in its team and limits them, and may not use the organization’s scope for it', async () => {
  const ours = world.api.client(world.tokens.ownTeam)
  const { key } = await call(ours, keyCreate, {
    body: { ...body(), userId: undefined, budgets: [{ limitUsd: '1', period: 'total' }] },
  })
  expect(key.teamId).toBe(world.ids.team)
  const theirs = world.api.client(world.tokens.otherTeam)
  await expect(call(theirs, keyCreate, { body: body() })).rejects.toMatchObject({ code: 'not_found' })
  expect((await call(theirs, keyList, {})).data).toEqual([])
})

test('a team’s token makes keys for its own user and its service accounts, and spends nobody else’s budgets', async () => {
  const ours = world.api.client(world.tokens.ownTeam)
  const { user } = await call(ours, tokenSelf, {})
  const self = { id: user?.id ?? '' }
  const made = async (owner: { userId?: string; serviceAccountId?: string }) =>
    (await call(ours, keyCreate, { body: { ...body(), userId: undefined, ...owner } })).key
  expect((await made({})).userId).toBe(self.id)
  expect((await made({ userId: self.id })).userId).toBe(self.id)
  const program = { projectId: world.ids.project, name: world.name() }
  const { id: serviceAccountId } = await world.make('serviceAccountCreate', { body: program })
  expect((await made({ serviceAccountId })).serviceAccountId).toBe(serviceAccountId)
  for (const userId of [world.ids.user, 'usr_01JD0000000000000000000000']) {
    await expect(made({ userId })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('it takes a role in the whole organization'),
    })
  }
})

test('who makes no keys for others gets no secret of theirs by rotating either, and has it delivered', async () => {
  const { key } = await call(owner, keyCreate, { body: body() })
  for (const token of [world.tokens.ownTeam, world.tokens.builder]) {
    const rotate = call(world.api.client(token), keyRotate, { params: { keyId: key.id }, body: {} })
    await expect(rotate).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('key deliver'),
    })
  }
  const ours = world.api.client(world.tokens.ownTeam)
  const delivery = await call(ours, keyDeliver, { params: { keyId: key.id }, body: {} })
  expect(delivery.userId).toBe(key.userId)
  const { key: rotated } = await call(owner, keyRotate, { params: { keyId: key.id }, body: {} })
  expect(rotated.secrets).toHaveLength(2)
})

test('times move a key from state to state by themselves, in what is shown and in what is filtered', async () => {
  const made = async (change: object) =>
    (await call(owner, keyCreate, { body: { ...body(), ...change } })).key
  const soon = await made({ notBefore: inDays(1) })
  const begun = await made({ notBefore: inDays(1) })
  const ended = await made({ expiresAt: inDays(1) })
  const past = new Date(Date.now() - DAY_MS)
  await world.app.db.transaction().execute(async (db) => {
    await db.updateTable('keys').set({ notBefore: past }).where('id', '=', begun.id).execute()
    await db.updateTable('keys').set({ expiresAt: past }).where('id', '=', ended.id).execute()
    // What the database asks of every change.
    await db
      .insertInto('auditEvents')
      .values({ id: 'evt_test', actorKind: 'job', actorId: 'test', action: 'test', targetId: begun.id })
      .execute()
  })
  expect([soon.state, begun.state, ended.state]).toEqual(['pending', 'pending', 'active'])
  const filtered = async (state: 'pending' | 'active' | 'expired') =>
    (await call(owner, keyList, { query: { state, limit: 200 } })).data.map((key) => [key.id, key.state])
  expect(await filtered('pending')).toContainEqual([soon.id, 'pending'])
  expect(await filtered('pending')).not.toContainEqual([begun.id, expect.anything()])
  expect(await filtered('active')).toContainEqual([begun.id, 'active'])
  expect(await filtered('expired')).toEqual([[ended.id, 'expired']])
  await expect(
    call(owner, keyUpdate, { params: { keyId: ended.id }, body: { expiresAt: inDays(3) } }),
  ).rejects.toMatchObject({ code: 'conflict' })
})

test('a list shows what was never called with, what ends soon, and what is in production', async () => {
  const made = async (more: object) => (await call(owner, keyCreate, { body: { ...body(), ...more } })).key.id
  const lasting = await made({})
  const ending = await made({ expiresAt: inDays(3) })
  const revoked = await made({ expiresAt: inDays(3) })
  await call(owner, keyRevoke, { params: { keyId: revoked }, body: {} })
  await world.app.db
    .updateTable('keySecrets')
    .set({ lastUsedAt: new Date() })
    .where('keyId', '=', lasting)
    .execute()
  const ids = async (query: object) =>
    (await call(owner, keyList, { query: { ...query, limit: 200 } })).data.map(({ id }) => id)
  expect(await ids({ used: 'true' })).toEqual([lasting])
  expect(await ids({ used: 'false' })).toEqual(expect.arrayContaining([ending, revoked]))
  expect(await ids({ used: 'false' })).not.toContain(lasting)
  expect(await ids({ expiresBefore: inDays(7) })).toContain(ending)
  expect(await ids({ expiresBefore: inDays(2) })).not.toContain(ending)
  for (const id of [lasting, revoked]) expect(await ids({ expiresBefore: inDays(7) })).not.toContain(id)
  expect(await ids({ environmentKind: 'production' })).not.toContain(lasting)
  const { environment } = world.ids
  const { kind } = await world.app.db
    .selectFrom('environments')
    .select('kind')
    .where('id', '=', environment)
    .executeTakeFirstOrThrow()
  expect(await ids({ environmentKind: kind })).toContain(lasting)
})

test('a list is filtered by place and owner, and paged', async () => {
  const { serviceAccount } = world.ids
  const { key } = await call(owner, keyCreate, {
    body: { ...body(), userId: undefined, serviceAccountId: serviceAccount },
  })
  const ofAccount = await call(owner, keyList, { query: { serviceAccountId: serviceAccount } })
  expect(ofAccount.data.map(({ id }) => id)).toEqual([key.id])
  const elsewhere = await call(owner, keyList, { query: { projectId: 'prj_01JD0000000000000000000000' } })
  expect(elsewhere.data).toEqual([])
  const all: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await call(owner, keyList, {
      query: { environmentId: world.ids.environment, limit: 2, cursor },
    })
    all.push(...page.data.map(({ id }) => id))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  const { count } = await world.app.db
    .selectFrom('keys')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('environmentId', '=', world.ids.environment)
    .executeTakeFirstOrThrow()
  expect(new Set(all).size).toBe(all.length)
  expect(BigInt(all.length)).toBe(count)
})

test('a change is announced to every gateway, and recorded with what was before and after', async () => {
  const heard: BusMessage[] = []
  const stop = world.app.bus.subscribe((message) => heard.push(message))
  const { key } = await call(owner, keyCreate, { body: body() })
  const after = await call(owner, keyUpdate, {
    params: { keyId: key.id },
    body: { purpose: 'demos', tags: { team: 'a' }, expiresAt: inDays(1) },
  })
  expect(after).toMatchObject({ purpose: 'demos', tags: { team: 'a' }, version: key.version + 1 })
  await expect
    .poll(() => heard.filter((message) => message.topic === 'key' && message.id === key.id))
    .toHaveLength(2)
  stop()
  const events = await call(owner, auditList, { query: { targetId: key.id } })
  expect(events.data.find(({ action }) => action === 'key.update')).toMatchObject({ before: key, after })
})
