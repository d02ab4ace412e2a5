import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** Remembers a logout token until nobody would take it any more. False when it was there: it came before. */
export async function insertLogoutToken(db: Db, jtiHash: string, expiresAt: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('logoutTokens')
    .values({ jtiHash, expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function deleteOldLogoutTokens(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('logoutTokens')
    .select('jtiHash')
    .where('expiresAt', '<', sql<Date>`now()`)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('logoutTokens')
    .where('jtiHash', 'in', old)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
