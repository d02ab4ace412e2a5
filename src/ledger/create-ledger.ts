import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Db } from '../app.ts'
import type { Bus } from '../bus.ts'
import { restoreSpend } from '../db/ledger-restore.ts'
import type { NodeTerms } from '../db/nodes.ts'
import type { Metrics } from '../metrics.ts'
import { type Authority, postgresAuthority } from './authority.ts'
import { type BacklogSizes, createBacklog } from './backlog.ts'
import { createCalls } from './calls.ts'
import { createDatabaseClock } from './clock.ts'
import type { Disk } from './disk.ts'
import { createExchange, withTimeout } from './exchange.ts'
import { createFlusher } from './flusher.ts'
import { startHeartbeat } from './heartbeat.ts'
import { type JournalSizes, openJournal } from './journal.ts'
import { createLeases } from './leases.ts'
import type { Ledger } from './ledger.ts'
import { counted, createLedgerMetrics } from './metrics.ts'
import { createRateShares } from './rate-shares.ts'
import { createRates } from './rates.ts'
import { scanJournal } from './replay.ts'
import { withMemory } from './restored.ts'
import { openSpendMemory } from './spend-memory.ts'
import { withThrottles } from './throttles.ts'

const TIDY_MS = 60_000
const LOOK_FOR_IDLE_MS = 10_000

type World = { dataDir: string; bus: Bus; metrics: Metrics; log: Logger }

/** Opens this node's ledger: what an earlier run left in the journal is booked before the first call is let in. */
export function createLedger({
  db,
  nodeId,
  gateway,
  trustedSeconds,
  journalBytes,
  ...world
}: World & NodeTerms & { db: Db; nodeId: string; journalBytes?: number }): Promise<Ledger> {
  const { dataDir, log } = world
  const authority = withMemory(
    postgresAuthority(db, nodeId, { gateway, trustedSeconds }),
    openSpendMemory(join(dataDir, 'known-spend.jsonl'), log),
    (known) => restoreSpend(db, nodeId, known),
    log,
  )
  return openLedger({ ...world, authority, journal: { mostBytes: journalBytes } })
}

/** As `createLedger`, with any authority, clock and disk: the simulation has its own. */
export async function openLedger({
  dataDir,
  bus,
  metrics,
  log,
  authority,
  monotonic = () => performance.now(),
  disk,
  journal: journalSizes,
  ...sizes
}: World &
  BacklogSizes & {
    authority: Authority
    monotonic?: () => number
    disk?: Disk
    journal?: JournalSizes
  }): Promise<Ledger> {
  const clock = createDatabaseClock(monotonic)
  const ledgerMetrics = createLedgerMetrics(metrics, {
    openCalls: () => calls.open(),
    backlogRows: () => backlog.size(),
    journalWritable: () => journal.writable() && !journal.full(),
  })
  const exchange = createExchange(counted(authority, ledgerMetrics), clock, monotonic)
  const journal = openJournal(join(dataDir, 'journal'), log, { disk, ...journalSizes })
  const { trustedUntil } = await untilAnswered(() => exchange((asked) => asked.start()), log)
  const heartbeat = startHeartbeat({
    authority,
    trustedUntil,
    clock,
    monotonic,
    log,
    lapsed() {
      leases.doubtAll()
      shares.lapsed()
    },
  })
  const leases = createLeases({ exchange, clock, heartbeat, nodeId: authority.nodeId, monotonic, log })
  const askShares = createExchange(counted(authority, ledgerMetrics), clock, monotonic)
  const shares = createRateShares({
    ask: (requests, heard) => askShares((asked) => asked.shares(requests()), heard),
    monotonic,
    log,
  })
  const rates = createRates(monotonic, shares)
  const left = scanJournal(journal, leases, log)
  const backlog = createBacklog(journal, leases, log, left, sizes)
  const flusher = createFlusher({ backlog, exchange, journal, leases, metrics: ledgerMetrics, log })
  const calls = createCalls({
    backlog,
    clock,
    flusher,
    heartbeat,
    journal,
    leases,
    rates,
    metrics: ledgerMetrics,
    log,
  })

  for (const call of left.open) calls.recover(call)
  await flusher.drain(new AbortController().signal)
  await untilAnswered(leases.release, log)
  await untilAnswered(() => askShares((asked) => asked.returnPastShares()), log)
  if (left.rows + left.open.length > 0) {
    log.info({ settled: left.rows, underWay: left.open.length }, 'booked what the journal held')
  }

  flusher.start()
  const unsubscribe = bus.subscribe((message) => {
    if (message.topic === 'budget') leases.doubt(message.id)
    if (message.topic === 'recall') leases.recalled(message.id, message.node)
    if (message.topic === 'returned') leases.returned(message.id, message.node)
    if (message.topic === 'all') leases.review()
    if (message.topic === 'rate-recall' && message.node !== authority.nodeId) rates.recall(message.id)
    if (message.topic === 'rate-returned' && message.node !== authority.nodeId) rates.returned(message.id)
  })
  const tidying = setInterval(() => {
    rates.tidy()
    leases.tidy().catch((error) => log.warn({ err: error }, 'leases of past windows could not be given back'))
  }, TIDY_MS)
  tidying.unref()
  const lookingForIdle = setInterval(() => {
    leases.giveBackIdle().catch((error) => log.warn({ err: error }, 'idle leases could not be given back'))
  }, LOOK_FOR_IDLE_MS)
  lookingForIdle.unref()

  return {
    ...calls.ledger,
    prepare(budgets, holdNanoUsd, rateLimits = [], holdTokens = 0) {
      const money = leases.prepare(budgets, holdNanoUsd)
      const usable = (budgetId: string) => leases.usable(budgetId, clock.now())
      const limits = holdNanoUsd > 0n ? withThrottles(rateLimits, budgets, usable) : rateLimits
      const rate = rates.prepare(limits, holdTokens)
      return money && rate ? Promise.all([money, rate]).then(() => {}) : (money ?? rate)
    },
    rateStatus: rates.status,
    rateLeft(limit) {
      const inAll = heartbeat.liveNodes() === 1
      return { ...rates.left(limit, inAll), inAll }
    },
    now: () => new Date(clock.now()),
    health() {
      const oldestMs = backlog.oldestMs()
      return {
        journalWritable: journal.writable() && !journal.full(),
        trusted: clock.now() < heartbeat.trustedUntilMs(),
        openCalls: calls.open(),
        backlogRows: backlog.size(),
        backlogAgeMs: oldestMs === null ? 0 : Math.max(0, clock.now() - oldestMs),
      }
    },
    async close(timeoutMs) {
      calls.stop()
      unsubscribe()
      clearInterval(tidying)
      clearInterval(lookingForIdle)
      heartbeat.stop()
      try {
        await withTimeout(bookAndRelease(AbortSignal.timeout(timeoutMs)), timeoutMs)
      } catch (error) {
        log.warn(
          { err: error, rows: backlog.size() },
          'usage or leases are left; the next start sees to them',
        )
      }
      journal.close()
    },
  }

  async function bookAndRelease(giveUp: AbortSignal): Promise<void> {
    if (!(await flusher.drain(giveUp))) throw new Error('Not all usage could be booked in time.')
    await Promise.all([leases.release(), rates.release()])
    await exchange((asked) => asked.stop())
  }
}

const RETRY_MS = 1_000

/** Nothing can be let in before the database has answered once, so the start waits for it. */
async function untilAnswered<Answer>(ask: () => Promise<Answer>, log: Logger): Promise<Answer> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      log.warn({ err: error }, 'the ledger waits for the database')
      await sleep(RETRY_MS)
    }
  }
}
