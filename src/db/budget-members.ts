import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { BudgetChange } from './budgets.ts'

/** A user who has a part of a budget for each member, and how it stands in the window that holds now. */
export type MemberRow = {
  /** The user's. */
  id: string
  email: string
  name: string
  /** Null until one of their keys is used. */
  budgetId: string | null
  limitNanoUsd: bigint
  /** With what was prorated of it, and raises that hold now. */
  totalLimitNanoUsd: bigint
  ownLimit: boolean
  spentNanoUsd: bigint
  leasedNanoUsd: bigint
  version: number
}

/** Those who own a key in the budget's scope, or have a part of it, by their ids, after `cursor`. */
export async function listMembers(
  db: Db,
  budgetId: string,
  { limit, cursor, userId }: { limit: number; cursor?: string | undefined; userId?: string },
): Promise<MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    select u.id, u.email, u.name, part.id as budget_id,
      coalesce(part.limit_nano_usd, whole.limit_nano_usd) as limit_nano_usd,
      coalesce(part.own_limit, false) as own_limit, coalesce(part.version, whole.version) as version,
      stands.total_limit_nano_usd, stands.total_spent_nano_usd as spent_nano_usd,
      stands.total_leased_nano_usd as leased_nano_usd
    from budgets whole
    cross join users u
    left join budgets part on part.member_of = whole.id and part.user_id = u.id
    cross join budget_window(whole.period, whole.time_zone, clock_timestamp()) span
    cross join lateral budget_standing(coalesce(part.id, whole.id), span.window_start) stands
    where whole.id = ${budgetId}
      and u.id > ${cursor ?? ''} and u.id = coalesce(${userId ?? null}, u.id)
      and (part.id is not null or exists (
        select from keys k
        join environments e on e.id = k.environment_id
        join projects p on p.id = e.project_id
        where k.user_id = u.id and k.state not in ('revoked', 'expired')
          and whole.scope_id = case whole.scope_type when 'project' then p.id when 'team' then p.team_id
            else whole.scope_id end))
    order by u.id
    limit ${limit}`.execute(db)
  return rows
}

/** Changes the parts as the budget that they follow was changed. A limit of one's own stays, with its name. */
export async function setParts(
  db: Db,
  budgetId: string,
  { limitNanoUsd, name, proratedStart, proratedNanoUsd, ...values }: BudgetChange,
): Promise<string[]> {
  // In the order in which the ledger locks those that it is asked about.
  await db
    .selectFrom('budgets')
    .select('id')
    .where('memberOf', '=', budgetId)
    .where('deletedAt', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  const rows = await db
    .updateTable('budgets')
    .set((eb) => ({
      ...values,
      limitNanoUsd: unlessOwn(limitNanoUsd, 'limitNanoUsd'),
      name: unlessOwn(name, 'name'),
      proratedStart: unlessOwn(proratedStart, 'proratedStart'),
      proratedNanoUsd: unlessOwn(proratedNanoUsd, 'proratedNanoUsd'),
      version: eb('version', '+', 1),
    }))
    .where('memberOf', '=', budgetId)
    .where('deletedAt', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

function unlessOwn<Value>(value: Value | undefined, column: string) {
  return value === undefined
    ? undefined
    : sql<Value>`case when own_limit then ${sql.ref(column)} else ${value} end`
}
