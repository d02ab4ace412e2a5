import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** The hash of a person's password; null for who has none. */
export async function findPasswordHash(db: Db, userId: string): Promise<string | null> {
  const row = await db.selectFrom('passwords').select('hash').where('userId', '=', userId).executeTakeFirst()
  return row?.hash ?? null
}

export async function setPasswordHash(db: Db, userId: string, hash: string): Promise<void> {
  await db
    .insertInto('passwords')
    .values({ userId, hash })
    .onConflict((conflict) => conflict.column('userId').doUpdateSet({ hash, setAt: sql<Date>`now()` }))
    .execute()
}
