import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { SsoAttempts } from './schema.ts'

/** How long somebody has at their provider. */
export const ATTEMPT_MINUTES = 10

export type SsoAttemptRow = Selectable<SsoAttempts>

export async function insertSsoAttempt(
  db: Db,
  attempt: Omit<Insertable<SsoAttempts>, 'expiresAt'>,
): Promise<void> {
  const expiresAt = sql<Date>`clock_timestamp() + make_interval(mins => ${ATTEMPT_MINUTES})`
  await db
    .insertInto('ssoAttempts')
    .values({ ...attempt, expiresAt })
    .execute()
}

/**
 * Uses an attempt up and returns it: the one with this state, begun in this browser. Undefined when there is none, or
 * it was used, or is too old. In another browser it stays for the one that began.
 */
export function useSsoAttempt(
  db: Db,
  { stateHash, browserHash }: { stateHash: string; browserHash: string },
): Promise<SsoAttemptRow | undefined> {
  return db
    .updateTable('ssoAttempts')
    .set({ usedAt: sql<Date>`clock_timestamp()` })
    .where('stateHash', '=', stateHash)
    .where('browserHash', '=', browserHash)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .returningAll()
    .executeTakeFirst()
}

export async function deleteOldSsoAttempts(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('ssoAttempts')
    .select('stateHash')
    .where('expiresAt', '<', sql<Date>`now()`)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('ssoAttempts')
    .where('stateHash', 'in', old)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
