import { sql } from 'kysely'
import type { Db } from '../app.ts'

const SETUP = 7_236_504

/** One set-up at a time, until this transaction ends. */
export async function lockSetup(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${SETUP})`.execute(db)
}

/** Remembers a new set-up link by its hash, and forgets those that have expired. */
export async function insertSetupLink(db: Db, hash: string, validMinutes: number): Promise<void> {
  await db.deleteFrom('setupLinks').where('expiresAt', '<', sql<Date>`now()`).execute()
  const expiresAt = sql<Date>`now() + make_interval(mins => ${validMinutes})`
  await db.insertInto('setupLinks').values({ hash, expiresAt }).execute()
}

/** Uses a link up. False when there is no such link, or it has expired or been used. */
export async function useSetupLink(db: Db, hash: string): Promise<boolean> {
  const used = await db
    .updateTable('setupLinks')
    .set({ usedAt: sql<Date>`now()` })
    .where('hash', '=', hash)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`now()`)
    .executeTakeFirst()
  return used.numUpdatedRows === 1n
}

/** Whether the demo provider was ever connected: one that somebody archived stays archived. */
export async function hasDemoProvider(db: Db): Promise<boolean> {
  const row = await db.selectFrom('providers').select('id').where('kind', '=', 'demo').executeTakeFirst()
  return row !== undefined
}
