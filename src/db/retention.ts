import type { Selectable, Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Retention } from './schema.ts'

export type RetentionRow = Omit<Selectable<Retention>, 'singleton'>

export function findRetention(db: Db): Promise<RetentionRow> {
  return db.selectFrom('retention').selectAll().executeTakeFirstOrThrow()
}

export function lockRetention(db: Db): Promise<RetentionRow> {
  return db.selectFrom('retention').selectAll().forUpdate().executeTakeFirstOrThrow()
}

export function setRetention(db: Db, values: Updateable<Retention>): Promise<RetentionRow> {
  return db
    .updateTable('retention')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .returningAll()
    .executeTakeFirstOrThrow()
}
