import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { ServiceAccounts } from './schema.ts'
import { whereWithin } from './within.ts'

/** A service account and the team that owns its project. */
export type ServiceAccountRow = Selectable<ServiceAccounts> & { teamId: string }

export async function insertServiceAccount(db: Db, account: Insertable<ServiceAccounts>): Promise<void> {
  await db.insertInto('serviceAccounts').values(account).execute()
}

export function findServiceAccount(db: Db, accountId: string): Promise<ServiceAccountRow | undefined> {
  return serviceAccounts(db).where('serviceAccounts.id', '=', accountId).executeTakeFirst()
}

/** Locks the account until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockServiceAccount(db: Db, accountId: string): Promise<ServiceAccountRow | undefined> {
  return serviceAccounts(db)
    .where('serviceAccounts.id', '=', accountId)
    .forUpdate('serviceAccounts')
    .executeTakeFirst()
}

/** Service accounts in order of creation, after `cursor`. */
export function listServiceAccounts(
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
): Promise<ServiceAccountRow[]> {
  return serviceAccounts(db)
    .where((eb) =>
      eb.and([
        whereWithin(within, { team: 'projects.teamId', project: 'projects.id' }),
        ...(cursor === undefined ? [] : [eb('serviceAccounts.id', '>', cursor)]),
        ...(teamId === undefined ? [] : [eb('projects.teamId', '=', teamId)]),
        ...(projectId === undefined ? [] : [eb('serviceAccounts.projectId', '=', projectId)]),
      ]),
    )
    .orderBy('serviceAccounts.id')
    .limit(limit)
    .execute()
}

export async function setServiceAccount(
  db: Db,
  accountId: string,
  values: Updateable<ServiceAccounts>,
): Promise<void> {
  await db
    .updateTable('serviceAccounts')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', accountId)
    .execute()
}

function serviceAccounts(db: Db) {
  return db
    .selectFrom('serviceAccounts')
    .innerJoin('projects', 'projects.id', 'serviceAccounts.projectId')
    .selectAll('serviceAccounts')
    .select('projects.teamId')
}
