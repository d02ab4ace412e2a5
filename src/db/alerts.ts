import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { AlertKind } from '../domain/alert-text.ts'
import type { BudgetPeriod } from '../domain/budget.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { ScopeType } from '../domain/scope.ts'
import type { ScopedFilter } from './rate-limits.ts'
import type { Alerts } from './schema.ts'
import { scopes } from './scopes.ts'
import { whereWithin } from './within.ts'

/*
 *  the ledger's function marks ──▶ budget_alerts ──a sweep tells──▶ alerts + notices
 */

const TURN = 7_236_524

/** Whether it is our turn to tell, until the transaction ends: while somebody else has it, they tell all there is. */
export async function takeAlertTurn(db: Db): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(${TURN}) as taken`.execute(
    db,
  )
  return rows[0]?.taken ?? false
}

/** A threshold that the ledger saw a window's spend reach. */
export type AlertMark = {
  budgetId: string
  period: BudgetPeriod
  windowStart: Date
  threshold: number
  limitNanoUsd: NanoUsd
  spentNanoUsd: NanoUsd
  raisedAt: Date
}

/**
 * Takes up to `limit` marks that nobody was told of, oldest first: they are told when the transaction commits. Of one
 * window the highest threshold comes first.
 */
export async function takeUntoldMarks(db: Db, limit: number): Promise<AlertMark[]> {
  const { rows } = await sql<AlertMark>`
    with taken as (
      update budget_alerts a set told_at = now()
      from (
        select budget_id, window_start, threshold, limit_nano_usd from budget_alerts
        where told_at is null order by raised_at limit ${limit}
      ) untold
      where a.budget_id = untold.budget_id and a.window_start = untold.window_start
        and a.threshold = untold.threshold and a.limit_nano_usd = untold.limit_nano_usd
      returning a.*
    )
    select t.budget_id, b.period, t.window_start, t.threshold, t.limit_nano_usd, t.spent_nano_usd, t.raised_at
    from taken t join budgets b on b.id = t.budget_id
    order by t.budget_id, t.window_start desc, t.threshold desc`.execute(db)
  return rows
}

/** Looks again at up to `limit` windows of which a mark may be due, since somebody else was looking. Answers how many. */
export async function lookAgain(db: Db, limit: number): Promise<number> {
  const { rows } = await sql<{ looked: number }>`select ledger_look_again(${limit}) as looked`.execute(db)
  return rows[0]?.looked ?? 0
}

export async function insertAlert(db: Db, alert: Insertable<Alerts>): Promise<void> {
  await db.insertInto('alerts').values(alert).execute()
}

type Reached = { budgetId: string; since: Date; limitNanoUsd: NanoUsd }

/** Whether this threshold was told since then at a spend that is past it under this limit too. */
export async function wasThresholdTold(
  db: Db,
  { budgetId, since, limitNanoUsd, percent }: Reached & { percent: number },
): Promise<boolean> {
  const { rows } = await sql`
    select from alerts
    where budget_id = ${budgetId} and percent = ${percent} and window_start >= ${since}
      and spent_nano_usd::numeric * 100 >= ${limitNanoUsd}::numeric * percent
    limit 1`.execute(db)
  return rows.length > 0
}

/** Whether one of these kinds was told since then of this limit or of a higher one. */
export async function wasTold(
  db: Db,
  { budgetId, since, limitNanoUsd, kinds }: Reached & { kinds: AlertKind[] },
): Promise<boolean> {
  const { rows } = await sql`
    select from alerts
    where budget_id = ${budgetId} and kind = any(${kinds}) and window_start >= ${since}
      and limit_nano_usd >= ${limitNanoUsd}
    limit 1`.execute(db)
  return rows.length > 0
}

export type Refusing = { budgetId: string; period: BudgetPeriod; windowStart: Date; refusedCalls: number }

/** The budgets that refused at least so many calls in the last hour, within their window of now. */
export async function listRefusingBudgets(db: Db, leastCalls: number): Promise<Refusing[]> {
  const { rows } = await sql<Refusing>`
    select b.id as budget_id, b.period, w.window_start, count(*)::int as refused_calls
    from usage u
    join budgets b on b.id = u.refused_by and b.deleted_at is null
    join budget_windows w on w.budget_id = b.id and w.window_start <= now() and w.window_end > now()
    where u.refused_by is not null and u.admitted_at > now() - interval '1 hour'
      and u.admitted_at >= budget_alert_since(b.period, w.window_start)
    group by b.id, w.window_start
    having count(*) >= ${leastCalls}
    order by b.id`.execute(db)
  return rows
}

export type AlertRow = Selectable<Alerts> & {
  budgetName: string
  period: BudgetPeriod
  scopeType: ScopeType
  scopeId: string
}

/** Alerts, newest first, before the one whose id is `cursor`: of budgets that were deleted since, too. */
export function listAlerts(
  db: Db,
  filter: ScopedFilter & { kind: AlertKind | undefined; budgetId: string | undefined },
): Promise<AlertRow[]> {
  const { limit, cursor, scopeType, scopeId, within, kind, budgetId } = filter
  return db
    .selectFrom('alerts')
    .innerJoin('budgets', 'budgets.id', 'alerts.budgetId')
    .innerJoin(scopes(db), (join) =>
      join
        .onRef('scopes.scopeType', '=', 'budgets.scopeType')
        .onRef('scopes.scopeId', '=', 'budgets.scopeId'),
    )
    .selectAll('alerts')
    .select(['budgets.name as budgetName', 'budgets.period', 'budgets.scopeId', 'scopes.scopeType'])
    .$if(cursor !== undefined, (query) => query.where('alerts.id', '<', cursor ?? ''))
    .$if(scopeType !== undefined, (query) => query.where('budgets.scopeType', '=', scopeType ?? ''))
    .$if(scopeId !== undefined, (query) => query.where('budgets.scopeId', '=', scopeId ?? ''))
    .$if(budgetId !== undefined, (query) => query.where('alerts.budgetId', '=', budgetId ?? ''))
    .where((eb) => eb.and(kind === undefined ? [] : [eb('alerts.kind', '=', kind)]))
    .where(whereWithin(within, { team: 'scopes.teamId', project: 'scopes.projectId' }))
    .orderBy('alerts.id', 'desc')
    .limit(limit)
    .execute()
}
