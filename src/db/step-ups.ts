import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** How long a confirmation waits to be given and, once given, to be used. */
const VALID_MINUTES = 5

type NewStepUp = { id: string; sessionId: string; operation: string; requestHash: string }

export async function insertStepUp(db: Db, stepUp: NewStepUp): Promise<void> {
  const expiresAt = sql<Date>`clock_timestamp() + make_interval(mins => ${VALID_MINUTES})`
  await db
    .insertInto('stepUps')
    .values({ ...stepUp, expiresAt })
    .execute()
}

/** A request that waits to be confirmed, and whose it is; undefined when it has waited too long. */
export function findStepUp(db: Db, stepUpId: string) {
  return db
    .selectFrom('stepUps')
    .innerJoin('sessions', 'sessions.id', 'stepUps.sessionId')
    .selectAll('stepUps')
    .select('sessions.userId')
    .where('stepUps.id', '=', stepUpId)
    .where('stepUps.expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
}

/** Notes that the person said yes. False when it is not theirs, has expired, or was confirmed or used before. */
export async function setStepUpConfirmed(
  db: Db,
  stepUp: { id: string; userId: string; method: string },
): Promise<boolean> {
  const theirs = db
    .selectFrom('sessions')
    .select('id')
    .where('userId', '=', stepUp.userId)
    .where('endedAt', 'is', null)
  const { numUpdatedRows } = await db
    .updateTable('stepUps')
    .set({ confirmedAt: sql<Date>`clock_timestamp()`, method: stepUp.method })
    .where('id', '=', stepUp.id)
    .where('sessionId', 'in', theirs)
    .where('confirmedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Whether this very request was confirmed, in this session, and the confirmation can still be used. */
export async function isConfirmed(
  db: Db,
  stepUp: { id: string; sessionId: string; operation: string; requestHash: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('stepUps')
    .select('id')
    .where((eb) => eb.and(stepUp))
    .where('confirmedAt', 'is not', null)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Uses a confirmation up, in the transaction of the change, which may ask again. False when another was faster, or it
 * has expired.
 */
export async function useStepUp(db: Db, stepUpId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('stepUps')
    .set({ usedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', stepUpId)
    .where('confirmedAt', 'is not', null)
    .where(
      sql<boolean>`(used_at is null and expires_at > clock_timestamp() or xmin = pg_current_xact_id()::xid)`,
    )
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The audit trail says what was confirmed: a day later nobody asks for the rest. */
export async function deleteOldStepUps(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('stepUps')
    .select('id')
    .where('expiresAt', '<', sql<Date>`now() - interval '1 day'`)
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('stepUps').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
