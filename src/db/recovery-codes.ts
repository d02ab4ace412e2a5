import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** These take the place of all that the person had. */
export async function replaceRecoveryCodes(db: Db, userId: string, hashes: string[]): Promise<void> {
  await deleteRecoveryCodes(db, userId)
  await db
    .insertInto('recoveryCodes')
    .values(hashes.map((hash) => ({ hash, userId })))
    .execute()
}

export async function deleteRecoveryCodes(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('recoveryCodes').where('userId', '=', userId).execute()
}

/** Uses a code up. False when it is not this person's or was used: of two at once, one is right. */
export async function useRecoveryCode(db: Db, code: { hash: string; userId: string }): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('recoveryCodes')
    .set({ usedAt: sql<Date>`clock_timestamp()` })
    .where((eb) => eb.and(code))
    .where('usedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function countRecoveryCodes(db: Db, userId: string): Promise<number> {
  const { count } = await db
    .selectFrom('recoveryCodes')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('userId', '=', userId)
    .where('usedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}
