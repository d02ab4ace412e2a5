import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { PartsFilter } from './rate-limits.ts'
import type { Budgets } from './schema.ts'
import { type Lying, scopeOf, scopePlace } from './scopes.ts'
import { whereWithin } from './within.ts'

export type BudgetRow = Selectable<Budgets> &
  Lying & {
    /** The window that holds now, by the database's clock; for `rolling_24h` its last cell. */
    windowStart: Date
    windowEnd: Date
    /** What it allows, and what is in it: see `budget_standing`. */
    totalLimitNanoUsd: bigint
    totalSpentNanoUsd: bigint
    totalLeasedNanoUsd: bigint
    resetsAt: Date | null
    /** Those that hold now. Money comes as text: a number in JSON does not hold it. */
    raises: { id: string; amountNanoUsd: string; endsAt: string; reason: string }[]
  }

type Terms = Pick<
  Selectable<Budgets>,
  | 'name'
  | 'kind'
  | 'limitNanoUsd'
  | 'onShort'
  | 'thresholds'
  | 'throttleAtPercent'
  | 'throttleRequestsPerMinute'
  | 'suspendAtPercent'
  | 'proratedStart'
  | 'proratedNanoUsd'
  | 'ownLimit'
>

export type BudgetChange = { [K in keyof Terms]?: Terms[K] | undefined } & { deletedAt?: Date }

/** The window of such a budget that holds at this moment, which is the database's. */
export async function findWindow(
  db: Db,
  { period, timeZone }: { period: string; timeZone: string },
): Promise<{ at: Date; windowStart: Date; windowEnd: Date }> {
  const { rows } = await sql<{ at: Date; windowStart: Date; windowEnd: Date }>`
    select moment.at, span.* from (select clock_timestamp() as at) moment,
    budget_window(${period}, ${timeZone}, moment.at) span`.execute(db)
  const [row] = rows
  if (!row) throw new Error('every moment lies in a window')
  return row
}

export async function insertBudget(db: Db, budget: Insertable<Budgets>): Promise<void> {
  await db.insertInto('budgets').values(budget).execute()
}

export function findBudget(db: Db, budgetId: string): Promise<BudgetRow | undefined> {
  return live(db).where('budgets.id', '=', budgetId).executeTakeFirst()
}

/** Those of these budgets that are there, with what is in their windows. */
export async function findBudgets(db: Db, budgetIds: readonly string[]): Promise<BudgetRow[]> {
  return budgetIds.length === 0 ? [] : live(db).where('budgets.id', 'in', budgetIds).execute()
}

/** Not against who only points to it: see `openAccount`. */
export async function lockBudget(db: Db, budgetId: string): Promise<BudgetRow | undefined> {
  await db.selectFrom('budgets').select('id').where('id', '=', budgetId).forNoKeyUpdate().execute()
  return findBudget(db, budgetId)
}

/** Budgets in order of creation, after `cursor`; with a user, their parts of budgets for each member instead. */
export function listBudgets(db: Db, filter: PartsFilter): Promise<BudgetRow[]> {
  const { limit, cursor } = filter
  return listedBudgets(db, filter)
    .select(activeRaises)
    .$if(cursor !== undefined, (query) => query.where('budgets.id', '>', cursor ?? ''))
    .orderBy('budgets.id')
    .limit(limit)
    .execute()
}

/** Those that a list is about, in no order, and without their raises. */
export function listedBudgets(
  db: Db,
  { scopeType, scopeId, userId, within }: Omit<PartsFilter, 'limit' | 'cursor'>,
) {
  return measured(db)
    .$if(scopeType !== undefined, (query) => query.where('budgets.scopeType', '=', scopeType ?? ''))
    .$if(scopeId !== undefined, (query) => query.where('budgets.scopeId', '=', scopeId ?? ''))
    .where('budgets.userId', userId === undefined ? 'is' : '=', userId ?? null)
    .where(whereWithin(within, { team: 'scopes.teamId', project: 'scopes.projectId' }))
}

export async function setBudget(db: Db, budgetId: string, values: BudgetChange): Promise<void> {
  await db
    .updateTable('budgets')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', budgetId)
    .execute()
}

type Standing = Pick<BudgetRow, 'totalLimitNanoUsd' | 'totalSpentNanoUsd' | 'totalLeasedNanoUsd' | 'resetsAt'>

/** Of what is called `budgets` in the query. */
export const activeRaises = sql<BudgetRow['raises']>`(
  select coalesce(json_agg(json_build_object(
    'id', id, 'amountNanoUsd', amount_nano_usd::text, 'endsAt', ends_at, 'reason', reason
  ) order by id), '[]')
  from budget_raises
  where budget_id = budgets.id and ended_at is null and ends_at > clock_timestamp()
)`.as('raises')

function live(db: Db) {
  return measured(db).select(activeRaises)
}

/** With what is in their windows. */
function measured(db: Db) {
  const currentWindow = sql<{
    windowStart: Date
    windowEnd: Date
  }>`budget_window(budgets.period, budgets.time_zone, clock_timestamp())`
  const standing = sql<Standing>`budget_standing(budgets.id, current_window.window_start)`
  return db
    .selectFrom('budgets')
    .innerJoinLateral(scopeOf(db, 'budgets'), (join) => join.onTrue())
    .innerJoinLateral(currentWindow.as<'currentWindow'>(sql.ref('current_window')), (join) => join.onTrue())
    .innerJoinLateral(standing.as<'standing'>(sql.ref('standing')), (join) => join.onTrue())
    .selectAll('budgets')
    .select([
      ...scopePlace,
      'currentWindow.windowStart',
      'currentWindow.windowEnd',
      'standing.totalLimitNanoUsd',
      'standing.totalSpentNanoUsd',
      'standing.totalLeasedNanoUsd',
      'standing.resetsAt',
    ])
    .where('budgets.deletedAt', 'is', null)
}
