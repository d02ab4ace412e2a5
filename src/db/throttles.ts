import { sql } from 'kysely'
import type { Db } from '../app.ts'
import { delays, FORGET_SECONDS } from '../domain/throttle.ts'

const DELAYS = delays()

/**
 * Counts one try before it is made, and blocks the key for as long as so many failures take, in one statement: of many
 * at the same time each waits for the one before. Returns for how many seconds it is blocked; null lets it through.
 */
export async function countTry(db: Db, key: string): Promise<number | null> {
  const failures = sql`case when throttles.updated_at < clock_timestamp() - make_interval(secs => ${FORGET_SECONDS})
    then 1 else throttles.failures + 1 end`
  const delay = sql`(${DELAYS}::int[])[least(${failures}, ${DELAYS.length})]`
  const counted = await sql`
    insert into throttles (key, failures) values (${key}, 1)
    on conflict (key) do update set
      failures = ${failures},
      blocked_until = clock_timestamp() + make_interval(secs => ${delay}),
      updated_at = clock_timestamp()
    where coalesce(throttles.blocked_until <= clock_timestamp(), true)
    returning failures`.execute(db)
  if (counted.rows.length > 0) return null
  return (await findBlockedSeconds(db, key)) ?? 1
}

/** For how many seconds more the key is blocked; null when it is not. */
export async function findBlockedSeconds(db: Db, key: string): Promise<number | null> {
  const left = await sql<{ seconds: number }>`
    select greatest(1, ceil(extract(epoch from blocked_until - clock_timestamp())))::int as seconds
    from throttles where key = ${key} and blocked_until > clock_timestamp()`.execute(db)
  return left.rows[0]?.seconds ?? null
}

/** Takes one try back, and what it made the next one wait. */
export async function uncountTry(db: Db, key: string): Promise<void> {
  await db
    .updateTable('throttles')
    .set({ failures: sql<number>`greatest(failures - 1, 0)`, blockedUntil: null })
    .where('key', '=', key)
    .execute()
}

export async function forgetTries(db: Db, keys: readonly string[]): Promise<void> {
  await db.deleteFrom('throttles').where('key', 'in', keys).execute()
}

/** What was counted so long ago that it would count for nothing. */
export async function deleteOldTries(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('throttles')
    .select('key')
    .where('updatedAt', '<', sql<Date>`now() - make_interval(secs => ${FORGET_SECONDS})`)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  const { numDeletedRows } = await db.deleteFrom('throttles').where('key', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
