import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Deliveries } from './schema.ts'

export type DeliveryRow = Selectable<Deliveries> & { keyName: string }

export async function insertDelivery(db: Db, delivery: Insertable<Deliveries>): Promise<void> {
  await db.insertInto('deliveries').values(delivery).execute()
}

export function findDelivery(db: Db, deliveryId: string): Promise<DeliveryRow | undefined> {
  return shown(db).where('deliveries.id', '=', deliveryId).executeTakeFirst()
}

/** What waits for this person, or was opened by them, in order of creation. */
export function listDeliveries(
  db: Db,
  { userId, limit, cursor }: { userId: string; limit: number; cursor: string | undefined },
): Promise<DeliveryRow[]> {
  return shown(db)
    .where('deliveries.userId', '=', userId)
    .$if(cursor !== undefined, (query) => query.where('deliveries.id', '>', cursor ?? ''))
    .orderBy('deliveries.id')
    .limit(limit)
    .execute()
}

/** Opens a delivery that waits and is in time. Of any number at the same moment, one gets true. */
export async function setDeliveryOpened(db: Db, deliveryId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set({ openedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', deliveryId)
    .where('openedAt', 'is', null)
    .where('voidedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Nothing of this key can be opened any more. */
export async function voidDeliveries(db: Db, keyId: string): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ voidedAt: sql<Date>`clock_timestamp()` })
    .where('keyId', '=', keyId)
    .where('openedAt', 'is', null)
    .where('voidedAt', 'is', null)
    .execute()
}

function shown(db: Db) {
  return db
    .selectFrom('deliveries')
    .innerJoin('keys', 'keys.id', 'deliveries.keyId')
    .selectAll('deliveries')
    .select('keys.name as keyName')
}
