import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { temporaryDatabase } from '../scripts/temporary-database.ts'
import { connect } from '../src/db/connect.ts'
import { migrate } from '../src/db/migrate.ts'
import { createLedger } from '../src/ledger/create-ledger.ts'
import { createLog } from '../src/log.ts'
import { createMetrics } from '../src/metrics.ts'
import {
  callFacts,
  localBus,
  makeBudget,
  makeRateLimit,
  moneyFaults,
  NODE_TERMS,
  outcome,
} from '../test/ledger.ts'

/**
 * What the ledger costs per call: three budgets, two rate limits, journal, settlement and flush to a real PostgreSQL.
 * Calls arrive at a fixed rate, a few per turn of the event loop, and settle a turn later. The same load without a
 * ledger is run first, and its processor time is taken off.
 */
const { values } = parseArgs({
  options: { rate: { type: 'string', default: '13000' }, seconds: { type: 'string', default: '5' } },
})
const rate = Number(values.rate)
const calls = rate * Number(values.seconds)

await using cleanup = new AsyncDisposableStack()
const database = await temporaryDatabase()
cleanup.defer(() => database.stop())
const url = database.url('postgres')
await migrate(url)
const db = connect({ url, name: 'bench', max: 4, statementTimeoutMs: 10_000, onError: () => {} })
cleanup.defer(() => db.destroy())
const dataDir = mkdtempSync(join(tmpdir(), 'claviger-bench-'))
cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }))

const ledger = await createLedger({
  db,
  nodeId: 'node_bench',
  ...NODE_TERMS,
  dataDir,
  bus: localBus().bus,
  metrics: createMetrics(),
  log: createLog({ logLevel: 'warn' }),
})
const limitNanoUsd = 10n ** 18n
const budgets = await Promise.all([1, 2, 3].map(() => makeBudget(db, { limitNanoUsd })))
const figures = { requestsPerMinute: 100_000_000, tokensPerMinute: 1_000_000_000, concurrentCalls: 1_000_000 }
const rateLimits = await Promise.all([1, 2].map(() => makeRateLimit(db, figures)))
await ledger.prepare(budgets, 12_345_678n, rateLimits, 1500)

type Call = () => Promise<void>

const nextTurn: Call = () => new Promise((resolve) => setImmediate(resolve))

const withoutLedger: Call = async () => {
  kept = { request: requestOf(), outcome: outcome({ costNanoUsd: 2_345_678n }) }
  await nextTurn()
  await nextTurn()
}

const withLedger: Call = async () => {
  const preparing = ledger.prepare(budgets, 12_345_678n, rateLimits, 1500)
  if (preparing) await preparing
  const admission = ledger.admit(requestOf())
  if ('refused' in admission) throw new Error(`refused: ${admission.refused}`)
  ledger.rateStatus(rateLimits)
  await ledger.journaled(admission)
  await nextTurn()
  ledger.settle(admission, outcome({ costNanoUsd: 2_345_678n }))
}

let kept: unknown
const requestOf = () => ({
  facts: callFacts(),
  budgets,
  rateLimits,
  holdNanoUsd: 12_345_678n,
  holdTokens: 1500,
})

/** Runs the load, and returns the processor time of the whole process per call in microseconds. */
async function load(call: Call, settled: () => Promise<void>): Promise<number> {
  const idle = process.cpuUsage()
  const startedAt = performance.now()
  let started = 0
  let pending = 0
  while (started < calls || pending > 0) {
    const due = Math.min(calls, Math.ceil(((performance.now() - startedAt) / 1000) * rate))
    for (; started < due; started++) {
      pending++
      call().then(() => pending--)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const perSecond = calls / ((performance.now() - startedAt) / 1000)
  await settled()
  const cpu = process.cpuUsage(idle)
  console.log(
    `  ${calls} calls, ${Math.round(perSecond)}/s: ${((cpu.user + cpu.system) / calls).toFixed(1)} µs of processor time per call`,
  )
  return (cpu.user + cpu.system) / calls
}

const booked = async () => {
  while (ledger.health().backlogRows > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}
await load(withoutLedger, booked)
await load(withLedger, booked)
console.log('measured, after a run of each to warm up:')
const base = await load(withoutLedger, booked)
const full = await load(withLedger, booked)
console.log(`the ledger: ${(full - base).toFixed(1)} µs per call`)
await ledger.close(60_000)
console.log(`money in the database: ${(await moneyFaults(db)).join('; ') || 'exact'}`)
if (kept === undefined) throw new Error('the load without a ledger did nothing')
