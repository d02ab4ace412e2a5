import type { Logger } from 'pino'
import type { WindowKey } from '../db/ledger.ts'
import { book } from '../domain/lease.ts'
import type { NanoUsd } from '../domain/money.ts'
import { keyOf, type Window } from './accounts.ts'
import { isRefusedData } from './authority.ts'
import type { Backlog } from './backlog.ts'
import type { Batch } from './batch.ts'
import type { Exchange } from './exchange.ts'
import type { Journal, Segment } from './journal.ts'
import type { Leases } from './leases.ts'
import type { LedgerMetrics } from './metrics.ts'
import type { StoredSettledRow } from './usage-row.ts'

/** So many rows are not kept waiting, and no batch that is full. */
const MANY_ROWS = 500
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
  /** Books every quarter of a second, or as soon as many rows wait. */
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
      if (!stopped) await attempt(manyWait)
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

  function manyWait(): boolean {
    return backlog.size() >= MANY_ROWS || backlog.hasFullBatch()
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
      if (pauseMs === EVERY_MS && manyWait()) wake?.()
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
  const batch = parts.backlog.oldest()
  if (!batch) return
  await bookRows(parts, batch, batch.booked, batch.rows)
  parts.backlog.drop(batch)
}

/** One refused row must not hold up the others: the batch is halved until it stands alone. */
async function bookRows(parts: Parts, batch: Batch, from: number, to: number): Promise<void> {
  const json = batch.json(from, to)
  const costs = from === 0 && to === batch.rows ? batch.costs : costsIn(json, parts.leases)
  try {
    await parts.exchange(
      (authority) => authority.settle(json, keysOf(costs)),
      ({ windows }) => {
        for (const [window, cost] of costs) window.lease = book(window.lease, cost)
        parts.leases.apply(windows)
      },
    )
    for (let row = from; row < to; row++) letGo(parts.journal, batch.segmentsOf(row))
    batch.booked = to
  } catch (error) {
    if (!isRefusedData(error)) {
      batch.inDoubt = true
      throw error
    }
    if (to - from === 1) return setAside(parts, batch, from, error)
    const half = from + ((to - from) >> 1)
    await bookRows(parts, batch, from, half)
    await bookRows(parts, batch, half, to)
  }
}

/** Of a part of a batch, which has its sums only as a whole. The cast holds because `usage-row.ts` wrote the text. */
function costsIn(json: Buffer, leases: Leases): Map<Window, NanoUsd> {
  const costs = new Map<Window, NanoUsd>()
  for (const row of JSON.parse(String(json)) as StoredSettledRow[]) {
    for (const window of leases.windowsOf(row)) {
      costs.set(window, (costs.get(window) ?? 0n) + BigInt(row.cost_nano_usd))
    }
  }
  return costs
}

function keysOf(costs: ReadonlyMap<Window, NanoUsd>): WindowKey[] {
  return [...costs.keys()].map(keyOf)
}

function letGo(journal: Journal, segments: readonly (Segment | null)[]): void {
  for (const segment of segments) if (segment) journal.done(segment)
}

/** Its cost stays set aside, and its line in the journal, for a person to look at; each start tries it again. */
function setAside({ log, metrics }: Parts, batch: Batch, row: number, error: unknown): void {
  batch.booked = row + 1
  metrics.rowsRefused.inc()
  const [line] = batch.segmentsOf(row)
  const kept = { row: String(batch.json(row, row + 1)), segment: line?.path }
  log.error({ err: error, ...kept }, 'the database refuses a usage row')
}
