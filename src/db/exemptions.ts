import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Exemptions } from './schema.ts'

export type ExemptionRow = Selectable<Exemptions>

export function insertExemption(db: Db, exemption: Insertable<Exemptions>): Promise<ExemptionRow> {
  return db.insertInto('exemptions').values(exemption).returningAll().executeTakeFirstOrThrow()
}

/** Locks the exemption until the transaction ends, so that it is ended once. */
export function lockExemption(db: Db, exemptionId: string): Promise<ExemptionRow | undefined> {
  return db.selectFrom('exemptions').selectAll().where('id', '=', exemptionId).forUpdate().executeTakeFirst()
}

/** Exemptions in order of creation, after `cursor`, those that ended included. */
export function listExemptions(
  db: Db,
  filter: {
    limit: number
    cursor: string | undefined
    documentId: string | undefined
    userId: string | undefined
  },
): Promise<ExemptionRow[]> {
  const { limit, cursor, documentId, userId } = filter
  return db
    .selectFrom('exemptions')
    .selectAll()
    .where((eb) =>
      eb.and([
        ...(cursor === undefined ? [] : [eb('id', '>', cursor)]),
        ...(documentId === undefined ? [] : [eb('documentId', '=', documentId)]),
        ...(userId === undefined ? [] : [eb('userId', '=', userId)]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function setExemptionRevoked(db: Db, exemptionId: string): Promise<ExemptionRow> {
  return db
    .updateTable('exemptions')
    .set({ revokedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', exemptionId)
    .returningAll()
    .executeTakeFirstOrThrow()
}
