import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyOf, testDatabase } from '../../test/database.ts'
import {
  admitCall,
  localBus,
  makeBudget,
  moneyFaults,
  openPool,
  outcome,
  windowOf,
} from '../../test/ledger.ts'
import type { Db } from '../app.ts'
import type { Budget } from '../domain/budget.ts'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { createLedger } from './create-ledger.ts'
import type { Ledger } from './ledger.ts'

const LIMIT = 100n

/** One node's own files, and ledgers of it on whatever database it is given. */
function nodeFiles(nodeId: string) {
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-restored-'))
  const log = createLog({ logLevel: 'silent' }, () => {})
  return {
    dataDir,
    open: (db: Db) =>
      createLedger({
        db,
        nodeId,
        dataDir,
        bus: localBus().bus,
        metrics: createMetrics(),
        log,
        gateway: true,
        trustedSeconds: 300,
      }),
    [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

async function spend(ledger: Ledger, budget: Budget, amount: bigint): Promise<boolean> {
  const admission = await admitCall(ledger, [budget], amount)
  if ('refused' in admission) return false
  ledger.settle(admission, outcome({ costNanoUsd: amount }))
  return true
}

test('a node that starts on an older database charges again what was spent since, and a person is told', async () => {
  await using database = await testDatabase()
  using node = nodeFiles('node_a')
  const budget = await onDatabase(database.url, (db) => makeBudget(db, { limitNanoUsd: LIMIT }))
  const run = (url: string, amounts: bigint[]) =>
    onDatabase(url, async (db) => {
      const ledger = await node.open(db)
      const passed = []
      for (const amount of amounts) passed.push(await spend(ledger, budget, amount))
      await ledger.close(5_000)
      return passed
    })
  expect(await run(database.url, [30n])).toEqual([true])
  await using backup = await copyOf(database.url)
  expect(await run(database.url, [50n])).toEqual([true])

  // 20 are left, whatever the backup says.
  expect(await run(backup.url, [21n, 20n, 1n])).toEqual([false, true, false])
  await onDatabase(backup.url, async (db) => {
    expect(await windowOf(db, budget)).toEqual({ spent: 100n, leased: 0n, limit: LIMIT, over: 0n })
    expect(await moneyFaults(db)).toEqual([])
    const corrections = await db.selectFrom('ledgerCorrections').selectAll().execute()
    expect(corrections).toMatchObject([{ budgetId: budget.id, amountNanoUsd: 50n, nodeId: 'node_a' }])
    const findings = await db
      .selectFrom('findings')
      .select(['kind', 'severity', 'targetId', 'count'])
      .execute()
    expect(findings).toEqual([{ kind: 'ledger-restored', severity: 'high', targetId: budget.id, count: 1 }])
  })
})

test('two nodes that know of the same charge it once', async () => {
  await using database = await testDatabase()
  using first = nodeFiles('node_a')
  using second = nodeFiles('node_b')
  const budget = await onDatabase(database.url, (db) => makeBudget(db, { limitNanoUsd: LIMIT }))
  const run = (url: string, node: typeof first, amount: bigint) =>
    onDatabase(url, async (db) => {
      const ledger = await node.open(db)
      const passed = await spend(ledger, budget, amount)
      await ledger.close(5_000)
      return passed
    })
  await using backup = await copyOf(database.url)
  expect(await run(database.url, first, 30n)).toBe(true)
  expect(await run(database.url, second, 10n)).toBe(true)
  // The first knows of 30, the second of 40.
  expect(await run(backup.url, first, 1n)).toBe(true)
  expect(await run(backup.url, second, 1n)).toBe(true)
  await onDatabase(backup.url, async (db) => {
    expect((await windowOf(db, budget))?.spent).toBe(41n)
    expect(await moneyFaults(db)).toEqual([])
  })
})

test('what a node remembers is the sum of each window, and no more', async () => {
  await using database = await testDatabase()
  using node = nodeFiles('node_a')
  await onDatabase(database.url, async (db) => {
    const budget = await makeBudget(db, { limitNanoUsd: LIMIT })
    const ledger = await node.open(db)
    await spend(ledger, budget, 30n)
    await ledger.close(5_000)
    const [line = ''] = readFileSync(join(node.dataDir, 'known-spend.jsonl'), 'utf8').split('\n')
    expect(JSON.parse(line)).toEqual({
      budgetId: budget.id,
      start: expect.any(String),
      endMs: expect.any(Number),
      spent: '30',
    })
  })
})

async function onDatabase<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openPool(url)
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}
