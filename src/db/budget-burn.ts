import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { BudgetPeriod } from '../domain/budget.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { ScopeType } from '../domain/scope.ts'

/** A window of a budget, how it stands at `now`, and what was burnt up to it. */
export type CourseRow = {
  budgetId: string
  name: string
  kind: 'hard' | 'soft'
  period: BudgetPeriod
  timeZone: string
  scopeType: ScopeType
  scopeId: string
  /** Of a part of a budget for each member: whose. */
  userId: string | null
  windowStart: Date
  windowEnd: Date
  /** From which window on the spend counts together with this one's. */
  alertSince: Date
  limitNanoUsd: NanoUsd
  spentNanoUsd: NanoUsd
  now: Date
  burnSince: Date
  burntNanoUsd: NanoUsd
}

/** A window with its burn of the last `hours`, across windows; undefined when it is not there. */
export async function findCourse(
  db: Db,
  { budgetId, windowStart, hours }: { budgetId: string; windowStart: Date; hours: number },
): Promise<CourseRow | undefined> {
  const { rows } = await courses(hours, sql`b.id = ${budgetId} and w.window_start = ${windowStart}`).execute(
    db,
  )
  return rows[0]
}

/** The windows of now, of budgets with this period, in order of the budget's id and after `cursor`. */
export async function listCourses(
  db: Db,
  { period, hours, cursor, limit }: { period: BudgetPeriod; hours: number; cursor: string; limit: number },
): Promise<CourseRow[]> {
  const { rows } = await courses(
    hours,
    sql`b.period = ${period} and b.deleted_at is null and b.id > ${cursor}
      and w.window_start <= now() and w.window_end > now() and w.spent_nano_usd > 0
      order by b.id limit ${limit}`,
  ).execute(db)
  return rows
}

/**
 * Burnt is what the windows since the last sample before the time hold more than that sample: between it and the time
 * nothing changed, or there would be a later one. Without a sample it is all that this window holds.
 */
function courses(hours: number, where: RawBuilder<unknown>) {
  const from = sql`now() - make_interval(hours => ${hours})`
  return sql<CourseRow>`
    select b.id as budget_id, b.name, b.kind, b.period, b.time_zone, b.scope_type, b.scope_id, b.user_id,
      w.window_start, w.window_end, budget_alert_since(b.period, w.window_start) as alert_since,
      stands.total_limit_nano_usd as limit_nano_usd, stands.total_spent_nano_usd as spent_nano_usd, now() as now,
      case when sample.at is null then greatest(w.window_start, b.created_at) else ${from} end as burn_since,
      case when sample.at is null then w.spent_nano_usd else greatest(0, (
        select sum(counted.spent_nano_usd)::int8 from budget_windows counted
        where counted.budget_id = b.id and counted.window_start between sample.window_start and w.window_start
      ) - sample.spent_nano_usd) end as burnt_nano_usd
    from budgets b
    join budget_windows w on w.budget_id = b.id
    cross join lateral budget_standing(b.id, w.window_start) stands
    left join lateral (
      select s.at, s.window_start, s.spent_nano_usd from budget_burn s
      where s.budget_id = b.id and s.at <= ${from} order by s.at desc limit 1
    ) sample on true
    where ${where}`
}

const SAMPLE_MINUTES = 60
/** A little more than the longest time that is looked back. */
const KEPT_HOURS = 170

/** Notes what the windows of now hold, of each budget at most once an hour and only when it has changed. */
export async function sampleBurn(db: Db): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into budget_burn (budget_id, window_start, spent_nano_usd)
    select w.budget_id, w.window_start, w.spent_nano_usd
    from budgets b
    join budget_windows w on w.budget_id = b.id
    left join lateral (
      select s.at, s.window_start, s.spent_nano_usd from budget_burn s
      where s.budget_id = b.id order by s.at desc limit 1
    ) last on true
    where b.deleted_at is null and w.window_start <= now() and w.window_end > now() and w.spent_nano_usd > 0
      and (last.at is null or last.at <= now() - make_interval(mins => ${SAMPLE_MINUTES})
        and (last.window_start, last.spent_nano_usd) <> (w.window_start, w.spent_nano_usd))
    on conflict do nothing`.execute(db)
  return Number(numAffectedRows ?? 0)
}

/** Forgets samples that nobody looks back to: the last one before that time stays. */
export async function deleteOldBurn(db: Db, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from budget_burn where (budget_id, at) in (
      select old.budget_id, old.at from budget_burn old
      where exists (
        select from budget_burn later
        where later.budget_id = old.budget_id and later.at > old.at
          and later.at < now() - make_interval(hours => ${KEPT_HOURS})
      )
      limit ${limit}
    )`.execute(db)
  return Number(numAffectedRows ?? 0)
}
