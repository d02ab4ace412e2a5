import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'

/** The calls of the ledger's functions (`0020_lease_slices.sql`): the only way the program changes money. */

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
  /** What is set aside for nobody. Less than nothing after the limit fell: what comes free then is not to be spent. */
  leftNanoUsd: NanoUsd
}

/** A window of which a node asked for more. */
export type TakenState = WindowState & {
  /** What it lacks of what it wanted. */
  missingNanoUsd: NanoUsd
  /** Others have been asked to give back what they have free, and not all have answered. */
  recallable: boolean
  /** When something is missing: what is set aside for other nodes that do not answer. */
  outOfReachNanoUsd: NanoUsd
}

export type Answer<State = WindowState> = { databaseNow: Date; windows: State[] }

export type LeaseRow = WindowKey & { amountNanoUsd: NanoUsd }

/** What a node asks for: money free to use in a budget's current window. */
export type LeaseRequest = {
  budgetId: string
  /** Where it has a lease, and what of that it cannot do without. */
  known: Needed | null
  /** It uses nothing beyond `known` until it is answered: the rest is given back first. */
  surrenders: boolean
  /** What it should have free, for calls that wait. */
  wantNanoUsd: NanoUsd
  /** What it would like to have free, so as not to ask again soon. */
  wishNanoUsd: NanoUsd
  /** When it was first told that there is too little, if it was. */
  askedSince: Date | null
}

export type Needed = WindowKey & { neededNanoUsd: NanoUsd }

const STANDING = sql`standing.total_limit_nano_usd, standing.total_spent_nano_usd, standing.resets_at`

/**
 * `turn` numbers the questions of a node in the order in which it asks them. One that is carried out after a later one
 * was answered changes no lease.
 */
export async function takeLeases(
  db: Db,
  nodeId: string,
  turn: bigint,
  requests: readonly LeaseRequest[],
): Promise<Answer<TakenState>> {
  const budgetIds = requests.map((request) => request.budgetId)
  const starts = requests.map((request) => request.known?.windowStart ?? null)
  const needed = requests.map((request) => request.known?.neededNanoUsd ?? null)
  const surrenders = requests.map((request) => request.surrenders)
  const wants = requests.map((request) => request.wantNanoUsd)
  const wishes = requests.map((request) => request.wishNanoUsd)
  const since = requests.map((request) => request.askedSince)
  const { rows } = await sql<AnswerRow<TakenState>>`
    select clock_timestamp() as database_now, taken.*, ${STANDING},
      case when taken.missing_nano_usd > 0 then ledger_out_of_reach(taken.budget_id, taken.window_start, ${nodeId}, (
        select min(since) from unnest(${budgetIds}::text[], ${since}::timestamptz[]) asked (id, since)
        where id = taken.budget_id)) else 0 end as out_of_reach_nano_usd
    from (values (1)) one
    left join ledger_take(${nodeId}, ${turn}, ${budgetIds}, ${starts}::timestamptz[], ${needed}::int8[],
      ${surrenders}::boolean[], ${wants}::int8[], ${wishes}::int8[], ${since}::timestamptz[]) taken on true
    left join budget_standing(taken.budget_id, taken.window_start) standing on true`.execute(db)
  return answerOf(rows)
}

/** `batch` is a JSON array of usage rows, as text or bytes; `windows` are those that its rows charge. */
export async function settleUsage(
  db: Db,
  nodeId: string,
  turn: bigint,
  batch: string | Buffer,
  windows: readonly WindowKey[],
): Promise<Answer> {
  const budgetIds = windows.map((window) => window.budgetId)
  const starts = windows.map((window) => window.windowStart)
  const { rows } = await sql<AnswerRow<WindowState>>`
    select clock_timestamp() as database_now, settled.*, ${STANDING}
    from (values (1)) one
    left join ledger_settle(${nodeId}, ${turn}, ${batch}::json, ${budgetIds}, ${starts}::timestamptz[]) settled on true
    left join budget_standing(settled.budget_id, settled.window_start) standing on true`.execute(db)
  return answerOf(rows)
}

/** Lowers each lease to `neededNanoUsd` and gives the rest back. `recalled` when others wait for it. */
export async function giveBackLeases(
  db: Db,
  nodeId: string,
  turn: bigint,
  leases: readonly Needed[],
  recalled: boolean,
): Promise<Answer> {
  const budgetIds = leases.map((lease) => lease.budgetId)
  const starts = leases.map((lease) => lease.windowStart)
  const needed = leases.map((lease) => lease.neededNanoUsd)
  const { rows } = await sql<AnswerRow<WindowState>>`
    select clock_timestamp() as database_now, given.*, ${STANDING}
    from (values (1)) one
    left join ledger_give_back(${nodeId}, ${turn}, ${budgetIds}, ${starts}::timestamptz[], ${needed}::int8[],
      ${recalled}) given on true
    left join budget_standing(given.budget_id, given.window_start) standing on true`.execute(db)
  return answerOf(rows)
}

export function listLeases(db: Db, nodeId: string): Promise<LeaseRow[]> {
  return db
    .selectFrom('leases')
    .select(['budgetId', 'windowStart', 'amountNanoUsd'])
    .where('nodeId', '=', nodeId)
    .execute()
}

/** The one row of an answer about no window has nothing but the time. Thresholds are told of by a sweep (`alerts.ts`). */
type AnswerRow<State> = { databaseNow: Date; raisedThresholds: number[] | null } & (
  | State
  | { budgetId: null }
)

function answerOf<State extends WindowState>(rows: readonly AnswerRow<State>[]): Answer<State> {
  const [first] = rows
  if (!first) throw new Error('The database gave no answer.')
  const windows = rows.flatMap(({ databaseNow: _, raisedThresholds: __, ...window }) =>
    // What is left of a row that names a budget is the state of its window.
    window.budgetId === null ? [] : (window as unknown as State),
  )
  return { databaseNow: first.databaseNow, windows }
}
