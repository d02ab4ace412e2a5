import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Environments } from './schema.ts'
import { whereWithin } from './within.ts'

/** An environment and the team that owns its project. */
export type EnvironmentRow = Selectable<Environments> & { teamId: string }

export async function insertEnvironment(
  db: Db,
  environment: { id: string; projectId: string; name: string; kind: Environments['kind'] },
): Promise<void> {
  await db.insertInto('environments').values(environment).execute()
}

export function findEnvironment(db: Db, environmentId: string): Promise<EnvironmentRow | undefined> {
  return environments(db).where('environments.id', '=', environmentId).executeTakeFirst()
}

/** Locks the environment until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockEnvironment(db: Db, environmentId: string): Promise<EnvironmentRow | undefined> {
  return environments(db)
    .where('environments.id', '=', environmentId)
    .forUpdate('environments')
    .executeTakeFirst()
}

/** Environments in order of creation, after `cursor`. */
export function listEnvironments(
  db: Db,
  {
    limit,
    cursor,
    within,
    teamId,
    projectId,
  }: {
    limit: number
    cursor?: string | undefined
    within: Within
    teamId?: string | undefined
    projectId?: string | undefined
  },
): Promise<EnvironmentRow[]> {
  return environments(db)
    .where((eb) =>
      eb.and([
        whereWithin(within, { team: 'projects.teamId', project: 'projects.id' }),
        ...(cursor === undefined ? [] : [eb('environments.id', '>', cursor)]),
        ...(teamId === undefined ? [] : [eb('projects.teamId', '=', teamId)]),
        ...(projectId === undefined ? [] : [eb('environments.projectId', '=', projectId)]),
      ]),
    )
    .orderBy('environments.id')
    .limit(limit)
    .execute()
}

export async function setEnvironment(
  db: Db,
  environmentId: string,
  values: { name?: string | undefined; archivedAt?: Date | null | undefined },
): Promise<void> {
  await db
    .updateTable('environments')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', environmentId)
    .execute()
}

function environments(db: Db) {
  return db
    .selectFrom('environments')
    .innerJoin('projects', 'projects.id', 'environments.projectId')
    .selectAll('environments')
    .select('projects.teamId')
}
