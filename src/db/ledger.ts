import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'

/** The calls of the ledger's functions (`0002_ledger.sql`): the only way the program changes money. */

export type WindowKey = { budgetId: string; windowStart: Date }

/** How one window stands at the authority, and what this node has of it. */
export type WindowState = WindowKey & {
  /** Until when this holds: the end of the window, or of a raise within it. */
  windowEnd: Date
  limitNanoUsd: NanoUsd
  spentNanoUsd: NanoUsd
  leaseNanoUsd: NanoUsd
  /** The limit and the spend as people count them: of the 24 hours that end now, where the window is one of their cells. */
  totalLimitNanoUsd: NanoUsd
  totalSpentNanoUsd: NanoUsd
  /** When there is more to spend: see `budget_standing`. */
  resetsAt: Date | null
  /** Thresholds, in percent, that the window's spend reached just now. */
  raisedThresholds: number[]
}

export type Answer = { databaseNow: Date; windows: WindowState[] }

export type LeaseRow = WindowKey & { amountNanoUsd: NanoUsd }

/** What a node asks for: a lease on a budget's current window. `known` gives back, first, what it no longer needs. */
export type LeaseRequest = { budgetId: string; known: { windowStart: Date; neededNanoUsd: NanoUsd } | null }

const STANDING = sql`standing.total_limit_nano_usd, standing.total_spent_nano_usd, standing.resets_at`

export async function takeLeases(db: Db, nodeId: string, requests: readonly LeaseRequest[]): Promise<Answer> {
  const budgetIds = requests.map((request) => request.budgetId)
  const starts = requests.map((request) => request.known?.windowStart ?? null)
  const needed = requests.map((request) => request.known?.neededNanoUsd ?? null)
  const { rows } = await sql<AnswerRow>`
    select clock_timestamp() as database_now, taken.*, ${STANDING}
    from (values (1)) one
    left join ledger_take(${nodeId}, ${budgetIds}, ${starts}::timestamptz[], ${needed}::int8[]) taken on true
    left join budget_standing(taken.budget_id, taken.window_start) standing on true`.execute(db)
  return answerOf(rows)
}

/** `batch` is a JSON array of usage rows, as text or bytes; `windows` are those that its rows charge. */
export async function settleUsage(
  db: Db,
  nodeId: string,
  batch: string | Buffer,
  windows: readonly WindowKey[],
): Promise<Answer> {
  const budgetIds = windows.map((window) => window.budgetId)
  const starts = windows.map((window) => window.windowStart)
  const { rows } = await sql<AnswerRow>`
    select clock_timestamp() as database_now, settled.*, ${STANDING}
    from (values (1)) one
    left join ledger_settle(${nodeId}, ${batch}::json, ${budgetIds}, ${starts}::timestamptz[]) settled on true
    left join budget_standing(settled.budget_id, settled.window_start) standing on true`.execute(db)
  return answerOf(rows)
}

/** Lowers each lease to `neededNanoUsd` and gives the rest back. */
export async function giveBackLeases(
  db: Db,
  nodeId: string,
  leases: readonly (WindowKey & { neededNanoUsd: NanoUsd })[],
): Promise<void> {
  const budgetIds = leases.map((lease) => lease.budgetId)
  const starts = leases.map((lease) => lease.windowStart)
  const needed = leases.map((lease) => lease.neededNanoUsd)
  await sql`select ledger_give_back(${nodeId}, ${budgetIds}, ${starts}::timestamptz[], ${needed}::int8[])`.execute(
    db,
  )
}

export function listLeases(db: Db, nodeId: string): Promise<LeaseRow[]> {
  return db
    .selectFrom('leases')
    .select(['budgetId', 'windowStart', 'amountNanoUsd'])
    .where('nodeId', '=', nodeId)
    .execute()
}

/** The one row of an answer about no window has nothing but the time. */
type AnswerRow = { databaseNow: Date } & (WindowState | { budgetId: null })

function answerOf(rows: readonly AnswerRow[]): Answer {
  const [first] = rows
  if (!first) throw new Error('The database gave no answer.')
  const windows = rows.flatMap(({ databaseNow: _, ...window }) => (window.budgetId === null ? [] : window))
  return { databaseNow: first.databaseNow, windows }
}
