import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Projects } from './schema.ts'
import { whereFound } from './search.ts'
import { whereWithin } from './within.ts'

export type ProjectRow = Selectable<Projects>

export function insertProject(
  db: Db,
  project: { id: string; teamId: string; name: string },
): Promise<ProjectRow> {
  return db.insertInto('projects').values(project).returningAll().executeTakeFirstOrThrow()
}

export function findProject(db: Db, projectId: string): Promise<ProjectRow | undefined> {
  return db.selectFrom('projects').selectAll().where('id', '=', projectId).executeTakeFirst()
}

/** Locks the project until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockProject(db: Db, projectId: string): Promise<ProjectRow | undefined> {
  return db.selectFrom('projects').selectAll().where('id', '=', projectId).forUpdate().executeTakeFirst()
}

/** Projects in order of creation, after `cursor`. */
export function listProjects(
  db: Db,
  {
    limit,
    cursor,
    within,
    teamId,
    q,
  }: {
    limit: number
    cursor: string | undefined
    within: Within
    teamId: string | undefined
    q: string | undefined
  },
): Promise<ProjectRow[]> {
  return db
    .selectFrom('projects')
    .selectAll()
    .where((eb) =>
      eb.and([
        whereWithin(within, { team: 'teamId', project: 'id' }),
        ...(cursor === undefined ? [] : [eb('id', '>', cursor)]),
        ...(teamId === undefined ? [] : [eb('teamId', '=', teamId)]),
        ...(q === undefined ? [] : [whereFound(q, 'id', ['name'])]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function setProject(
  db: Db,
  projectId: string,
  values: { name?: string | undefined; archivedAt?: Date | null | undefined },
): Promise<ProjectRow> {
  return db
    .updateTable('projects')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', projectId)
    .returningAll()
    .executeTakeFirstOrThrow()
}
