import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import type { BusMessage } from '../bus.ts'
import { budgetRaiseCreate } from '../contract/budget-raises.ts'
import { budgetCreate, budgetDelete, budgetList, budgetUpdate, budgetView } from '../contract/budgets.ts'
import { type Client, call } from '../contract/client.ts'
import { creditEnd, creditGrant, creditList } from '../contract/credits.ts'
import type { Input } from '../contract/operation.ts'
import type { Scope } from '../domain/scope.ts'
import { lapseCredits } from '../jobs/lapse-credits.ts'
import { warnOfLapse } from '../jobs/warn-of-lapse.ts'
import { noticeSeal } from './notices.ts'

let world: World
let owner: Client
let scope: Scope
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())
beforeEach(async () => {
  const body = { email: `${world.name()}@example.com`, name: 'Someone' }
  scope = { type: 'user', id: (await world.make('userCreate', { body })).id }
})

const DAY_MS = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()
const grant = (more: Partial<Input<typeof creditGrant>['body']> = {}) =>
  call(owner, creditGrant, { body: { scope, amountUsd: '5', reason: 'trial', ...more } })
const account = (budgetId: string) => call(owner, budgetView, { params: { budgetId } })
const credits = async (budgetId: string) => (await call(owner, creditList, { query: { budgetId } })).data

test('the first credit opens the account of a scope, and more are added to it', async () => {
  const heard: BusMessage[] = []
  const stop = world.app.bus.subscribe((message) => heard.push(message))
  const first = await grant({ expiresAt: inDays(90) })
  expect(first).toMatchObject({
    state: 'active',
    amountUsd: '5.00',
    usedUsd: '0.00',
    remainingUsd: '5.00',
    scope,
  })
  const second = await grant({ amountUsd: '2.5', reason: 'prepaid' })
  expect(second).toMatchObject({ budgetId: first.budgetId, expiresAt: null })
  expect(await account(first.budgetId)).toMatchObject({
    name: 'Credits',
    kind: 'hard',
    period: 'credits',
    limitUsd: '7.50',
    window: { startedAt: null, resetsAt: null, remainingUsd: '7.50' },
  })
  await expect.poll(() => heard).toContainEqual({ topic: 'budget', id: first.budgetId })
  stop()
})

test('ten credits at once are in one account', async () => {
  const granted = await Promise.all(Array.from({ length: 10 }, () => grant({ amountUsd: '1' })))
  const [only, ...others] = new Set(granted.map(({ budgetId }) => budgetId))
  expect(others).toEqual([])
  expect((await account(only ?? '')).limitUsd).toBe('10.00')
})

test('lists show what is spent of each: soonest end first', async () => {
  const later = await grant({ expiresAt: inDays(90) })
  const sooner = await grant({ expiresAt: inDays(30) })
  await spend(later.budgetId, '6')
  expect(await credits(later.budgetId)).toMatchObject([
    { id: later.id, usedUsd: '1.00', remainingUsd: '4.00' },
    { id: sooner.id, usedUsd: '5.00', remainingUsd: '0.00' },
  ])
})

test('what was spent before a credit came is not spent of it', async () => {
  const first = await grant({ expiresAt: inDays(90) })
  await spend(first.budgetId, '3')
  const second = await grant({ expiresAt: inDays(30) })
  expect(await credits(first.budgetId)).toMatchObject([
    { usedUsd: '3.00' },
    { id: second.id, usedUsd: '0.00' },
  ])
})

test('a credit that lapsed takes what is unspent of it along, and the trail says how much that was', async () => {
  const trial = await grant({ expiresAt: inDays(30) })
  await grant({ amountUsd: '2' })
  await spend(trial.budgetId, '3')
  await setEnd(trial.id, 'now()')
  expect(await credits(trial.budgetId)).toMatchObject([
    { state: 'lapsed', usedUsd: '3.00', remainingUsd: '0.00' },
    {},
  ])
  await lapseCredits(world.app)
  expect(await account(trial.budgetId)).toMatchObject({ limitUsd: '5.00', window: { remainingUsd: '2.00' } })
  await spend(trial.budgetId, '4')
  expect(await credits(trial.budgetId)).toMatchObject([
    { state: 'lapsed', usedUsd: '3.00' },
    { usedUsd: '1.00' },
  ])
  const told = () =>
    world.app.db
      .selectFrom('auditEvents')
      .select('after')
      .where('action', '=', 'credit.lapse')
      .where('targetId', '=', trial.id)
      .execute()
  expect(await told()).toMatchObject([{ after: { state: 'lapsed', usedUsd: '3.00', lapsedUsd: '2.00' } }])
  await lapseCredits(world.app)
  expect(await told()).toHaveLength(1)
})

test('a credit that is ended keeps what is spent of it; it ends once', async () => {
  const { id, budgetId } = await grant({ expiresAt: inDays(30) })
  await grant({ amountUsd: '2' })
  await spend(budgetId, '1')
  const end = () => call(owner, creditEnd, { params: { creditId: id }, body: { reason: 'a mistake' } })
  const answers = await Promise.allSettled([end(), end()])
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } })
  expect(await credits(budgetId)).toMatchObject([
    {
      state: 'ended',
      usedUsd: '1.00',
      remainingUsd: '0.00',
      endReason: 'a mistake',
      endedBy: expect.any(String),
    },
    { state: 'active', usedUsd: '0.00' },
  ])
  expect(await account(budgetId)).toMatchObject({ limitUsd: '3.00', window: { remainingUsd: '2.00' } })
  // It was told of once: by its end.
  await setEnd(id, 'now()')
  expect(await lapseCredits(world.app)).toBe(0)
})

test('credits make the limit of their account, and nothing else does', async () => {
  const { budgetId, id } = await grant()
  const params = { budgetId }
  const raise = call(owner, budgetUpdate, { params, body: { limitUsd: '1000' } })
  await expect(raise).rejects.toMatchObject({ code: 'invalid_request' })
  expect(await call(owner, budgetUpdate, { params, body: { name: 'Trial', kind: 'soft' } })).toMatchObject({
    name: 'Trial',
    limitUsd: '5.00',
  })
  const opened = { body: { scope, limitUsd: '5', period: 'credits' } }
  const answer = await world.api.send(budgetCreate, opened, { token: world.tokens.owner })
  expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/body/period'])
  const until = inDays(1)
  const raised = call(owner, budgetRaiseCreate, { body: { ...params, addUsd: '5', until, reason: 'more' } })
  await expect(raised).rejects.toMatchObject({ code: 'conflict' })
  await call(owner, budgetDelete, { params })
  expect(await credits(budgetId)).toEqual([])
  const end = call(owner, creditEnd, { params: { creditId: id }, body: { reason: 'late' } })
  await expect(end).rejects.toMatchObject({ code: 'not_found' })
  expect((await grant()).budgetId).not.toBe(budgetId)
})

describe('what makes no sense is refused, where it is', () => {
  test.each([
    [{ amountUsd: '0.00' }, '/body/amountUsd'],
    [{ amountUsd: '-1' }, '/body/amountUsd'],
    [{ expiresAt: inDays(-1) }, '/body/expiresAt'],
    [{ reason: '' }, '/body/reason'],
    [{ reason: '  ' }, '/body/reason'],
  ])('%j', async (change, pointer) => {
    const input = { body: { scope, amountUsd: '1', reason: 'trial', ...change } }
    const answer = await world.api.send(creditGrant, input, { token: world.tokens.owner })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer])
  })

  test('more than the ledger counts', async () => {
    await grant({ amountUsd: '9000000000' })
    await expect(grant({ amountUsd: '9000000000' })).rejects.toMatchObject({ code: 'conflict' })
  })
})

test('a team sees the credits of its own, and grants itself none', async () => {
  const ours = world.api.client(world.tokens.ownTeam)
  const team = { type: 'team' as const, id: world.ids.team }
  const { id } = await grant({ scope: team })
  const seen = await call(ours, creditList, { query: {} })
  expect(new Set(seen.data.map((credit) => credit.scope.id))).toEqual(new Set([world.ids.team]))
  const more = call(ours, creditGrant, { body: { scope: team, amountUsd: '5', reason: 'more' } })
  await expect(more).rejects.toMatchObject({ code: 'forbidden' })
  const theirs = world.api.client(world.tokens.otherTeam)
  expect((await call(theirs, creditList, {})).data).toEqual([])
  const end = call(theirs, creditEnd, { params: { creditId: id }, body: { reason: 'x' } })
  await expect(end).rejects.toMatchObject({ code: 'not_found' })
})

describe('before a credit lapses', () => {
  const notices = async () => {
    const rows = await world.app.db
      .selectFrom('notices')
      .selectAll()
      .where('kind', '=', 'credit.warn')
      .where('userId', '=', scope.id)
      .orderBy('id')
      .execute()
    return rows.map((row) => {
      const { id, sealedDataKey, sealedSecret } = row
      if (sealedDataKey === null || sealedSecret === null) throw new Error('it was not sent')
      return JSON.parse(world.app.keyring.open({ sealedDataKey, sealedSecret }, noticeSeal(id))).subject
    })
  }
  const at = async (creditId: string, days: number) => {
    await setEnd(creditId, `now() + interval '${days} days'`)
    for (const _ of [1, 2]) await warnOfLapse(world.app)
    return (await notices()).length
  }

  test('its person is told 14, 3 and 1 days before, once each', async () => {
    const { id, budgetId } = await grant({ expiresAt: inDays(90) })
    await spend(budgetId, '1.5')
    await begunLongAgo(id)
    const days = [20, 14, 13, 4, 3, 2.5, 1, 0.5]
    const told: number[] = []
    for (const left of days) told.push(await at(id, left))
    expect(told).toEqual([0, 1, 1, 1, 2, 2, 3, 3])
    expect((await notices())[0]).toMatch(/^3\.50 USD of credit lapse on \d{4}-\d\d-\d\d$/)
  })

  test('who comes late is told the last that is due, and no other', async () => {
    const { id } = await grant({ expiresAt: inDays(90) })
    await begunLongAgo(id)
    expect(await at(id, 2)).toBe(1)
    expect(await at(id, 0.5)).toBe(2)
  })

  test('a credit for a week is told of from three days before', async () => {
    const { id } = await grant({ expiresAt: inDays(7) })
    expect(await at(id, 7)).toBe(0)
  })

  test('nobody is told of one that is spent, ended or over', async () => {
    const spent = await grant({ expiresAt: inDays(90) })
    await begunLongAgo(spent.id)
    await spend(spent.budgetId, '5')
    expect(await at(spent.id, 2)).toBe(0)
    const ended = await grant({ expiresAt: inDays(90) })
    await begunLongAgo(ended.id)
    await call(owner, creditEnd, { params: { creditId: ended.id }, body: { reason: 'x' } })
    expect(await at(ended.id, 2)).toBe(0)
    const over = await grant({ expiresAt: inDays(90) })
    await begunLongAgo(over.id)
    expect(await at(over.id, -1)).toBe(0)
  })

  test('of what is a team’s, those who may change its budgets are told, or else who may above', async () => {
    const keepers = async (id: string) => {
      await begunLongAgo(id)
      await setEnd(id, `now() + interval '2 days'`)
      await sql`delete from notices where kind = 'credit.warn'`.execute(world.app.db)
      await warnOfLapse(world.app)
      const rows = await world.app.db
        .selectFrom('notices')
        .innerJoin('grants', 'grants.userId', 'notices.userId')
        .select(['grants.scopeType', 'grants.roleId'])
        .where('notices.kind', '=', 'credit.warn')
        .distinct()
        .execute()
      return rows.map(({ scopeType, roleId }) => `${scopeType} ${roleId}`)
    }
    const team = { type: 'team' as const, id: world.ids.team }
    expect(await keepers((await grant({ scope: team, expiresAt: inDays(90) })).id)).toEqual(['team admin'])
    const { id } = await world.make('teamCreate', { body: { name: world.name() } })
    const nobody = { type: 'team' as const, id }
    const above = await keepers((await grant({ scope: nobody, expiresAt: inDays(90) })).id)
    expect(above.every((grant) => grant.startsWith('organization'))).toBe(true)
    expect(above.length).toBeGreaterThan(0)
  })
})

test('an account is in the list of budgets like any other', async () => {
  const { budgetId } = await grant()
  const query = { scopeType: scope.type, scopeId: scope.id }
  expect((await call(owner, budgetList, { query })).data.map(({ id }) => id)).toEqual([budgetId])
})

/** What the ledger would have written. */
async function spend(budgetId: string, spentUsd: string): Promise<void> {
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd, over_nano_usd)
    select b.id, w.window_start, w.window_end, 0, ${spentUsd}::numeric * 1e9, 1e10
    from budgets b, budget_window(b.period, b.time_zone, now()) w where b.id = ${budgetId}
    on conflict (budget_id, window_start) do update set spent_nano_usd = excluded.spent_nano_usd`.execute(
    world.app.db,
  )
}

const setEnd = (creditId: string, at: string) => quietly(sql`expires_at = ${sql.raw(at)}`, creditId)
const begunLongAgo = (creditId: string) => quietly(sql`created_at = now() - interval '90 days'`, creditId)

/** A time that comes at once, without anybody who changes it. */
async function quietly(change: ReturnType<typeof sql>, creditId: string): Promise<void> {
  await world.app.db.transaction().execute(async (db) => {
    await sql`set local session_replication_role = replica`.execute(db)
    await sql`update credits set ${change} where id = ${creditId}`.execute(db)
  })
}
