import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { AuthorizationCodes } from './schema.ts'
import { findLivingSession, type SessionRow } from './sessions.ts'

/** The browser brings it to the command line at once. */
const AUTHORIZATION_CODE_SECONDS = 60

export async function insertAuthorizationCode(
  db: Db,
  code: Omit<Insertable<AuthorizationCodes>, 'expiresAt'>,
): Promise<void> {
  const expiresAt = sql<Date>`clock_timestamp() + make_interval(secs => ${AUTHORIZATION_CODE_SECONDS})`
  await db
    .insertInto('authorizationCodes')
    .values({ ...code, expiresAt })
    .execute()
}

/** Uses it up, whoever presents it: of two at once one gets it. Undefined when it is none, used or too old. */
export function takeAuthorizationCode(
  db: Db,
  hash: string,
): Promise<Selectable<AuthorizationCodes> | undefined> {
  return db
    .updateTable('authorizationCodes')
    .set({ usedAt: sql<Date>`clock_timestamp()` })
    .where('hash', '=', hash)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .returningAll()
    .executeTakeFirst()
}

/** Which session came of the code that was just used. */
export async function setCodeSession(db: Db, hash: string, madeSessionId: string): Promise<void> {
  await db.updateTable('authorizationCodes').set({ madeSessionId }).where('hash', '=', hash).execute()
}

/** The living session that came of a code when it was used. */
export async function findSessionOfUsedCode(db: Db, hash: string): Promise<SessionRow | undefined> {
  const code = await db
    .selectFrom('authorizationCodes')
    .select('madeSessionId')
    .where('hash', '=', hash)
    .executeTakeFirst()
  return code?.madeSessionId ? findLivingSession(db, code.madeSessionId) : undefined
}

/** Forgets those that are over for an hour: until then one that comes back is known. */
export async function deleteOldAuthorizationCodes(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('authorizationCodes')
    .select('hash')
    .where('expiresAt', '<', sql<Date>`now() - interval '1 hour'`)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('authorizationCodes')
    .where('hash', 'in', old)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
