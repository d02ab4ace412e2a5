import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { SignIns } from './schema.ts'

/** How long somebody has for their second factor. */
export const SIGN_IN_MINUTES = 10

export type SignInRow = Selectable<SignIns>

export async function insertSignIn(db: Db, signIn: Omit<Insertable<SignIns>, 'expiresAt'>): Promise<void> {
  const expiresAt = sql<Date>`now() + make_interval(mins => ${SIGN_IN_MINUTES})`
  await db
    .insertInto('signIns')
    .values({ ...signIn, expiresAt })
    .execute()
}

/** The sign-in under way with this hash, of somebody who is active; undefined when there is none any more. */
export function findSignIn(db: Db, hash: string): Promise<SignInRow | undefined> {
  return db
    .selectFrom('signIns')
    .innerJoin('users', 'users.id', 'signIns.userId')
    .selectAll('signIns')
    .where('signIns.hash', '=', hash)
    .where('signIns.usedAt', 'is', null)
    .where('signIns.expiresAt', '>', sql<Date>`clock_timestamp()`)
    .where('users.deactivatedAt', 'is', null)
    .executeTakeFirst()
}

/** Uses a sign-in up. False when it was used or has expired: of two at once, one becomes a session. */
export async function useSignIn(db: Db, signInId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('signIns')
    .set({ usedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', signInId)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * The person gave a second factor that is not enough by itself: now they add one that is. False when the sign-in was
 * used or has expired.
 */
export async function setSignInEnrols(db: Db, signInId: string, methods: string[]): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('signIns')
    .set({ needs: 'enrolment', methods })
    .where('id', '=', signInId)
    .where('needs', '=', 'factor')
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** What a person began is void: their password or their factors are others now. */
export async function voidSignIns(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('signIns').where('userId', '=', userId).where('usedAt', 'is', null).execute()
}

/** What was begun at a connection is void: by one person, or in one session at its provider. */
export async function voidSignInsOf(
  db: Db,
  which: { connectionId: string; userId: string } | { connectionId: string; ssoSid: string },
): Promise<void> {
  await db
    .deleteFrom('signIns')
    .where('usedAt', 'is', null)
    .where((eb) => eb.and(which))
    .execute()
}

export async function deleteOldSignIns(db: Db, limit: number): Promise<number> {
  const old = db.selectFrom('signIns').select('id').where('expiresAt', '<', sql<Date>`now()`).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('signIns').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
