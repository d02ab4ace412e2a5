import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { GrantRow } from './grants.ts'
import type { ConnectionMappings } from './schema.ts'

export type MappingRow = Selectable<ConnectionMappings>

export function insertMapping(db: Db, mapping: Insertable<ConnectionMappings>): Promise<MappingRow> {
  return db.insertInto('connectionMappings').values(mapping).returningAll().executeTakeFirstOrThrow()
}

/** Locks the mapping until the transaction ends, so that it is deleted once. */
export function lockMapping(db: Db, mappingId: string): Promise<MappingRow | undefined> {
  return db
    .selectFrom('connectionMappings')
    .selectAll()
    .where('id', '=', mappingId)
    .forUpdate()
    .executeTakeFirst()
}

/** All mappings of a connection, in order of creation. */
export function listMappingsOf(db: Db, connectionId: string): Promise<MappingRow[]> {
  return db
    .selectFrom('connectionMappings')
    .selectAll()
    .where('connectionId', '=', connectionId)
    .orderBy('id')
    .execute()
}

/** Mappings in order of creation, after `cursor`. */
export function listMappings(
  db: Db,
  filter: { limit: number; cursor: string | undefined; connectionId: string | undefined },
): Promise<MappingRow[]> {
  const { limit, cursor, connectionId } = filter
  return db
    .selectFrom('connectionMappings')
    .selectAll()
    .where((eb) =>
      eb.and([
        ...(cursor === undefined ? [] : [eb('id', '>', cursor)]),
        ...(connectionId === undefined ? [] : [eb('connectionId', '=', connectionId)]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function deleteMapping(db: Db, mappingId: string): Promise<void> {
  await db.deleteFrom('connectionMappings').where('id', '=', mappingId).execute()
}

export async function deleteMappingsOf(db: Db, connectionId: string): Promise<void> {
  await db.deleteFrom('connectionMappings').where('connectionId', '=', connectionId).execute()
}

/** The ids of the living grants that a connection gave: of one person, or of everybody. */
export function listGrantsOfConnection(
  db: Db,
  connectionId: string,
  userId?: string,
): Promise<Pick<GrantRow, 'id' | 'roleId' | 'teamId' | 'projectId' | 'production'>[]> {
  return db
    .selectFrom('grants')
    .select(['id', 'roleId', 'teamId', 'projectId', 'production'])
    .where('source', '=', 'sso')
    .where('sourceId', '=', connectionId)
    .where('revokedAt', 'is', null)
    .where((eb) => (userId === undefined ? eb.lit(true) : eb('userId', '=', userId)))
    .orderBy('id')
    .execute()
}
