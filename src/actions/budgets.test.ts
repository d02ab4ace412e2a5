import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import type { BusMessage } from '../bus.ts'
import { budgetCreate, budgetDelete, budgetList, budgetUpdate, budgetView } from '../contract/budgets.ts'
import { type Client, call } from '../contract/client.ts'
import type { Input } from '../contract/operation.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const scope = () => ({ type: 'team' as const, id: world.ids.team })

test('a budget shows its window, what is spent, set aside and left, and when it resets', async () => {
  const made = await call(owner, budgetCreate, { body: { scope: scope(), limitUsd: '25', period: 'day' } })
  expect(made).toMatchObject({ kind: 'hard', timeZone: 'UTC', onShort: 'clamp', thresholds: [50, 80, 100] })
  const midnight = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000)
  expect(made.window).toEqual({
    startedAt: midnight.toISOString(),
    resetsAt: new Date(midnight.getTime() + 86_400_000).toISOString(),
    limitUsd: '25.00',
    spentUsd: '0.00',
    leasedUsd: '0.00',
    remainingUsd: '25.00',
    stage: 'open',
    standing: 'open',
  })
  await spend(made.id, '24.1', '0.25')
  const { window } = await call(owner, budgetView, { params: { budgetId: made.id } })
  expect(window).toMatchObject({ spentUsd: '24.10', leasedUsd: '0.25', remainingUsd: '0.90' })
})

test('what was spent in another window does not count, and an overspent one has nothing left', async () => {
  const { id } = await call(owner, budgetCreate, { body: { scope: scope(), limitUsd: '1', period: 'month' } })
  await spend(id, '7', '0', "now() - interval '40 days'")
  const view = () => call(owner, budgetView, { params: { budgetId: id } })
  expect((await view()).window).toMatchObject({ spentUsd: '0.00', remainingUsd: '1.00' })
  await spend(id, '1.000000001', '0')
  expect((await view()).window).toMatchObject({ spentUsd: '1.000000001', remainingUsd: '0.00' })
})

test('a total never resets', async () => {
  const { window } = await call(owner, budgetCreate, {
    body: { scope: scope(), limitUsd: '100', period: 'total' },
  })
  expect(window).toMatchObject({ startedAt: null, resetsAt: null, remainingUsd: '100.00' })
})

test('days begin where the budget says, or where the organization is', async () => {
  const tokyo = await call(owner, budgetCreate, {
    body: { scope: scope(), limitUsd: '1', period: 'day', timeZone: 'Asia/Tokyo' },
  })
  expect(tokyo.window.resetsAt).toMatch(/T15:00:00.000Z$/)
  await world.make('organizationUpdate', { body: { timeZone: 'Asia/Kolkata' } })
  const inherited = await call(owner, budgetCreate, {
    body: { scope: scope(), limitUsd: '1', period: 'day' },
  })
  expect(inherited).toMatchObject({
    timeZone: 'Asia/Kolkata',
    window: { resetsAt: expect.stringMatching(/T18:30:00.000Z$/) },
  })
})

test('a changed limit counts at once, for the ledger too', async () => {
  const heard: BusMessage[] = []
  const stop = world.app.bus.subscribe((message) => heard.push(message))
  const { id, version } = await call(owner, budgetCreate, {
    body: { scope: scope(), limitUsd: '5', period: 'week' },
  })
  const params = { budgetId: id }
  const raised = await call(owner, budgetUpdate, {
    params,
    body: { limitUsd: '7.5', thresholds: [90], kind: 'soft' },
  })
  expect(raised).toMatchObject({ limitUsd: '7.50', thresholds: [90], kind: 'soft', version: version + 1 })
  expect(raised.window.remainingUsd).toBe('7.50')
  await expect.poll(() => heard).toContainEqual({ topic: 'budget', id })
  expect(heard).toContainEqual({ topic: 'access' })
  stop()
})

test('a budget that nobody named is called what it is, also when its limit changes', async () => {
  const made = await call(owner, budgetCreate, { body: { scope: scope(), limitUsd: '5.0', period: 'day' } })
  expect(made.name).toBe('5 USD a day')
  const update = (body: Input<typeof budgetUpdate>['body']) =>
    call(owner, budgetUpdate, { params: { budgetId: made.id }, body })
  expect((await update({ limitUsd: '7.5' })).name).toBe('7.50 USD a day')
  expect((await update({ limitUsd: '8', name: 'Lunch' })).name).toBe('Lunch')
  expect((await update({ limitUsd: '9' })).name).toBe('Lunch')
})

test('a deleted budget is gone, and its windows stay', async () => {
  const { id } = await call(owner, budgetCreate, { body: { scope: scope(), limitUsd: '5', period: 'week' } })
  await spend(id, '1', '0')
  await call(owner, budgetDelete, { params: { budgetId: id } })
  await expect(call(owner, budgetView, { params: { budgetId: id } })).rejects.toMatchObject({
    code: 'not_found',
  })
  const windows = await world.app.db
    .selectFrom('budgetWindows')
    .selectAll()
    .where('budgetId', '=', id)
    .execute()
  expect(windows).toHaveLength(1)
})

describe('what makes no sense is refused, where it is', () => {
  test.each([
    [{ limitUsd: 25 }, '/body/limitUsd'],
    [{ limitUsd: '1e3' }, '/body/limitUsd'],
    [{ limitUsd: '-1' }, '/body/limitUsd'],
    [{ limitUsd: '0.0000000001' }, '/body/limitUsd'],
    [{ limitUsd: '9999999999' }, '/body/limitUsd'],
    [{ period: 'year' }, '/body/period'],
    [{ timeZone: 'Mars/Olympus' }, '/body/timeZone'],
    [{ timeZone: '+02:00' }, '/body/timeZone'],
    [{ thresholds: [50, 50] }, '/body/thresholds'],
    [{ thresholds: [101] }, '/body/thresholds/0'],
    [{ providerId: 'prv_01JD0000000000000000000000' }, '/body/providerId'],
  ])('%j', async (change, pointer) => {
    const input = { body: { scope: scope(), limitUsd: '1', period: 'day', ...change } }
    const answer = await world.api.send(budgetCreate, input, { token: world.tokens.owner })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer])
  })
})

test('a team sees its own budgets, and no other', async () => {
  const organization = await world.app.db.selectFrom('organization').select('id').executeTakeFirstOrThrow()
  const above = { type: 'organization' as const, id: organization.id }
  const { id: budgetId } = await call(owner, budgetCreate, {
    body: { scope: above, limitUsd: '1', period: 'day' },
  })
  const ours = world.api.client(world.tokens.ownTeam)
  const raise = call(ours, budgetUpdate, { params: { budgetId }, body: { limitUsd: '1000' } })
  await expect(raise).rejects.toMatchObject({ code: 'forbidden' })
  const listed = await call(ours, budgetList, { query: { limit: 200 } })
  expect(new Set(listed.data.map((budget) => budget.scope.id))).toEqual(new Set([world.ids.team]))
  expect((await call(world.api.client(world.tokens.otherTeam), budgetList, {})).data).toEqual([])
})

test('a team does not raise what the organization allows it, and limits what is below', async () => {
  const ours = world.api.client(world.tokens.ownTeam)
  const { id: budgetId } = await call(owner, budgetCreate, {
    body: { scope: scope(), limitUsd: '1', period: 'day' },
  })
  const params = { budgetId }
  expect((await call(ours, budgetView, { params })).limitUsd).toBe('1.00')
  const refused = await Promise.allSettled([
    call(ours, budgetUpdate, { params, body: { limitUsd: '1000' } }),
    call(ours, budgetDelete, { params }),
    call(ours, budgetCreate, { body: { scope: scope(), limitUsd: '1000', period: 'day' } }),
  ])
  expect(refused).toMatchObject(Array(3).fill({ status: 'rejected', reason: { code: 'forbidden' } }))
  const below = { type: 'project' as const, id: world.ids.project }
  const own = await call(ours, budgetCreate, { body: { scope: below, limitUsd: '1', period: 'day' } })
  await call(ours, budgetDelete, { params: { budgetId: own.id } })
})

/** What the ledger would have written in the window that holds `at`. */
async function spend(budgetId: string, spentUsd: string, leasedUsd: string, at = 'now()'): Promise<void> {
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd, leased_nano_usd, over_nano_usd)
    select b.id, w.window_start, w.window_end, b.limit_nano_usd, ${spentUsd}::numeric * 1e9, ${leasedUsd}::numeric * 1e9, 1e10
    from budgets b, budget_window(b.period, b.time_zone, ${sql.raw(at)}) w where b.id = ${budgetId}
    on conflict (budget_id, window_start) do update set spent_nano_usd = excluded.spent_nano_usd`.execute(
    world.app.db,
  )
}

describe('a limit that changes within a window', () => {
  const create = (terms: { prorate?: boolean }) =>
    call(owner, budgetCreate, { body: { scope: scope(), limitUsd: '300', period: 'month', ...terms } })
  const partLeft = ({ startedAt, resetsAt }: { startedAt: string | null; resetsAt: string | null }) => {
    const [start, end] = [Date.parse(startedAt ?? ''), Date.parse(resetsAt ?? '')]
    return (end - Date.now()) / (end - start)
  }

  test('counts in part when that is asked for, and in full in the windows after', async () => {
    const made = await create({ prorate: true })
    const part = partLeft(made.window)
    expect(made.limitUsd).toBe('300.00')
    expect(Number(made.window.limitUsd)).toBeCloseTo(300 * part, 1)
    const params = { budgetId: made.id }
    const raised = await call(owner, budgetUpdate, { params, body: { limitUsd: '600', prorate: true } })
    expect(raised.limitUsd).toBe('600.00')
    expect(Number(raised.window.limitUsd)).toBeCloseTo(600 * part, 1)
    const again = await call(owner, budgetUpdate, { params, body: { limitUsd: '0', prorate: true } })
    expect(Number(again.window.limitUsd)).toBeCloseTo(0, 1)
    const full = await call(owner, budgetUpdate, { params, body: { limitUsd: '900' } })
    expect(full.window.limitUsd).toBe('900.00')
    const other = await call(owner, budgetUpdate, { params, body: { thresholds: [10], name: 'Other' } })
    expect(other.window.limitUsd).toBe('900.00')
  })

  test('keeps what was prorated when something else changes', async () => {
    const made = await create({ prorate: true })
    const params = { budgetId: made.id }
    const renamed = await call(owner, budgetUpdate, { params, body: { name: 'Renamed' } })
    expect(renamed.window.limitUsd).toBe(made.window.limitUsd)
  })

  test.each([
    [{ period: 'total' }, 400, '/body/prorate'],
    [{ period: 'rolling_24h' }, 400, '/body/prorate'],
  ])('%j has no part that is left', async (terms, status, pointer) => {
    const body = { scope: scope(), limitUsd: '1', prorate: true, ...terms } as never
    const answer = await world.api.send(budgetCreate, { body }, { token: world.tokens.owner })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([status, pointer])
  })

  test('a change without a limit has nothing to prorate', async () => {
    const { id: budgetId } = await create({})
    const input = { params: { budgetId }, body: { name: 'x', prorate: true } }
    const answer = await world.api.send(budgetUpdate, input, { token: world.tokens.owner })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/body/prorate'])
  })
})

test('another time zone of the organization moves no window that has begun', async () => {
  await world.make('organizationUpdate', { body: { timeZone: 'America/New_York' } })
  const made = await call(owner, budgetCreate, { body: { scope: scope(), limitUsd: '5', period: 'day' } })
  await spend(made.id, '4', '0')
  await world.make('organizationUpdate', { body: { timeZone: 'Asia/Tokyo' } })
  const { timeZone, window } = await call(owner, budgetView, { params: { budgetId: made.id } })
  expect(timeZone).toBe('America/New_York')
  expect(window).toEqual({ ...made.window, standing: 'near', spentUsd: '4.00', remainingUsd: '1.00' })
})

test('a budget says where it slows calls down and stops them, and that it has', async () => {
  const lines = { throttleAtPercent: 80, throttleRequestsPerMinute: 10, suspendAtPercent: 95 }
  const made = await call(owner, budgetCreate, {
    body: { scope: scope(), limitUsd: '100', period: 'quarter', ...lines },
  })
  expect(made).toMatchObject({ ...lines, name: '100 USD a quarter', window: { stage: 'open' } })
  const params = { budgetId: made.id }
  const stage = async () => (await call(owner, budgetView, { params })).window.stage
  await spend(made.id, '80', '0')
  expect(await stage()).toBe('throttled')
  await spend(made.id, '95', '0')
  expect(await stage()).toBe('suspended')
  await call(owner, budgetUpdate, { params, body: { suspendAtPercent: null } })
  expect(await stage()).toBe('throttled')
  const wrong = { params, body: { throttleRequestsPerMinute: null } }
  const refused = await world.api.send(budgetUpdate, wrong, { token: world.tokens.owner })
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/body/throttleRequestsPerMinute'])
  await call(owner, budgetUpdate, { params, body: { kind: 'soft', suspendAtPercent: 150 } })
  const harder = await world.api.send(
    budgetUpdate,
    { params, body: { kind: 'hard' } },
    { token: world.tokens.owner },
  )
  expect([harder.status, harder.body.errors[0].pointer]).toEqual([400, '/body/suspendAtPercent'])
})

test('any 24 hours show what was spent in all of them, and when the first of it comes back', async () => {
  const made = await call(owner, budgetCreate, {
    body: { scope: scope(), limitUsd: '10', period: 'rolling_24h' },
  })
  expect(made).toMatchObject({ name: '10 USD in any 24 hours', window: { resetsAt: null } })
  await spend(made.id, '4', '0', "now() - interval '20 hours'")
  await spend(made.id, '1', '0.5')
  const { window } = await call(owner, budgetView, { params: { budgetId: made.id } })
  expect(window).toMatchObject({
    limitUsd: '10.00',
    spentUsd: '5.00',
    leasedUsd: '0.50',
    remainingUsd: '5.00',
  })
  const inMs = Date.parse(window.resetsAt ?? '') - Date.now()
  expect(inMs / 3_600_000).toBeGreaterThan(3.9)
  expect(inMs / 3_600_000).toBeLessThan(4.3)
  expect(Date.now() - Date.parse(window.startedAt ?? '')).toBeGreaterThanOrEqual(86_400_000)
})
