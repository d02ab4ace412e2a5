import { sql } from 'kysely'
import type { Db } from '../app.ts'
import { newId } from '../ids.ts'

const ID_KINDS = { budgets: 'bud', rate_limits: 'rlm' } as const

/**
 * Makes the user's part of a budget or rate limit for each member, a copy of it, unless they have one. Waits for
 * whoever changes the whole, so that no part misses a change.
 */
export async function insertPart(
  db: Db,
  table: keyof typeof ID_KINDS,
  wholeId: string,
  userId: string,
): Promise<void> {
  const rules = sql.table(table)
  const own = sql`jsonb_build_object('id', ${newId(ID_KINDS[table])}::text, 'member_of', whole.id,
    'user_id', ${userId}::text, 'per_member', false, 'created_at', now())`
  await sql`
    insert into ${rules}
    select part.*
    from (
      select * from ${rules} where id = ${wholeId} and per_member and deleted_at is null for share
    ) whole, jsonb_populate_record(null::${rules}, to_jsonb(whole) || ${own}) part
    on conflict (member_of, user_id) where member_of is not null do nothing`.execute(db)
}
