import { type Insertable, type Selectable, type SqlBool, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Connections } from './schema.ts'

/** A connection with the domains whose people it signs in, in order. */
export type ConnectionRow = Selectable<Connections> & { domains: string[] }

export async function insertConnection(db: Db, connection: Insertable<Connections>): Promise<void> {
  await db.insertInto('connections').values(connection).execute()
}

export function findConnection(db: Db, connectionId: string): Promise<ConnectionRow | undefined> {
  return connections(db).where('connections.id', '=', connectionId).executeTakeFirst()
}

/** Locks the connection until the transaction ends, so that what is decided on it still holds when it is written. */
export async function lockConnection(db: Db, connectionId: string): Promise<ConnectionRow | undefined> {
  await db.selectFrom('connections').select('id').where('id', '=', connectionId).forUpdate().execute()
  return findConnection(db, connectionId)
}

/** Connections in order of creation, after `cursor`, archived ones included. */
export function listConnections(
  db: Db,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ConnectionRow[]> {
  return connections(db)
    .where((eb) => (cursor === undefined ? eb.lit(true) : eb('connections.id', '>', cursor)))
    .orderBy('connections.id')
    .limit(limit)
    .execute()
}

/** Where people can sign in now. */
export function listEnabledConnections(db: Db): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('connections')
    .select(['id', 'name'])
    .where('enabled', '=', true)
    .orderBy('name')
    .execute()
}

/** The enabled connection whose people have addresses in this domain. */
export function findConnectionOfDomain(
  db: Db,
  domain: string,
): Promise<{ id: string; name: string; enforced: boolean } | undefined> {
  return db
    .selectFrom('connections')
    .innerJoin('connectionDomains', 'connectionDomains.connectionId', 'connections.id')
    .select(['connections.id', 'connections.name', 'connections.enforced'])
    .where('connectionDomains.domain', '=', domain)
    .where('connections.enabled', '=', true)
    .executeTakeFirst()
}

export async function isAnyEnforced(db: Db): Promise<boolean> {
  return (
    (await db.selectFrom('connections').select('id').where('enforced', '=', true).executeTakeFirst()) !==
    undefined
  )
}

export async function setConnection(
  db: Db,
  connectionId: string,
  values: Updateable<Connections>,
): Promise<void> {
  await db
    .updateTable('connections')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', connectionId)
    .execute()
}

export async function setConnectionDomains(
  db: Db,
  connectionId: string,
  domains: readonly string[],
): Promise<void> {
  await db.deleteFrom('connectionDomains').where('connectionId', '=', connectionId).execute()
  if (domains.length === 0) return
  const rows = domains.map((domain) => ({ domain, connectionId }))
  await db.insertInto('connectionDomains').values(rows).execute()
}

/**
 * The living sessions that this connection, now enforced, would not have begun: of people of its domains who did not
 * sign in there, and have no way around it.
 */
export function listSessionsAround(db: Db, connectionId: string): Promise<{ id: string }[]> {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .innerJoin('connectionDomains', (join) =>
      join.on(sql<SqlBool>`connection_domains.domain = split_part(users.email, '@', 2)`),
    )
    .select('sessions.id')
    .where('connectionDomains.connectionId', '=', connectionId)
    .where('sessions.endedAt', 'is', null)
    .where('sessions.connectionId', 'is distinct from', connectionId)
    .where('users.breakGlass', '=', false)
    .execute()
}

function connections(db: Db) {
  return db
    .selectFrom('connections')
    .selectAll('connections')
    .select(
      sql<
        string[]
      >`array(select domain from connection_domains where connection_id = connections.id order by domain)`.as(
        'domains',
      ),
    )
}
