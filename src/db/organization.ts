import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Organization } from './schema.ts'

export type OrganizationRow = Selectable<Organization>

export function findOrganization(db: Db): Promise<OrganizationRow | undefined> {
  return db.selectFrom('organization').selectAll().executeTakeFirst()
}

export function lockOrganization(db: Db): Promise<OrganizationRow | undefined> {
  return db.selectFrom('organization').selectAll().forUpdate().executeTakeFirst()
}

export function insertOrganization(
  db: Db,
  organization: { id: string; name: string; timeZone: string },
): Promise<OrganizationRow> {
  return db.insertInto('organization').values(organization).returningAll().executeTakeFirstOrThrow()
}

export function setOrganization(
  db: Db,
  values: { name?: string | undefined; timeZone?: string | undefined },
): Promise<OrganizationRow> {
  return db
    .updateTable('organization')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .returningAll()
    .executeTakeFirstOrThrow()
}
