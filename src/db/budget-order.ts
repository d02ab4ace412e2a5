import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import { BUDGET_STANDINGS, type BudgetWord, NEAR_PERCENT } from '../domain/budget.ts'
import type { ScopeType } from '../domain/scope.ts'
import { activeRaises, type BudgetRow, listedBudgets } from './budgets.ts'

/** A place in the order of nearness, to go on after. */
export type Nearness = { nearness: string; id: string }

type Asked = {
  limit: number
  after: Nearness | undefined
  standing: BudgetWord | undefined
  q: string | undefined
  /** Whether `q` is looked for in the names of people, too. */
  namesPeople: boolean
  scopeType: ScopeType | undefined
  scopeId: string | undefined
  userId: string | undefined
  within: Within
}

/** More than this is spent of no limit that anybody looks at: so much stays in order. */
const MOST_PPM = sql`100000000000::numeric`

/** Of a budget `b` with what is in its window: the word that matters most, as `standingOf` says it. */
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
  const { limit, after, standing, q, namesPeople } = asked
  const nearest = db
    .selectFrom(stood(db, asked).as('b'))
    .selectAll('b')
    .$if(standing !== undefined, (query) => query.where('b.standing', '=', standing ?? 'open'))
    .$if(q !== undefined, (query) => query.where(calledSo(q ?? '', namesPeople)))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(-b.nearness::numeric, b.id) > (-${after?.nearness}::numeric, ${after?.id})`),
    )
    .orderBy(sql`b.nearness::numeric`, 'desc')
    .orderBy('b.id')
    .limit(limit)
  // Raises are looked up of the page alone.
  return db
    .selectFrom(nearest.as('budgets'))
    .selectAll('budgets')
    .select(activeRaises)
    .orderBy(sql`budgets.nearness::numeric`, 'desc')
    .orderBy('budgets.id')
    .execute()
}

/** How many budgets stand how, of all that are seen. */
export async function countBudgets(db: Db, within: Within): Promise<Record<BudgetWord, number>> {
  const all = { scopeType: undefined, scopeId: undefined, userId: undefined, within }
  const rows = await db
    .selectFrom(stood(db, all).as('b'))
    .select(['b.standing', sql<number>`count(*)::int`.as('many')])
    .groupBy('b.standing')
    .execute()
  const found = new Map(rows.map(({ standing, many }) => [standing, many]))
  const counted = BUDGET_STANDINGS.map((standing) => [standing, found.get(standing) ?? 0])
  // Each word once.
  return Object.fromEntries(counted) as Record<BudgetWord, number>
}

/** What a list is about, with how it stands. */
function stood(db: Db, filter: Parameters<typeof listedBudgets>[1]) {
  return db
    .selectFrom(listedBudgets(db, filter).as('b'))
    .selectAll('b')
    .select([STANDING.as('standing'), NEARNESS.as('nearness')])
}

/** The tables of whose names a budget's scope may have; an environment is called with its project's. */
const NAMED = ['organization', 'teams', 'projects', 'users', 'service_accounts', 'keys'] as const

function calledSo(q: string, namesPeople: boolean): RawBuilder<boolean> {
  const has = (name: RawBuilder<unknown>) => sql`strpos(lower(${name}), lower(${q})) > 0`
  const scopes = NAMED.filter((table) => namesPeople || table !== 'users').map(
    (table) => sql`select id from ${sql.table(table)} where ${has(sql.ref('name'))}`,
  )
  const environments = sql`select e.id from environments e join projects p on p.id = e.project_id
    where ${has(sql`p.name || ' / ' || e.name`)}`
  return sql`(${has(sql.ref('b.name'))}
    or b.scope_id in (${sql.join([...scopes, environments], sql` union all `)}))`
}
