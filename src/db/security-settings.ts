import { type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { SecuritySettings } from './schema.ts'

export type SecurityRow = Selectable<SecuritySettings>

export function findSecuritySettings(db: Db): Promise<SecurityRow> {
  return db.selectFrom('securitySettings').selectAll().executeTakeFirstOrThrow()
}

export function lockSecuritySettings(db: Db): Promise<SecurityRow> {
  return db.selectFrom('securitySettings').selectAll().forUpdate().executeTakeFirstOrThrow()
}

export function setSecuritySettings(db: Db, values: Updateable<SecuritySettings>): Promise<SecurityRow> {
  return db
    .updateTable('securitySettings')
    .set({ ...values, version: sql<number>`version + 1` })
    .returningAll()
    .executeTakeFirstOrThrow()
}
