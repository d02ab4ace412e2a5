import type { Logger } from 'pino'
import type { WindowKey } from '../db/ledger.ts'
import { book } from '../domain/lease.ts'
import type { NanoUsd } from '../domain/money.ts'
import { isRefusedData } from './authority.ts'
import type { Backlog, UsageRow } from './backlog.ts'
import type { Exchange } from './exchange.ts'
import type { Journal } from './journal.ts'
import type { Leases, Window } from './leases.ts'
import type { LedgerMetrics } from './metrics.ts'
import { arrayOf } from './row-texts.ts'

/** So many rows are not kept waiting, and so many are booked at once. */
const FULL_ROWS = 500
const MOST_ROWS = 5_000
const EVERY_MS = 250
const LONGEST_PAUSE_MS = 5_000

type Parts = {
  backlog: Backlog
  exchange: Exchange
  journal: Journal
  leases: Leases
  metrics: LedgerMetrics
  log: Logger
}

/** Brings the backlog to PostgreSQL in batches, and goes on until it succeeds. */
export type Flusher = {
  /** Books every quarter of a second, or as soon as a batch is full. */
  start(): void
  /** A row was added. */
  nudge(): void
  /** Books everything that waits now. False when `giveUp` came first. */
  drain(giveUp: AbortSignal): Promise<boolean>
}

export function createFlusher(parts: Parts): Flusher {
  const { backlog, metrics, log } = parts
  let stopped = true
  let pauseMs = EVERY_MS
  let ended: Promise<void> = Promise.resolve()
  let wake: (() => void) | null = null

  async function run(): Promise<void> {
    while (!stopped) {
      await rest()
      if (!stopped) await attempt(() => backlog.size() >= FULL_ROWS)
    }
  }

  /** Books one batch, and more as long as `again` says so. After a failure the next rest is longer. */
  async function attempt(again: () => boolean): Promise<void> {
    try {
      do await bookBatch(parts)
      while (again())
      pauseMs = EVERY_MS
    } catch (error) {
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      metrics.flushFailures.inc()
      log.warn({ err: error, rows: backlog.size(), pauseMs }, 'usage could not be booked yet')
    }
  }

  function rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, pauseMs)
      wake = done
      function done() {
        clearTimeout(timer)
        wake = null
        resolve()
      }
    })
  }

  return {
    start() {
      stopped = false
      ended = run()
    },
    nudge() {
      if (backlog.size() >= FULL_ROWS && pauseMs === EVERY_MS) wake?.()
    },
    async drain(giveUp) {
      stopped = true
      wake?.()
      const stop = () => wake?.()
      giveUp.addEventListener('abort', stop)
      await ended
      while (backlog.size() > 0 && !giveUp.aborted) {
        await attempt(() => backlog.size() > 0 && !giveUp.aborted)
        if (backlog.size() > 0 && !giveUp.aborted) await rest()
      }
      giveUp.removeEventListener('abort', stop)
      return backlog.size() === 0
    },
  }
}

async function bookBatch(parts: Parts): Promise<void> {
  try {
    await bookRows(parts, parts.backlog.take(MOST_ROWS))
  } finally {
    parts.backlog.finish()
  }
}

/** One refused row must not hold up the others: the batch is halved until it stands alone. */
async function bookRows(parts: Parts, rows: readonly UsageRow[]): Promise<void> {
  if (rows.length === 0) return
  const costs = costsOf(rows)
  try {
    const answer = await parts.exchange((authority) => authority.settle(jsonOf(rows), keysOf(costs)))
    for (const [window, cost] of costs) window.lease = book(window.lease, cost)
    parts.leases.apply(answer.windows)
    for (const row of rows) letGo(parts.journal, row)
  } catch (error) {
    if (!isRefusedData(error)) throw error
    const [row] = rows
    if (rows.length === 1 && row) return setAside(parts, row, error)
    const half = rows.length >> 1
    await bookRows(parts, rows.slice(0, half))
    await bookRows(parts, rows.slice(half))
  }
}

function jsonOf(rows: readonly UsageRow[]): Buffer {
  return arrayOf(rows.flatMap(({ kept }) => kept ?? []))
}

function costsOf(rows: readonly UsageRow[]): Map<Window, NanoUsd> {
  const costs = new Map<Window, NanoUsd>()
  for (const { windows, cost } of rows) {
    for (const window of windows) costs.set(window, (costs.get(window) ?? 0n) + cost)
  }
  return costs
}

function keysOf(costs: ReadonlyMap<Window, NanoUsd>): WindowKey[] {
  return [...costs.keys()].map(({ budgetId, start }) => ({ budgetId, windowStart: start }))
}

function letGo(journal: Journal, row: UsageRow): void {
  row.booked = true
  if (row.kind === 'refused') return
  if (row.mark.segment) journal.done(row.mark.segment)
  if (row.kind === 'settled' && row.admitted.segment) journal.done(row.admitted.segment)
}

/** Its cost stays set aside, and its line in the journal, for a person to look at; each start tries it again. */
function setAside({ log, metrics }: Parts, row: UsageRow, error: unknown): void {
  row.booked = true
  metrics.rowsRefused.inc()
  const kept = row.kind === 'refused' ? {} : { segment: row.mark.segment?.path }
  log.error({ err: error, row: String(jsonOf([row])), ...kept }, 'the database refuses a usage row')
}
