import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  hardBudget,
  leaseRequest,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  setLimit,
  windowOf,
} from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import { newId } from '../ids.ts'
import { giveBackLeases, listLeases, settleUsage, takeLeases } from './ledger.ts'

let turn = 0n
const next = () => ++turn

const WINDOWS: [period: string, zone: string, at: string, start: string, end: string][] = [
  ['day', 'UTC', '2026-11-21 23:59:59.999+00', '2026-11-21T00:00Z', '2026-11-22T00:00Z'],
  ['day', 'UTC', '2026-11-22 00:00+00', '2026-11-22T00:00Z', '2026-11-23T00:00Z'],
  ['day', 'Europe/Berlin', '2026-11-21 22:59+00', '2026-11-20T23:00Z', '2026-11-21T23:00Z'],
  ['day', 'Europe/Berlin', '2026-03-29 12:00+00', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
  ['day', 'Europe/Berlin', '2026-10-25 12:00+00', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
  ['day', 'America/Santiago', '2026-09-06 12:00+00', '2026-09-06T04:00Z', '2026-09-07T03:00Z'],
  ['day', 'America/Havana', '2026-11-01 04:30+00', '2026-10-31T04:00Z', '2026-11-01T05:00Z'],
  ['day', 'America/Havana', '2026-11-01 05:30+00', '2026-11-01T05:00Z', '2026-11-02T05:00Z'],
  ['day', 'Asia/Kathmandu', '2026-11-21 18:14+00', '2026-11-20T18:15Z', '2026-11-21T18:15Z'],
  ['week', 'UTC', '2026-11-22 12:00+00', '2026-11-16T00:00Z', '2026-11-23T00:00Z'],
  ['week', 'UTC', '2027-01-01 12:00+00', '2026-12-28T00:00Z', '2027-01-04T00:00Z'],
  ['month', 'UTC', '2026-02-28 12:00+00', '2026-02-01T00:00Z', '2026-03-01T00:00Z'],
  ['month', 'UTC', '2028-02-29 12:00+00', '2028-02-01T00:00Z', '2028-03-01T00:00Z'],
  ['month', 'America/New_York', '2026-12-01 04:30+00', '2026-11-01T04:00Z', '2026-12-01T05:00Z'],
  ['quarter', 'UTC', '2026-11-22 12:00+00', '2026-10-01T00:00Z', '2027-01-01T00:00Z'],
  ['quarter', 'UTC', '2028-03-31 23:59:59.999+00', '2028-01-01T00:00Z', '2028-04-01T00:00Z'],
  ['quarter', 'Europe/Berlin', '2026-03-31 22:00+00', '2026-03-31T22:00Z', '2026-06-30T22:00Z'],
  ['quarter', 'Europe/Berlin', '2026-12-31 22:59+00', '2026-09-30T22:00Z', '2026-12-31T23:00Z'],
  ['rolling_24h', 'Asia/Kathmandu', '2026-11-22 12:14:59.999+00', '2026-11-22T12:00Z', '2026-11-22T12:15Z'],
  ['rolling_24h', 'UTC', '2026-11-22 12:15+00', '2026-11-22T12:15Z', '2026-11-22T12:30Z'],
  ['total', 'Asia/Tokyo', '2026-11-21 12:00+00', '1970-01-01T00:00Z', '9999-12-31T00:00Z'],
]

test.each(WINDOWS)('the %s window in %s at %s', async (period, zone, at, start, end) => {
  await using world = await ledgerWorld()
  const { rows } = await sql<{ windowStart: Date; windowEnd: Date }>`
    select * from budget_window(${period}, ${zone}, ${at}::timestamptz)`.execute(world.db)
  expect(rows).toEqual([{ windowStart: new Date(start), windowEnd: new Date(end) }])
})

test('every moment of ten years lies in its window, and windows follow each other without a gap', async () => {
  await using world = await ledgerWorld()
  const { rows } = await sql<{ at: Date }>`
    select at from unnest(array['UTC', 'Europe/Berlin', 'America/Havana', 'America/Santiago', 'Asia/Beirut',
                                'Australia/Lord_Howe', 'Pacific/Apia']) zone,
      unnest(array['day', 'week', 'month', 'quarter', 'rolling_24h']) period,
      generate_series(timestamptz '2020-01-01 00:00+00', '2030-01-01', '7 hours 23 minutes') at,
      budget_window(period, zone, at) w,
      budget_window(period, zone, w.window_end) following
    where not (w.window_start <= at and at < w.window_end and following.window_start = w.window_end)
    limit 3`.execute(world.db)
  expect(rows).toEqual([])
})

test('a lease is what is left, and two nodes never hold more than the limit', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  const request = leaseRequest(budget.id)
  const [first, second] = await Promise.all([
    takeLeases(db, 'node_a', 1n, [request]),
    takeLeases(db, 'node_b', 1n, [request]),
  ])
  const leases = [first, second].map((answer) => answer.windows[0]?.leaseNanoUsd)
  expect(leases.sort()).toEqual([0n, 100n])
  expect(await moneyFaults(db)).toEqual([])
})

test('a changed limit comes into force with the next lease, and what is needed stays', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  const taken = await takeLeases(db, 'node_a', next(), [leaseRequest(budget.id)])
  const windowStart = taken.windows[0]?.windowStart ?? new Date(0)
  const again = async (neededNanoUsd: bigint) => {
    const known = { budgetId: budget.id, windowStart, neededNanoUsd }
    const request = leaseRequest(budget.id, { known, surrenders: true })
    const answer = await takeLeases(db, 'node_a', next(), [request])
    return answer.windows[0]?.leaseNanoUsd
  }
  await setLimit(db, budget, 60n)
  expect(await again(10n)).toBe(60n)
  await setLimit(db, budget, 20n)
  expect(await again(45n)).toBe(45n)
  expect(await windowOf(db, budget)).toEqual({ spent: 0n, leased: 45n, limit: 20n, over: 25n })
  await giveBackLeases(db, 'node_a', next(), [{ budgetId: budget.id, windowStart, neededNanoUsd: 0n }], false)
  expect(await windowOf(db, budget)).toEqual({ spent: 0n, leased: 0n, limit: 20n, over: 0n })
  expect(await listLeases(db, 'node_a')).toEqual([])
})

test('a budget that is asked for twice at once is answered', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  const request = leaseRequest(budget.id, { wantNanoUsd: 101n })
  const { windows } = await takeLeases(world.db, 'node_a', next(), [request, request])
  expect(windows.at(-1)).toMatchObject({ leaseNanoUsd: 100n, missingNanoUsd: 1n, outOfReachNanoUsd: 0n })
})

test('nobody can lease or spend past the limit behind the functions: the row itself refuses', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  await takeLeases(world.db, 'node_a', next(), [leaseRequest(budget.id)])
  const raise = (column: string) =>
    sql`update budget_windows set ${sql.ref(column)} = ${sql.ref(column)} + 1`.execute(world.db)
  await expect(raise('leased_nano_usd')).rejects.toThrow('never_over_limit')
  await expect(raise('spent_nano_usd')).rejects.toThrow('never_over_limit')
})

test('a row moves its money once, in one transaction with the sums', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  const { windows } = await takeLeases(db, 'node_a', next(), [leaseRequest(budget.id)])
  const start = windows[0]?.windowStart ?? new Date(0)
  const row = usageRow(budget.id, start, 30n)
  for (let times = 0; times < 3; times++) {
    const answer = await settleUsage(db, 'node_a', next(), JSON.stringify([row]), windows)
    expect(answer.windows).toMatchObject([{ spentNanoUsd: 30n, leaseNanoUsd: 70n }])
  }
  const dear = usageRow(budget.id, start, 90n)
  const broken = { ...usageRow(budget.id, start, 1n), cost_nano_usd: '-1' }
  await expect(settleUsage(db, 'node_a', next(), JSON.stringify([dear, broken]), windows)).rejects.toThrow(
    'usage_cost',
  )
  expect(await windowOf(db, budget)).toMatchObject({ spent: 30n, leased: 70n })
  await settleUsage(db, 'node_a', next(), JSON.stringify([dear]), windows)
  expect(await windowOf(db, budget)).toEqual({ spent: 120n, leased: 0n, limit: 100n, over: 20n })
  expect(await moneyFaults(db)).toEqual([])
})

test('what is settled marks its hour in the same transaction, and what was settled before marks nothing', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const marks = () => db.selectFrom('usageTouched').select('hour').execute()
  const rows = [usageRow('bud_none', new Date(0), 0n), usageRow('bud_none', new Date(0), 0n)]
  const bare = rows.map((row) => ({ ...row, budget_ids: [], budget_window_starts: [] }))
  for (let times = 0; times < 2; times++) {
    await settleUsage(db, 'node_a', next(), JSON.stringify(bare), [])
    expect(await marks()).toEqual([{ hour: new Date('2026-11-21T12:00Z') }])
  }
  const broken = { ...bare[0], id: newId('use'), cost_nano_usd: '-1' }
  await expect(settleUsage(db, 'node_a', next(), JSON.stringify([broken]), [])).rejects.toThrow('usage_cost')
  expect(await marks()).toHaveLength(1)
})

test('a row that names a window that does not exist is refused, not lost', async () => {
  await using world = await ledgerWorld()
  const budget = hardBudget({ limitNanoUsd: 1n })
  const row = usageRow(budget.id, new Date(0), 30n)
  const windows = [{ budgetId: budget.id, windowStart: new Date(0) }]
  await expect(settleUsage(world.db, 'node_a', next(), JSON.stringify([row]), windows)).rejects.toMatchObject(
    {
      code: '23503',
    },
  )
})

test('what a node does not say has the default of the table', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const row = usageRow('bud_none', new Date(0), 0n)
  const bare = { ...row, budget_ids: undefined, budget_window_starts: undefined, cost_nano_usd: undefined }
  await settleUsage(db, 'node_a', next(), JSON.stringify([bare]), [])
  const said = Object.entries(bare).filter(([, value]) => value !== undefined)
  await db.deleteFrom('usage').execute()
  const columns = sql.join(said.map(([name]) => sql.ref(name)))
  await sql`insert into usage (${columns}) values (${sql.join(said.map(([, value]) => value))})`.execute(db)
  const byTable = await onlyRow(db)
  await db.deleteFrom('usage').execute()
  await settleUsage(db, 'node_a', next(), JSON.stringify([bare]), [])
  expect(await onlyRow(db)).toEqual(byTable)
})

function onlyRow(db: Db) {
  return db.selectFrom('usage').selectAll().executeTakeFirstOrThrow()
}

function usageRow(budgetId: string, windowStart: Date, cost: bigint) {
  return {
    id: newId('use'),
    request_id: newId('req'),
    attempt: 1,
    admitted_at: '2026-11-21T12:00:00.000Z',
    settled_at: '2026-11-21T12:00:01.000Z',
    key_id: 'key_1',
    secret_id: 'sec_1',
    environment_id: 'env_1',
    project_id: 'prj_1',
    team_id: 'team_1',
    operation: 'chat.completions',
    credential_id: 'crd_1',
    stream: false,
    status: 200,
    cost_nano_usd: String(cost),
    budget_ids: [budgetId],
    budget_window_starts: [windowStart.toISOString()],
  }
}
