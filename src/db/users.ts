import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Users } from './schema.ts'
import { whereFound } from './search.ts'

export type UserRow = Selectable<Users>

export function insertUser(db: Db, user: { id: string; email: string; name: string }): Promise<UserRow> {
  return db.insertInto('users').values(user).returningAll().executeTakeFirstOrThrow()
}

export function findUser(db: Db, userId: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
}

/** The living person with this address. */
export function findActiveUser(db: Db, email: string): Promise<UserRow | undefined> {
  return db
    .selectFrom('users')
    .selectAll()
    .where('email', '=', email)
    .where('deactivatedAt', 'is', null)
    .executeTakeFirst()
}

/**
 * Locks the user until the transaction ends, so that what is decided on it still holds when it is written. Rows that
 * point to them can be written meanwhile (a notice, a delivery): or who holds a key and tells its owner, and who
 * offboards the owner and ends the key, would wait for each other.
 */
export function lockUser(db: Db, userId: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', userId).forNoKeyUpdate().executeTakeFirst()
}

export type UserFilter = {
  limit: number
  cursor?: string | undefined
  email?: string | undefined
  /** Part of the name or the address, or the id. */
  q?: string | undefined
  deactivated?: boolean | undefined
}

/** Users in order of creation, after `cursor`. */
export function listUsers(db: Db, filter: UserFilter): Promise<UserRow[]> {
  const { limit, cursor, email, q, deactivated } = filter
  return db
    .selectFrom('users')
    .selectAll()
    .where((eb) =>
      eb.and([
        ...(cursor === undefined ? [] : [eb('id', '>', cursor)]),
        ...(email === undefined ? [] : [eb('email', '=', email)]),
        ...(q === undefined ? [] : [whereFound(q, 'id', ['name', 'email'])]),
        ...(deactivated === undefined ? [] : [eb('deactivatedAt', deactivated ? 'is not' : 'is', null)]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function setUser(
  db: Db,
  userId: string,
  values: {
    email?: string | undefined
    name?: string | undefined
    deactivatedAt?: Date | null | undefined
    breakGlass?: boolean | undefined
  },
): Promise<UserRow> {
  return db
    .updateTable('users')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', userId)
    .returningAll()
    .executeTakeFirstOrThrow()
}
