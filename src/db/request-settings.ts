import type { Selectable, Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { RequestSettings } from './schema.ts'

export type RequestSettingsRow = Omit<Selectable<RequestSettings>, 'singleton'>

export function findRequestSettings(db: Db): Promise<RequestSettingsRow> {
  return db.selectFrom('requestSettings').selectAll().executeTakeFirstOrThrow()
}

export function lockRequestSettings(db: Db): Promise<RequestSettingsRow> {
  return db.selectFrom('requestSettings').selectAll().forUpdate().executeTakeFirstOrThrow()
}

export function setRequestSettings(db: Db, values: Updateable<RequestSettings>): Promise<RequestSettingsRow> {
  return db
    .updateTable('requestSettings')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .returningAll()
    .executeTakeFirstOrThrow()
}
