import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { TotpFactors } from './schema.ts'

export type TotpFactorRow = Selectable<TotpFactors>

/** A factor that its app has still to prove. It takes the place of an earlier one that never was; false when one is in use. */
export async function insertTotpFactor(db: Db, factor: Insertable<TotpFactors>): Promise<boolean> {
  await db
    .deleteFrom('totpFactors')
    .where('userId', '=', factor.userId)
    .where('confirmedAt', 'is', null)
    .execute()
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('totpFactors')
    .values(factor)
    .onConflict((conflict) => conflict.column('userId').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export function findTotpFactor(db: Db, userId: string): Promise<TotpFactorRow | undefined> {
  return db.selectFrom('totpFactors').selectAll().where('userId', '=', userId).executeTakeFirst()
}

/** Uses a time step up. False when it, or a newer one, was used before: of many at once, one is right. */
export async function useTotpStep(db: Db, factorId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('totpFactors')
    .set({ lastStep: BigInt(step) })
    .where('id', '=', factorId)
    .where('lastStep', '<', BigInt(step))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function setTotpConfirmed(db: Db, factorId: string): Promise<void> {
  await db
    .updateTable('totpFactors')
    .set({ confirmedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', factorId)
    .execute()
}

/** Removes a person's authenticator app. False when none was in use. */
export async function deleteTotpFactor(db: Db, userId: string): Promise<boolean> {
  const row = await db
    .deleteFrom('totpFactors')
    .where('userId', '=', userId)
    .returning('confirmedAt')
    .executeTakeFirst()
  return row?.confirmedAt != null
}
