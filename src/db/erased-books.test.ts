import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { admitCall, type LedgerWorld, ledgerWorld, makeBudget, outcome, windowOf } from '../../test/ledger.ts'
import type { Authority } from '../ledger/authority.ts'
import { settleUsage } from './ledger.ts'
import { checkLedger } from './ledger-checks.ts'
import { eraseUsage, findErasedBefore, isLockTimeout, moveHorizon } from './usage-erase.ts'

/** The books add up after calls were erased, and nothing that was erased is booked again. */

const QUARTER_MS = 15 * 60_000

test('what a budget says is spent is what was erased and what is left, also of a total that never closes', async () => {
  await using world = await ledgerWorld()
  const budgets = [
    await makeBudget(world.db, { limitNanoUsd: 1000n, window: 'total' }),
    await makeBudget(world.db, { limitNanoUsd: 1000n, window: 'month' }),
  ]
  await callFor(world, budgets, [3n, 4n, 0n, 5n])
  await pass(world)
  for (const left of [2, 0]) {
    expect(await erase(world, 2)).toBe(2)
    expect(await rows(world)).toBe(left)
    expect(await broken(world)).toEqual([])
  }
  for (const budget of budgets) expect(await windowOf(world.db, budget)).toMatchObject({ spent: 12n })
  // Whoever forgets what was erased, or counts it otherwise, is found out.
  await sql`update usage_sums_charged set cost_nano_usd = cost_nano_usd - 1`.execute(world.db)
  expect(await broken(world)).toMatchObject([
    { name: 'spent', faults: 2, examples: [{ problem: 'spent is 12, the rows say 11' }, {}] },
  ])
  await sql`delete from usage_sums_charged`.execute(world.db)
  expect(await broken(world)).toMatchObject([{ name: 'spent', faults: 2 }])
})

test('a step that fails erases nothing', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 1000n, window: 'total' })
  await callFor(world, [budget], [3n, 4n])
  await pass(world)
  await sql`alter table usage_sums_charged add constraint no_four check (cost_nano_usd < 7)`.execute(world.db)
  await expect(erase(world, 10)).rejects.toThrow('no_four')
  expect([await rows(world), await broken(world)]).toEqual([2, []])
  await sql`alter table usage_sums_charged drop constraint no_four`.execute(world.db)
  expect(await erase(world, 10)).toBe(2)
  expect(await broken(world)).toEqual([])
})

test('a gateway whose journal tells of an erased call again does not book it', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 1000n, window: 'total' })
  await callFor(world, [budget], [7n], losingAnswers)
  expect(await rows(world)).toBe(1)
  await pass(world)
  await erase(world, 10)
  await (await world.open()).close(5_000)
  expect(await rows(world)).toBe(0)
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 7n, leased: 0n })
  expect(await broken(world)).toEqual([])
  const { rows: late } = await sql<{
    costNanoUsd: bigint
  }>`select cost_nano_usd from usage_too_late `.execute(world.db)
  expect(late).toEqual([{ costNanoUsd: 7n }])
})

test('without a horizon, it would book it again', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 1000n, window: 'total' })
  await callFor(world, [budget], [7n], losingAnswers)
  await pass(world)
  await erase(world, 10)
  await sql`update usage_horizon set erased_before = null`.execute(world.db)
  await (await world.open()).close(5_000)
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 14n })
})

test('a call that is being booked is booked before the horizon passes it, or not at all', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 1000n, window: 'total' })
  await callFor(world, [budget], [3n])
  const { rows: told } = await sql<{ row: unknown }>`select to_json(u) as row from usage u`.execute(db)
  const tell = (at: typeof db, id: string) =>
    settleUsage(at, 'node_b', 9n, JSON.stringify(told.map(({ row }) => ({ ...(row as object), id }))), [])
  const horizon = ahead()

  await db.transaction().execute(async (booking) => {
    await tell(booking, 'use_early')
    const moving = db.transaction().execute((moving) => moveHorizon(moving, horizon))
    await expect(moving).rejects.toSatisfy(isLockTimeout)
  })
  expect([await rows(world), await findErasedBefore(db)]).toEqual([2, null])

  let late: Promise<unknown> = Promise.resolve()
  await db.transaction().execute(async (moving) => {
    await moveHorizon(moving, horizon)
    late = tell(db, 'use_late')
    await new Promise((resolve) => setTimeout(resolve, 100))
  })
  await late
  expect(await rows(world)).toBe(2)
  const { rows: tooLate } = await sql`select id, node_id from usage_too_late`.execute(db)
  expect(tooLate).toEqual([{ id: 'use_late', nodeId: 'node_b' }])
})

test('whoever stops while it moves the horizon does not hold up gateways', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 1000n, window: 'total' })
  const moving = db.transaction().execute(async (moving) => {
    await moveHorizon(moving, ahead())
    const begun = performance.now()
    await callFor(world, [budget], [3n])
    expect(performance.now() - begun).toBeLessThan(10_000)
    await sql`select 1`.execute(moving)
  })
  await expect(moving).rejects.toThrow()
  expect([await rows(world), await findErasedBefore(db)]).toEqual([1, null])
})

const losingAnswers = (authority: Authority): Authority => ({
  ...authority,
  async settle(batch, windows) {
    await authority.settle(batch, windows)
    throw new Error('The answer was lost.')
  },
})

type Budgets = Awaited<ReturnType<typeof makeBudget>>[]

async function callFor(
  world: LedgerWorld,
  budgets: Budgets,
  costs: bigint[],
  through = (authority: Authority) => authority,
): Promise<void> {
  const ledger = await world.open({ through })
  for (const costNanoUsd of costs) {
    const admission = await admitCall(ledger, budgets, 10n)
    if ('refused' in admission) throw new Error('the call was refused')
    ledger.settle(admission, outcome({ costNanoUsd }))
  }
  await ledger.close(through === losingAnswers ? 500 : 5_000)
}

function ahead(): Date {
  return new Date(Math.ceil((Date.now() + 60_000) / QUARTER_MS) * QUARTER_MS)
}

/** Moves the horizon past everything that there is. */
function pass({ db }: LedgerWorld): Promise<void> {
  return db.transaction().execute((db) => moveHorizon(db, ahead()))
}

function erase({ db }: LedgerWorld, most: number): Promise<number> {
  return db.transaction().execute((db) => eraseUsage(db, most))
}

async function rows({ db }: LedgerWorld): Promise<number> {
  const all = await db.selectFrom('usage').select('id').execute()
  return all.length
}

async function broken({ db }: LedgerWorld) {
  const checks = await checkLedger(db, new Date(0))
  return checks.filter(({ faults }) => faults > 0)
}
