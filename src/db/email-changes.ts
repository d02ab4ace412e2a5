import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { EmailChanges } from './schema.ts'

/** How long the link to the new address works. */
export const CONFIRM_HOURS = 24
/** How long whoever reads mail at the old address can stop the change, or take it back. */
export const STOP_DAYS = 7

export type EmailChangeRow = Selectable<EmailChanges>

type NewEmailChange = Omit<Insertable<EmailChanges>, 'expiresAt' | 'stoppableUntil'>

/** A change that waits for its link. Those that the person asked for before, and did not make, are void. */
export async function insertEmailChange(db: Db, change: NewEmailChange): Promise<void> {
  await db
    .deleteFrom('emailChanges')
    .where('userId', '=', change.userId)
    .where('confirmedAt', 'is', null)
    .execute()
  await db
    .insertInto('emailChanges')
    .values({
      ...change,
      expiresAt: sql<Date>`now() + make_interval(hours => ${CONFIRM_HOURS})`,
      stoppableUntil: sql<Date>`now() + make_interval(days => ${STOP_DAYS})`,
    })
    .execute()
}

/** The change that a link to the new address makes, while it can: its person is active, and at the old address. */
export function findEmailChange(db: Db, hash: string): Promise<EmailChangeRow | undefined> {
  return db
    .selectFrom('emailChanges')
    .innerJoin('users', (join) =>
      join.onRef('users.id', '=', 'emailChanges.userId').onRef('users.email', '=', 'emailChanges.oldEmail'),
    )
    .selectAll('emailChanges')
    .where('emailChanges.hash', '=', hash)
    .where('emailChanges.confirmedAt', 'is', null)
    .where('emailChanges.stoppedAt', 'is', null)
    .where('emailChanges.expiresAt', '>', sql<Date>`clock_timestamp()`)
    .where('users.deactivatedAt', 'is', null)
    .executeTakeFirst()
}

/** The change that a link to the old address stops, while it can. */
export function findStoppableEmailChange(db: Db, stopHash: string): Promise<EmailChangeRow | undefined> {
  return db
    .selectFrom('emailChanges')
    .innerJoin('users', 'users.id', 'emailChanges.userId')
    .selectAll('emailChanges')
    .where('stopHash', '=', stopHash)
    .where('stoppedAt', 'is', null)
    .where('stoppableUntil', '>', sql<Date>`clock_timestamp()`)
    .where('users.deactivatedAt', 'is', null)
    .executeTakeFirst()
}

/** Notes that the change is made. */
export async function setEmailChangeConfirmed(db: Db, changeId: string): Promise<void> {
  await db
    .updateTable('emailChanges')
    .set({ confirmedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', changeId)
    .execute()
}

/**
 * Stops this change and every later one of the same person: whoever moved the address on cannot take it back in their
 * turn. Returns those that had been made.
 */
export async function stopEmailChangesFrom(
  db: Db,
  { createdAt, userId }: Pick<EmailChangeRow, 'createdAt' | 'userId'>,
): Promise<EmailChangeRow[]> {
  const stopped = await db
    .updateTable('emailChanges')
    .set({ stoppedAt: sql<Date>`clock_timestamp()` })
    .where('userId', '=', userId)
    .where('createdAt', '>=', createdAt)
    .where('stoppedAt', 'is', null)
    .returningAll()
    .execute()
  return stopped.filter(({ confirmedAt }) => confirmedAt !== null)
}

export async function deleteOldEmailChanges(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('emailChanges')
    .select('id')
    .where('stoppableUntil', '<', sql<Date>`now()`)
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('emailChanges').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
