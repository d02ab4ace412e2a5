import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  audited,
  leaseRequest,
  ledgerWorld,
  makeBudget,
  passTime,
  raiseFor,
  setLimit,
  until,
} from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import type { Budget } from '../domain/budget.ts'
import { proratedLimit } from '../domain/budget-terms.ts'
import { newId } from '../ids.ts'
import { takeUntoldMarks } from './alerts.ts'
import { connectOnce } from './connect.ts'
import { settleUsage, takeLeases, type WindowState } from './ledger.ts'

const CELLS_A_DAY = 96
let turn = 0n
const CELL_MS = 15 * 60_000

async function take(db: Db, budget: Budget, node = 'node_a', known: Known = null): Promise<WindowState> {
  const lease = known && { ...known, budgetId: budget.id }
  const request = leaseRequest(budget.id, { known: lease, surrenders: known !== null })
  const { windows } = await takeLeases(db, node, ++turn, [request])
  if (!windows[0]) throw new Error('the budget is there')
  return windows[0]
}

type Known = { windowStart: Date; neededNanoUsd: bigint } | null

/** Spends in the window that a lease is for. Answers the thresholds that were new. */
async function spend(db: Db, { budgetId, windowStart }: WindowState, cost: bigint, node = 'node_a') {
  const row = {
    id: newId('use'),
    request_id: 'req_1',
    attempt: 1,
    admitted_at: '2026-11-21T12:00:00.000Z',
    settled_at: '2026-11-21T12:00:01.000Z',
    key_id: 'key_1',
    secret_id: 'sec_1',
    environment_id: 'env_1',
    project_id: 'prj_1',
    team_id: 'team_1',
    operation: 'chat.completions',
    stream: false,
    status: 200,
    cost_nano_usd: String(cost),
    budget_ids: [budgetId],
    budget_window_starts: [windowStart.toISOString()],
  }
  await settleUsage(db, node, ++turn, JSON.stringify([row]), [{ budgetId, windowStart }])
  return newThresholds(db)
}

async function newThresholds(db: Db): Promise<number[]> {
  return (await takeUntoldMarks(db, 100)).map(({ threshold }) => threshold).sort((a, b) => a - b)
}

test('what a window allows in which the limit changes is the same in SQL', async () => {
  await using world = await ledgerWorld()
  const amount = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
  const length = fc.integer({ min: 1, max: 8_000_000_000 })
  const change = fc.record({
    windowLimit: amount,
    from: amount,
    to: amount,
    length,
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  const changes = fc.sample(change, 500).map(({ length, at, ...rest }) => {
    const startMs = Date.UTC(2026, 9, 1)
    return { ...rest, startMs, endMs: startMs + length, atMs: startMs + Math.floor(length * at) }
  })
  const texts = JSON.stringify(changes, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  const { rows } = await sql<{ allowed: string }>`
    select div(greatest(0, "windowLimit" * ("endMs" - "startMs") + ("to" - "from") * ("endMs" - "atMs")),
               "endMs" - "startMs")::text as allowed
    from jsonb_to_recordset(${texts}::jsonb) as
      change("windowLimit" numeric, "from" numeric, "to" numeric, "startMs" numeric, "endMs" numeric, "atMs" numeric)
  `.execute(world.db)
  expect(rows.map((row) => BigInt(row.allowed))).toEqual(changes.map(proratedLimit))
})

test('a prorated limit is for its own window only', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  const { windowStart } = await take(db, budget)
  await db.transaction().execute(async (db) => {
    await sql`update budgets set prorated_start = ${windowStart}, prorated_nano_usd = 30`.execute(db)
    await sql`insert into audit_events (id, actor_kind, actor_id, action, target_id)
              values (${newId('evt')}, 'setup', 'test', 'test.change', 'test')`.execute(db)
  })
  const known = { windowStart, neededNanoUsd: 0n }
  expect(await take(db, budget, 'node_a', known)).toMatchObject({ limitNanoUsd: 30n, leaseNanoUsd: 30n })
  const { rows } = await sql<{ limit: bigint }>`
    select limit_nano_usd as "limit" from budget_limit_now(${budget.id}, ${windowStart}::timestamptz + interval '1 month')`.execute(
    db,
  )
  expect(rows).toEqual([{ limit: 100n }])
})

test('a raise counts until its end, and the node is told when that is', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  const plain = await take(db, budget)
  expect(plain.windowEnd.getUTCDate()).toBe(1)
  const [later, sooner] = [await raiseFor(db, budget, 7n, 3_600_000), await raiseFor(db, budget, 50n, 700)]
  const raised = await take(db, budget)
  expect(raised).toMatchObject({ limitNanoUsd: 157n, totalLimitNanoUsd: 157n, leaseNanoUsd: 157n })
  expect([raised.windowEnd, raised.resetsAt]).toEqual([sooner, plain.windowEnd])
  await until(() => Date.now() > sooner.getTime(), 'the first raise is over')

  const known = { windowStart: raised.windowStart, neededNanoUsd: 120n }
  const after = await take(db, budget, 'node_a', known)
  expect(after).toMatchObject({ limitNanoUsd: 107n, leaseNanoUsd: 120n, windowEnd: later })
  expect((await take(db, budget, 'node_b')).leaseNanoUsd).toBe(0n)
})

test('of any 24 hours, money comes back after 24 hours and not before', async () => {
  await awayFromBorder()
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { window: 'rolling_24h', limitNanoUsd: 100n })
  const cell = await take(db, budget)
  await spend(db, cell, 60n)
  expect(cell.windowEnd.getTime() - cell.windowStart.getTime()).toBe(CELL_MS)

  await passTime(db, budget, '24 hours')
  const before = await take(db, budget, 'node_a', { windowStart: aged(cell, CELLS_A_DAY), neededNanoUsd: 0n })
  expect(before).toMatchObject({ limitNanoUsd: 40n, totalLimitNanoUsd: 100n, totalSpentNanoUsd: 60n })
  expect(before.resetsAt).toEqual(before.windowEnd)
  await passTime(db, budget, '15 minutes')
  const after = await take(db, budget, 'node_a', { windowStart: aged(before, 1), neededNanoUsd: 0n })
  expect(after).toMatchObject({ limitNanoUsd: 100n, leaseNanoUsd: 100n, totalSpentNanoUsd: 0n })
})

test('a node that comes late to a cell gets nothing of what another took in the next one', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { window: 'rolling_24h', limitNanoUsd: 100n })
  const { windowStart } = await take(db, budget)
  const { rows } = await sql<{ limit: bigint }>`
    select limit_nano_usd as "limit"
    from budget_limit_now(${budget.id}, ${windowStart}::timestamptz - interval '15 minutes')`.execute(db)
  expect(rows).toEqual([{ limit: 0n }])
})

test('two nodes that take in neighbouring cells at the same time do not get the limit twice', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { window: 'rolling_24h', limitNanoUsd: 100n })
  let second: Promise<WindowState> | undefined
  await db.transaction().execute(async (held) => {
    // What `ledger_take` does, in the cell before: nobody sees it yet.
    await sql`
      insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, leased_nano_usd)
      select ${budget.id}, w.window_start - interval '15 minutes', w.window_start, l.limit_nano_usd, l.limit_nano_usd
      from budget_window('rolling_24h', 'UTC', clock_timestamp()) w,
        budget_limit_now(${budget.id}, w.window_start - interval '15 minutes') l`.execute(held)
    second = take(db, budget, 'node_b')
    await new Promise((resolve) => setTimeout(resolve, 300))
  })
  expect((await second)?.leaseNanoUsd).toBe(0n)
})

test('whatever nodes take, spend and give back: no 24 hours allow more than the limit', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { window: 'rolling_24h', limitNanoUsd: 1_000n })
  const step = fc.record({
    node: fc.constantFrom('node_a', 'node_b'),
    spendPercent: fc.integer({ min: 0, max: 100 }),
    keepPercent: fc.integer({ min: 0, max: 30 }),
    cells: fc.constantFrom(0, 1, 1, 5, 40, 95, 96, 97),
  })
  const steps = fc.sample(step, 120)
  const known = new Map<string, Known>()
  for (const { node, spendPercent, keepPercent, cells } of steps) {
    const state = await take(db, budget, node, known.get(node) ?? null)
    const cost = (state.leaseNanoUsd * BigInt(spendPercent)) / 100n
    await spend(db, state, cost, node)
    const kept = ((state.leaseNanoUsd - cost) * BigInt(keepPercent)) / 100n
    known.set(node, { windowStart: state.windowStart, neededNanoUsd: kept })
    if (cells > 0) {
      await passTime(db, budget, `${15 * cells} minutes`)
      for (const [other, lease] of known) {
        if (lease) known.set(other, { ...lease, windowStart: aged(lease, cells) })
      }
    }
    const { rows } = await sql`
      select w.window_start, sum(other.spent_nano_usd + other.leased_nano_usd)
      from budget_windows w join budget_windows other
        on other.window_start between w.window_start - interval '24 hours' and w.window_start
      group by 1 having sum(other.spent_nano_usd + other.leased_nano_usd) > 1000`.execute(db)
    expect(rows).toEqual([])
  }
  const { rows } = await sql<{
    spent: bigint
  }>`select sum(spent_nano_usd)::int8 as spent from budget_windows`.execute(db)
  expect(Number(rows[0]?.spent), 'and more than one limit was spent in all').toBeGreaterThan(1_000)
})

test('thresholds of any 24 hours count all of them, and are raised at most once in 24 hours', async () => {
  await awayFromBorder()
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { window: 'rolling_24h', limitNanoUsd: 100n })
  let cell = await take(db, budget)
  expect(await spend(db, cell, 45n)).toEqual([])
  const nextCell = async (cells: number) => {
    await passTime(db, budget, `${15 * cells} minutes`)
    cell = await take(db, budget, 'node_a', { windowStart: aged(cell, cells), neededNanoUsd: 0n })
    expect(await newThresholds(db), 'taking spends nothing').toEqual([])
  }
  await nextCell(1)
  expect(await spend(db, cell, 10n)).toEqual([50])
  await nextCell(1)
  expect(await spend(db, cell, 25n)).toEqual([80])
  await nextCell(94)
  expect(await spend(db, cell, 1n), 'those 80 are of the last 24 hours').toEqual([])
  await nextCell(2)
  expect(await spend(db, cell, 24n), 'half is spent again, and the last time is a day ago').toEqual([50])
})

test('thresholds follow what the window allows now', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  await raiseFor(db, budget, 100n, 3_600_000)
  const window = await take(db, budget)
  expect(await spend(db, window, 99n)).toEqual([])
  expect(await spend(db, window, 1n)).toEqual([50])
})

test('every node is told when a budget reaches a line of its own, once', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const heard: string[] = []
  const client = await connectOnce(world.url, 'test')
  client.on('notification', ({ payload = '' }) => heard.push(payload))
  await client.query('listen claviger')
  const lines = { throttleAtPercent: 50, throttleRequestsPerMinute: 1, suspendAtPercent: 90 }
  const budget = await makeBudget(db, { ...lines, limitNanoUsd: 100n })
  const other = await makeBudget(db, { limitNanoUsd: 100n })
  const [window, plain] = [await take(db, budget), await take(db, other)]
  const told: number[] = []
  for (const cost of [49n, 1n, 39n, 1n, 1n]) {
    await spend(db, window, cost)
    await spend(db, plain, cost)
    await client.query('select 1')
    told.push(heard.splice(0).filter((payload) => payload.includes(budget.id)).length)
    expect(heard.filter((payload) => payload.includes(other.id))).toEqual([])
  }
  await client.end()
  expect(told).toEqual([0, 1, 0, 1, 0])
})

test('a window that is over keeps the limit it ended with', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  const window = await take(db, budget)
  await spend(db, window, 40n)
  await passTime(db, budget, '2 months')
  await setLimit(db, budget, 10n)
  const { rows } = await sql<{ limit: bigint }>`
    select total_limit_nano_usd as "limit" from budget_windows w, budget_standing(w.budget_id, w.window_start)`.execute(
    db,
  )
  expect(rows).toEqual([{ limit: 100n }])
})

test('a budget stands as it is worked out in full, whatever its row says by itself', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const terms: Partial<Budget>[] = (['day', 'quarter', 'total', 'rolling_24h', 'credits'] as const).map(
    (window) => ({ window }),
  )
  const changed = async (change?: (budget: Budget, window: WindowState) => Promise<unknown>) => {
    for (const values of terms) {
      const scope = { type: 'key', id: newId('key') } as const
      const budget = await makeBudget(db, { limitNanoUsd: 100n, scope, ...values })
      const window = await take(db, budget)
      await spend(db, window, 30n)
      await change?.(budget, window)
    }
  }
  await changed()
  await changed((budget) => setLimit(db, budget, 70n))
  await changed((budget) => raiseFor(db, budget, 40n, 60_000))
  await changed((budget) => raiseFor(db, budget, 40n, -1))
  await changed((budget, { windowStart }) => prorate(db, budget, windowStart))
  await changed((budget) => prorate(db, budget, new Date(0)))
  await changed(async (budget) => {
    await passTime(db, budget, '5000 hours')
    await setLimit(db, budget, 70n)
  })
  const { rows } = await sql<{ period: string; answered: string; composed: string }>`
    select b.period, answered::text, composed::text
    from budget_windows w join budgets b on b.id = w.budget_id,
      unnest(array[w.window_start, w.window_start - interval '1 day']) at,
      budget_standing(w.budget_id, at) answered, composed_standing(w.budget_id, at) composed`.execute(db)
  expect(rows.length).toBe(2 * 7 * terms.length)
  for (const { answered, composed, period } of rows) expect([period, answered]).toEqual([period, composed])
})

async function prorate(db: Db, budget: Budget, start: Date): Promise<void> {
  await audited(db, async (db) => {
    await sql`update budgets set prorated_start = ${start}, prorated_nano_usd = 50
              where id = ${budget.id}`.execute(db)
  })
}

/** What these tests take a few seconds for lies in one cell. */
async function awayFromBorder(): Promise<void> {
  const leftMs = CELL_MS - (Date.now() % CELL_MS)
  if (leftMs < 9_000) await new Promise((resolve) => setTimeout(resolve, leftMs))
}

function aged({ windowStart }: { windowStart: Date }, cells: number): Date {
  return new Date(windowStart.getTime() - cells * CELL_MS)
}
