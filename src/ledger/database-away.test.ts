import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import {
  admitCall,
  callRequest,
  ledgerWorld,
  makeBudget,
  moneyFaults,
  mustAdmit,
  outcome,
  until,
  windowOf,
} from '../../test/ledger.ts'
import { tcpProxy } from '../../test/tcp-proxy.ts'
import type { Db } from '../app.ts'
import type { Admission } from './ledger.ts'

test('a connection that breaks in the middle of a batch loses nothing and charges nothing twice', async () => {
  await using world = await ledgerWorld()
  const ledger = await world.open()
  const budget = await makeBudget(world.db, { limitNanoUsd: 1_000_000_000n })
  await ledger.prepare([budget], 0n)
  let settled = 0n
  const calling = setInterval(() => {
    for (let calls = 0; calls < 20; calls++) {
      const admission = mustAdmit(ledger, callRequest({ budgets: [budget], holdNanoUsd: 10n }))
      setTimeout(() => ledger.settle(admission, outcome({ costNanoUsd: 7n })), 5)
      settled++
    }
  }, 5)
  onTestFinished(() => clearInterval(calling))
  for (let times = 0; times < 4; times++) await breakBatch(world.db)
  clearInterval(calling)
  await until(() => ledger.health().openCalls === 0 && ledger.health().backlogRows === 0, 'all is booked')
  const failures = world.logged.filter((line) => line.includes('usage could not be booked yet'))
  expect(failures).toHaveLength(4)
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 7n * settled, over: 0n })
  expect(ledger.room([budget])).toBe(1_000_000_000n - 7n * settled)
  expect(await moneyFaults(world.db)).toEqual([])
})

test('a batch that was booked but whose answer was lost is not charged again', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const ledger = await world.open({ url: wire.url })
  const budget = await makeBudget(world.db, { limitNanoUsd: 1_000n })
  const admission = (await admitCall(ledger, [budget], 100n)) as Admission
  wire.muteServer()
  ledger.settle(admission, outcome({ costNanoUsd: 60n }))
  await until(
    async () => (await windowOf(world.db, budget))?.spent === 60n,
    'the database has booked the call',
  )
  expect(ledger.health().backlogRows, 'the node does not know').toBe(1)
  wire.cut()
  wire.restore()
  await until(() => ledger.health().backlogRows === 0, 'the node has asked again')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 60n, leased: 940n })
  expect(ledger.room([budget])).toBe(940n)
  expect(await moneyFaults(world.db)).toEqual([])
})

test('a journal that has grown to its bound lets nobody in, loses nothing, and opens when the database is back', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const journal = { segmentBytes: 20_000, mostBytes: 100_000 }
  const ledger = await world.open({ url: wire.url, rowsInMemory: 50, journal })
  const budget = await makeBudget(world.db, { limitNanoUsd: 10_000n })
  await ledger.prepare([budget], 0n)
  wire.cut()
  let calls = 0
  const running = mustAdmit(ledger, callRequest({ budgets: [budget], holdNanoUsd: 3n }))
  const request = callRequest({ budgets: [budget], holdNanoUsd: 3n })
  for (; calls < 1_000; calls++) {
    const admission = ledger.admit(request)
    if ('refused' in admission) break
    ledger.settle(admission, outcome({ costNanoUsd: 3n }))
    await ledger.journaled(admission)
  }
  expect(calls).toBeLessThan(100)
  expect(ledger.admit(request)).toMatchObject({
    refused: 'unavailable',
    reason: 'The journal is full: too much usage waits for the database.',
  })
  expect(ledger.health().journalWritable).toBe(false)
  ledger.settle(running, outcome({ costNanoUsd: 3n }))

  wire.restore()
  await until(() => ledger.health().backlogRows === 0, 'all is booked')
  expect(await rowCount(world.db)).toBe(BigInt(calls + 1))
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: BigInt(calls + 1) * 3n })
  expect(await admitCall(ledger, [budget], 3n)).not.toHaveProperty('refused')
})

test('while the database is away calls go on within the lease, and their usage waits in the journal', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const ledger = await world.open({ url: wire.url, rowsInMemory: 50 })
  const budget = await makeBudget(world.db, { limitNanoUsd: 10_000n })
  const unknown = await makeBudget(world.db, { limitNanoUsd: 10_000n })
  await ledger.prepare([budget], 0n)
  wire.cut()
  for (let calls = 0; calls < 3_000; calls++) {
    const admission = mustAdmit(ledger, callRequest({ budgets: [budget], holdNanoUsd: 3n }))
    if (calls % 3 === 0) ledger.recordAttempt(admission, outcome({ attempt: 1, status: 503 }))
    ledger.settle(admission, outcome({ attempt: 2, costNanoUsd: 3n }))
    if (calls % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect(await admitCall(ledger, [budget], 1_001n)).toMatchObject({
    refused: 'budget',
    remainingNanoUsd: 1_000n,
  })
  expect(await admitCall(ledger, [unknown], 1n)).toMatchObject({ refused: 'unavailable' })
  expect(ledger.health()).toMatchObject({ backlogRows: 4_000, journalWritable: true })
  expect(world.logged.join('')).toContain('usage waits in the journal')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 0n })

  wire.restore()
  await until(() => ledger.health().backlogRows === 0, 'all is booked')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 9_000n, leased: 1_000n })
  expect(await rowCount(world.db)).toBe(4_000n)
  expect(await moneyFaults(world.db)).toEqual([])
  await ledger.close(5_000)
  expect(readdirSync(join(world.dataDir, 'journal'))).toEqual([])
})

test('what waits when the process stops is booked by the next start', async () => {
  await using world = await ledgerWorld()
  await using wire = await tcpProxy(world.url)
  const ledger = await world.open({ url: wire.url, rowsInMemory: 50 })
  const budget = await makeBudget(world.db, { limitNanoUsd: 10_000n })
  await ledger.prepare([budget], 0n)
  wire.cut()
  for (let calls = 0; calls < 200; calls++) {
    const admission = mustAdmit(ledger, callRequest({ budgets: [budget], holdNanoUsd: 3n }))
    if (calls < 190) ledger.settle(admission, outcome({ costNanoUsd: 2n }))
  }
  await ledger.close(300)
  expect(world.logged.join('')).toContain('the next start sees to them')
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 0n, leased: 10_000n })

  const next = await world.open()
  expect(await windowOf(world.db, budget)).toMatchObject({ spent: 190n * 2n + 10n * 3n, leased: 0n })
  const estimated = await world.db.selectFrom('usage').selectAll().where('estimated', '=', true).execute()
  expect(estimated).toHaveLength(10)
  expect(estimated[0]).toMatchObject({
    costNanoUsd: 3n,
    status: 500,
    errorCode: 'internal',
    providerId: 'prv_test',
  })
  expect(await moneyFaults(world.db)).toEqual([])
  await admitCall(next, [budget], 1n)
  expect(next.room([budget])).toBe(10_000n - 410n - 1n)
})

async function rowCount(db: Db): Promise<bigint | undefined> {
  const { rows } = await sql<{ count: bigint }>`select count(*) from usage`.execute(db)
  return rows[0]?.count
}

/** Holds up the next batch and breaks its connection while it waits. */
async function breakBatch(db: Db): Promise<void> {
  await db.transaction().execute(async (locking) => {
    await sql`lock table usage in access exclusive mode`.execute(locking)
    await until(() => breakWaiting(db), 'a batch is under way')
  })
}

async function breakWaiting(db: Db): Promise<boolean> {
  const { rows } = await sql<{ ended: boolean }>`
    select pg_terminate_backend(pid) as ended from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%ledger_settle%'`.execute(
    db,
  )
  return rows.length > 0
}
