import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Teams } from './schema.ts'
import { whereFound } from './search.ts'
import { whereTeamWithin } from './within.ts'

export type TeamRow = Selectable<Teams>

export function insertTeam(db: Db, team: { id: string; name: string }): Promise<TeamRow> {
  return db.insertInto('teams').values(team).returningAll().executeTakeFirstOrThrow()
}

export function findTeam(db: Db, teamId: string): Promise<TeamRow | undefined> {
  return db.selectFrom('teams').selectAll().where('id', '=', teamId).executeTakeFirst()
}

/** Locks the team until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockTeam(db: Db, teamId: string): Promise<TeamRow | undefined> {
  return db.selectFrom('teams').selectAll().where('id', '=', teamId).forUpdate().executeTakeFirst()
}

/** Teams in order of creation, after `cursor`: those in reach, and those that a project in reach is in. */
export function listTeams(
  db: Db,
  {
    limit,
    cursor,
    within,
    q,
  }: { limit: number; cursor: string | undefined; within: Within; q: string | undefined },
): Promise<TeamRow[]> {
  return db
    .selectFrom('teams')
    .selectAll()
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .where(whereTeamWithin(within, 'id'))
    .$if(q !== undefined, (query) => query.where(whereFound(q ?? '', 'id', ['name'])))
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function setTeam(
  db: Db,
  teamId: string,
  values: { name?: string | undefined; archivedAt?: Date | null | undefined },
): Promise<TeamRow> {
  return db
    .updateTable('teams')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', teamId)
    .returningAll()
    .executeTakeFirstOrThrow()
}
