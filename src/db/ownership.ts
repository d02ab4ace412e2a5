import { type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { OwnershipSettings } from './schema.ts'

export type OwnershipRow = Selectable<OwnershipSettings>

export function findOwnership(db: Db): Promise<OwnershipRow> {
  return db.selectFrom('ownershipSettings').selectAll().executeTakeFirstOrThrow()
}

export function lockOwnership(db: Db): Promise<OwnershipRow> {
  return db.selectFrom('ownershipSettings').selectAll().forUpdate().executeTakeFirstOrThrow()
}

export function setOwnership(db: Db, values: Updateable<OwnershipSettings>): Promise<OwnershipRow> {
  return db
    .updateTable('ownershipSettings')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Begins a round anew for every key: what was asked belonged to other dates. */
export async function resetAttestationNotices(db: Db): Promise<void> {
  await db
    .updateTable('keys')
    .set({ attestationNotices: 0, attestationNoticedAt: sql`null` })
    .where('attestationNotices', '>', 0)
    .execute()
}
