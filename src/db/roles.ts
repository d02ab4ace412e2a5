import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Roles } from './schema.ts'

export type RoleRow = Selectable<Roles>

export function insertRole(db: Db, role: Insertable<Roles>): Promise<RoleRow> {
  return db.insertInto('roles').values(role).returningAll().executeTakeFirstOrThrow()
}

/** A custom role; the built-in ones have no row. */
export function findRole(db: Db, roleId: string): Promise<RoleRow | undefined> {
  return db
    .selectFrom('roles')
    .selectAll()
    .where('id', '=', roleId)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()
}

/** Locks the role until the transaction ends, so that nobody gives it to somebody while it is changed or deleted. */
export function lockRole(db: Db, roleId: string): Promise<RoleRow | undefined> {
  return db
    .selectFrom('roles')
    .selectAll()
    .where('id', '=', roleId)
    .where('deletedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst()
}

/** Every custom role, in order of creation. */
export function listRoles(db: Db): Promise<RoleRow[]> {
  return db.selectFrom('roles').selectAll().where('deletedAt', 'is', null).orderBy('id').execute()
}

export function setRole(db: Db, roleId: string, values: Updateable<Roles>): Promise<RoleRow> {
  return db
    .updateTable('roles')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', roleId)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Whether a grant or a token that nobody took back has this role; what has merely expired counts as well. */
export async function isRoleInUse(db: Db, roleId: string): Promise<boolean> {
  const grant = db
    .selectFrom('grants')
    .select('id')
    .where('roleId', '=', roleId)
    .where('revokedAt', 'is', null)
  const token = db
    .selectFrom('apiTokens')
    .select('id')
    .where('roleId', '=', roleId)
    .where('revokedAt', 'is', null)
  return (await grant.unionAll(token).limit(1).executeTakeFirst()) !== undefined
}

/** Whether a grant or a token that nobody took back has this role in production. */
export async function isRoleInProduction(db: Db, roleId: string): Promise<boolean> {
  const grant = db
    .selectFrom('grants')
    .select('id')
    .where('roleId', '=', roleId)
    .where('production', '=', true)
    .where('revokedAt', 'is', null)
  const token = db
    .selectFrom('apiTokens')
    .select('id')
    .where('roleId', '=', roleId)
    .where('production', '=', true)
    .where('revokedAt', 'is', null)
  return (await grant.unionAll(token).limit(1).executeTakeFirst()) !== undefined
}
