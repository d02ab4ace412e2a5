import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  admitCall,
  audited,
  callRequest,
  leaseRequest,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  mustAdmit,
  outcome,
  until,
  windowOf,
} from '../../test/ledger.ts'
import { createBus } from '../db/bus.ts'
import { takeLeases, type WindowState } from '../db/ledger.ts'
import { type KnownSpend, restoreSpend } from '../db/ledger-restore.ts'
import { newId } from '../ids.ts'
import { createLog } from '../log.ts'
import type { Authority } from './authority.ts'
import { withMemory } from './restored.ts'
import { openSpendMemory } from './spend-memory.ts'

const log = createLog({ logLevel: 'silent' }, () => {})

test('a call that is let in while the node hears of a restored backup keeps what it holds', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  let meanwhile = () => {}
  const ledger = await world.open({
    through: (authority) =>
      withMemory(
        {
          ...authority,
          take(requests) {
            meanwhile()
            return authority.take(requests)
          },
        },
        openSpendMemory(join(world.dataDir, 'known'), log),
        (known) => restoreSpend(world.db, 'node_test', known),
        log,
      ),
  })
  const first = await admitCall(ledger, [budget], 75n)
  if ('refused' in first) throw new Error('the call was refused')
  ledger.settle(first, outcome({ costNanoUsd: 75n }))
  await until(async () => (await windowOf(world.db, budget))?.spent === 75n, 'it is booked')

  // The database forgets it, and another node takes what seems to be left.
  await sql`delete from usage`.execute(world.db)
  await sql`update budget_windows set spent_nano_usd = 0`.execute(world.db)
  await takeLeases(world.db, 'node_b', 1n, [leaseRequest(budget.id, { wantNanoUsd: 75n })])
  meanwhile = () => {
    meanwhile = () => {}
    mustAdmit(ledger, callRequest({ budgets: [budget], holdNanoUsd: 20n }))
  }
  await ledger.prepare([budget], 30n)
  const lease = await world.db
    .selectFrom('leases')
    .select('amountNanoUsd')
    .where('nodeId', '=', 'node_test')
    .executeTakeFirst()
  expect(lease).toEqual({ amountNanoUsd: 20n })
})

test('what a node puts back is taken from what another has free', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  const ledger = await world.open()
  await ledger.prepare([budget], 10n)
  const { windowStart } = await world.db.selectFrom('leases').selectAll().executeTakeFirstOrThrow()
  const bus = await createBus(world.url, log)
  bus.subscribe(world.send)
  await restoreSpend(world.db, 'node_b', [{ budgetId: budget.id, windowStart, spentNanoUsd: 90n }])
  await until(async () => (await windowOf(world.db, budget))?.over === 0n, 'it is given back')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 90n, leased: 10n })
  await bus.close()
})

test('a database that forgot of one window is told of all', async () => {
  using file = memoryFile()
  const memory = openSpendMemory(file.path, log)
  memory.learn([state('2027-01-01T00:00:00.000Z', 40n), state('2027-01-01T00:15:00.000Z', 10n)])
  const told: KnownSpend[] = []
  const answer = { databaseNow: new Date(), windows: [state('2027-01-01T00:15:00.000Z', 0n)] }
  // Nothing else of it is asked.
  const authority = { settle: async () => answer } as unknown as Authority
  const correct = async (known: readonly KnownSpend[]) => {
    told.push(...known)
    return []
  }
  await withMemory(authority, memory, correct, log).settle(Buffer.from('[]'), [])
  expect(told.map(({ spentNanoUsd }) => spentNanoUsd)).toEqual([40n, 10n])
})

test('usage of a window that the backup does not have is booked, and what was spent in it before is put back', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  let away = false
  const ledger = await world.open({
    through: (authority) =>
      withMemory(
        {
          ...authority,
          async settle(batch, windows) {
            if (away) throw new Error('the database is away')
            return authority.settle(batch, windows)
          },
        },
        openSpendMemory(join(world.dataDir, 'known'), log),
        (known) => restoreSpend(world.db, 'node_test', known),
        log,
      ),
  })
  const spend = async (costNanoUsd: bigint) => {
    const admission = await admitCall(ledger, [budget], costNanoUsd)
    if ('refused' in admission) throw new Error('the call was refused')
    ledger.settle(admission, outcome({ costNanoUsd }))
  }
  await spend(40n)
  await until(() => ledger.health().backlogRows === 0, 'it is booked')
  away = true
  await spend(20n)
  for (const table of ['leases', 'budget_windows', 'usage', 'nodes'])
    await sql`delete from ${sql.table(table)}`.execute(world.db)
  away = false

  await until(() => ledger.health().backlogRows === 0, 'the rest is booked')
  expect((await windowOf(world.db, budget))?.spent).toBe(60n)
  expect(world.logged.filter((line) => line.includes('refuses a usage row'))).toEqual([])
  await until(
    async () => (await world.db.selectFrom('nodes').select('id').execute()).length === 1,
    'it is back',
  )
  expect(await admitCall(ledger, [budget], 41n)).toMatchObject({ refused: 'budget' })
  expect(await admitCall(ledger, [budget], 40n)).not.toHaveProperty('refused')
  expect(await moneyFaults(world.db)).toEqual([])
})

test('usage of a window that the backup does not have is booked, also when nothing had been spent in it', async () => {
  await using world = await ledgerWorld()
  const budget = await makeBudget(world.db, { limitNanoUsd: 100n })
  let away = true
  const said: string[] = []
  const log = createLog({ logLevel: 'warn' }, (line) => said.push(line))
  const open = (knownSpend: string) =>
    world.open({
      through: (authority) =>
        withMemory(
          {
            ...authority,
            async settle(batch, windows) {
              if (away) throw new Error('the database is away')
              return authority.settle(batch, windows)
            },
          },
          openSpendMemory(join(world.dataDir, knownSpend), log),
          (known) => restoreSpend(world.db, 'node_test', known),
          log,
        ),
    })
  const killed = await open('known')
  const admission = await admitCall(killed, [budget], 60n)
  if ('refused' in admission) throw new Error('the call was refused')
  killed.settle(admission, outcome({ costNanoUsd: 60n }))
  await killed.close(100)
  for (const table of ['leases', 'budget_windows', 'nodes'])
    await sql`delete from ${sql.table(table)}`.execute(world.db)
  away = false

  // It was killed before it wrote down that there was such a window.
  const ledger = await open('lost')
  expect(ledger.health().backlogRows).toBe(0)
  expect(world.logged.filter((line) => line.includes('refuses a usage row'))).toEqual([])
  expect(said.filter((line) => line.includes('ledger.windows_made'))).toHaveLength(1)
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 60n, limit: 100n, over: 0n })
  expect(await admitCall(ledger, [budget], 41n)).toMatchObject({ refused: 'budget' })
  expect(await moneyFaults(world.db)).toEqual([])
  expect(await world.db.selectFrom('ledgerCorrections').select('id').execute()).toEqual([])
})

test('no window is made that the budget does not have, whatever a damaged file says', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const budget = await makeBudget(db, { limitNanoUsd: 100n })
  const { windows } = await takeLeases(db, 'node_a', 1n, [leaseRequest(budget.id)])
  const windowStart = windows[0]?.windowStart ?? new Date(0)
  await sql`delete from leases`.execute(db)
  await sql`delete from budget_windows`.execute(db)
  const beside = new Date(windowStart.getTime() + 1)
  const known = { budgetId: budget.id, spentNanoUsd: 5n }
  expect(await restoreSpend(db, 'node_a', [{ ...known, windowStart: beside }])).toEqual([])
  expect(await windowOf(db, budget)).toBeUndefined()
  expect(await restoreSpend(db, 'node_a', [{ ...known, windowStart }])).toMatchObject([
    { missingNanoUsd: 5n },
  ])
  // One that is there is the budget's, though its time zone may be another since.
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd)
    values (${budget.id}, ${beside}, '9999-12-31', 100)`.execute(db)
  expect(
    await restoreSpend(db, 'node_a', [{ ...known, windowStart: beside, spentNanoUsd: 7n }]),
  ).toMatchObject([{ missingNanoUsd: 7n }])
})

test('what is known of an account is put back before its credits lapse, also when a batch names it too', async () => {
  await using world = await ledgerWorld()
  const { db } = world
  const account = await makeBudget(db, { window: 'credits', limitNanoUsd: 0n })
  await audited(db, async (db) => {
    await sql`
      insert into credits (id, budget_id, amount_nano_usd, reason, created_by, expires_at)
      values (${newId('cdt')}, ${account.id}, 10, 'a test', 'test', clock_timestamp() + interval '1 hour')`.execute(
      db,
    )
  })
  await audited(db, async (db) => {
    await sql`update credits set expires_at = now()`.execute(db)
  })
  const known = { budgetId: account.id, windowStart: new Date(0) }
  await restoreSpend(db, 'node_a', [
    { ...known, spentNanoUsd: 0n },
    { ...known, spentNanoUsd: 6n },
    { ...known, spentNanoUsd: 0n },
  ])
  expect(await windowOf(db, account)).toMatchObject({ spent: 6n, limit: 6n, over: 0n })
})

test('a node that comes back to a database that does not know it puts back what is missing first', async () => {
  using file = memoryFile()
  const memory = openSpendMemory(file.path, log)
  memory.learn([state('2027-01-01T00:00:00.000Z', 40n)])
  const order: string[] = []
  // Nothing else of it is asked.
  const authority = { comeBack: async () => void order.push('back') } as unknown as Authority
  const correct = async (known: readonly KnownSpend[]) => {
    order.push(...known.map(({ spentNanoUsd }) => String(spentNanoUsd)))
    return []
  }
  await withMemory(authority, memory, correct, log).comeBack()
  expect(order).toEqual(['40', 'back'])
})

test('a window is remembered to its end, though a raise within it ends sooner', () => {
  using file = memoryFile()
  const memory = openSpendMemory(file.path, log)
  const start = '2027-01-01T00:00:00.000Z'
  memory.learn([{ ...state(start, 40n), windowEnd: new Date(0) }])
  memory.learn([state(start, 40n)])
  memory.save()
  expect(readFileSync(file.path, 'utf8')).toContain('"spent":"40"')
})

function state(start: string, spentNanoUsd: bigint): WindowState {
  return {
    budgetId: 'bud_test',
    windowStart: new Date(start),
    windowEnd: new Date('2999-01-01T00:00:00.000Z'),
    limitNanoUsd: 100n,
    spentNanoUsd,
    leaseNanoUsd: 0n,
    leftNanoUsd: 0n,
    totalLimitNanoUsd: 100n,
    totalSpentNanoUsd: spentNanoUsd,
    resetsAt: null,
  }
}

function memoryFile() {
  const directory = mkdtempSync(join(tmpdir(), 'claviger-memory-'))
  return {
    path: join(directory, 'known'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}
