import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import { BUDGET_STANDINGS, type BudgetWord } from '../domain/budget.ts'
import type { ScopeType } from '../domain/scope.ts'
import { type BudgetRow, listedBudgets } from './budgets.ts'

/** A place in the order of nearness, to go on after. */
export type Nearness = { nearness: string; id: string }

type Asked = {
  limit: number
  after: Nearness | undefined
  standing: BudgetWord | undefined
  q: string | undefined
  scopeType: ScopeType | undefined
  scopeId: string | undefined
  userId: string | undefined
  within: Within
}

/** More than this is spent of no limit that anybody looks at: so much stays in order. */
const MOST_PPM = sql`100000000000::numeric`
/** The share that counts as nearly spent. */
const NEAR_PERCENT = 80

/** Of a budget `b` with what is in its window: the word that matters most (see `BUDGET_STANDINGS`). */
const STANDING = sql<BudgetWord>`case
  when b.per_member then 'open'
  when b.total_spent_nano_usd::numeric * 100 >= b.total_limit_nano_usd::numeric * b.suspend_at_percent then 'suspended'
  when b.total_spent_nano_usd >= b.total_limit_nano_usd then case b.kind when 'hard' then 'refusing' else 'over' end
  when b.total_spent_nano_usd::numeric * 100 >= b.total_limit_nano_usd::numeric * b.throttle_at_percent then 'throttled'
  when b.total_spent_nano_usd::numeric * 100 >= b.total_limit_nano_usd::numeric * ${sql.lit(NEAR_PERCENT)} then 'near'
  else 'open' end`

/**
 * How near its end the budget `b` is, as a whole number: what stops calls first, then by the millionths of its limit that
 * are spent; of nothing, all is. What is for each member has nothing spent of the whole, and comes last.
 */
const NEARNESS = sql<string>`(case
  when b.per_member then -1
  else case ${STANDING} when 'suspended' then 2 when 'refusing' then 1 else 0 end * ${MOST_PPM} * 10 + case
    when b.total_limit_nano_usd = 0 then 1000000
    else least(trunc(b.total_spent_nano_usd::numeric * 1000000 / b.total_limit_nano_usd), ${MOST_PPM}) end
  end)::text`

/**
 * Budgets that are nearest to their end first, after `after`; those that stand as `standing`, and those in whose name,
 * or in that of whose they are, `q` is. What is spent between two pages moves budgets: one may be on both, or on none.
 */
export async function listByNearness(db: Db, asked: Asked): Promise<(BudgetRow & Nearness)[]> {
  const { limit, after, standing, q } = asked
  const rows = db
    .selectFrom(standingOf(db, asked).as('b'))
    .selectAll('b')
    .$if(standing !== undefined, (query) => query.where('b.standing', '=', standing ?? 'open'))
    .$if(q !== undefined, (query) => query.where(calledSo(q ?? '')))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(-b.nearness::numeric, b.id) > (-${after?.nearness}::numeric, ${after?.id})`),
    )
    .orderBy(sql`b.nearness::numeric`, 'desc')
    .orderBy('b.id')
    .limit(limit)
  return rows.execute()
}

/** How many budgets stand how, of all that are seen. */
export async function countBudgets(db: Db, within: Within): Promise<Record<BudgetWord, number>> {
  const all = { scopeType: undefined, scopeId: undefined, userId: undefined, within }
  const rows = await db
    .selectFrom(standingOf(db, all).as('b'))
    .select(['b.standing', sql<number>`count(*)::int`.as('many')])
    .groupBy('b.standing')
    .execute()
  const found = new Map(rows.map(({ standing, many }) => [standing, many]))
  const counted = BUDGET_STANDINGS.map((standing) => [standing, found.get(standing) ?? 0])
  // Each word once.
  return Object.fromEntries(counted) as Record<BudgetWord, number>
}

function standingOf(db: Db, filter: Parameters<typeof listedBudgets>[1]) {
  return db
    .selectFrom(listedBudgets(db, filter).as('b'))
    .selectAll('b')
    .select([STANDING.as('standing'), NEARNESS.as('nearness')])
}

/** The tables of whose names a budget's scope may have. */
const NAMED = [
  'organization',
  'teams',
  'projects',
  'environments',
  'users',
  'service_accounts',
  'keys',
] as const

function calledSo(q: string): RawBuilder<boolean> {
  const has = (name: RawBuilder<unknown>) => sql`strpos(lower(${name}), lower(${q})) > 0`
  const scopes = NAMED.map((table) => sql`select id from ${sql.table(table)} where ${has(sql.ref('name'))}`)
  return sql`(${has(sql.ref('b.name'))} or b.scope_id in (${sql.join(scopes, sql` union all `)}))`
}
