import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LedgerWorld, ledgerWorld, makeBudget, moneyFaults } from '../../test/ledger.ts'
import type { Budget } from '../domain/budget.ts'

const DRIVER = join(import.meta.dirname, '../../test/ledger-driver.ts')

test('killed twenty times under load, the ledger loses no call and charges none twice', async () => {
  await using world = await ledgerWorld()
  const budgets = await loadedBudgets(world)
  const random = randomFrom(20_261_121)
  for (let kills = 0; kills < 20; kills++) {
    await runAndKill(world, budgets, 20 + random() * 250)
    expect(await moneyFaults(world.db), `after ${kills + 1} kills`).toEqual([])
  }
  const ledger = await world.open()
  await ledger.close(5_000)
  const { faults, billed, estimated } = await compareWithBill(world, budgets)
  expect(faults).toEqual([])
  expect(billed).toBeGreaterThan(1_000)
  expect(estimated, 'some calls were under way when the process was killed').toBeGreaterThan(20)
}, 180_000)

test('the same test fails when a node forgets its journal', async () => {
  await using world = await ledgerWorld()
  const budgets = await loadedBudgets(world)
  for (let kills = 0; kills < 3; kills++) await runAndKill(world, budgets, 150, ['--forgetful'])
  const { faults } = await compareWithBill(world, budgets)
  expect(faults.join('\n')).toContain('was billed and is not in the usage')
}, 60_000)

/** The narrow one runs out under way: from then on every unit matters. */
async function loadedBudgets({ db, dataDir }: LedgerWorld): Promise<Budget[]> {
  writeFileSync(billOf(dataDir), '')
  return [
    await makeBudget(db, { limitNanoUsd: 10_000_000_000n }),
    await makeBudget(db, { limitNanoUsd: 800_000n }),
  ]
}

function billOf(dataDir: string): string {
  return join(dataDir, 'bill')
}

async function runAndKill(
  { url, dataDir }: LedgerWorld,
  budgets: readonly Budget[],
  afterMs: number,
  flags: string[] = [],
): Promise<void> {
  const options = {
    url,
    'data-dir': dataDir,
    bill: billOf(dataDir),
    budgets: budgets.map(({ id }) => id).join(','),
  }
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const driver = spawn(process.execPath, [DRIVER, ...args, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await ready(driver)
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    expect(driver.exitCode, 'the driver runs until it is killed').toBeNull()
  } finally {
    driver.kill('SIGKILL')
    await once(driver, 'exit')
  }
}

async function ready(driver: ChildProcess): Promise<void> {
  const exited = once(driver, 'exit').then(() => {
    throw new Error('the driver ended before it was ready')
  })
  await Promise.race([once(driver.stdout ?? driver, 'data'), exited])
  exited.catch(() => {})
}

async function compareWithBill({ db, dataDir }: LedgerWorld, budgets: readonly Budget[]) {
  const faults = await moneyFaults(db)
  const rows = await db.selectFrom('usage').selectAll().where('status', '<>', 503).execute()
  const usage = new Map(rows.map((row) => [row.id, row]))
  const bill = readFileSync(billOf(dataDir), 'utf8').trimEnd().split('\n')
  for (const line of bill) {
    const [id = '', cost = ''] = line.split(' ')
    const row = usage.get(id)
    if (!row) faults.push(`${id} was billed and is not in the usage`)
    else if (row.costNanoUsd !== (row.estimated ? row.holdNanoUsd : BigInt(cost))) {
      faults.push(`${id} was billed ${cost} and charged ${row.costNanoUsd}`)
    } else if (row.holdNanoUsd < BigInt(cost))
      faults.push(`${id} was billed ${cost} and held ${row.holdNanoUsd}`)
    usage.delete(id)
  }
  for (const row of usage.values()) {
    if (!row.estimated) faults.push(`${row.id} was settled and never went upstream`)
  }
  for (const { id } of budgets) {
    const windows = await db.selectFrom('budgetWindows').selectAll().where('budgetId', '=', id).execute()
    for (const { spentNanoUsd, leasedNanoUsd, limitNanoUsd, overNanoUsd } of windows) {
      if (spentNanoUsd > limitNanoUsd || overNanoUsd > 0n)
        faults.push(`${id} spent ${spentNanoUsd} of ${limitNanoUsd}`)
      if (leasedNanoUsd > 0n) faults.push(`${id}: ${leasedNanoUsd} is still leased`)
    }
  }
  return { faults, billed: bill.length, estimated: rows.filter((row) => row.estimated).length }
}

/** Numbers between 0 and 1 that follow from the seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
