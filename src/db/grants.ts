import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Grants } from './schema.ts'
import { whereWithin } from './within.ts'

/** A grant with the name of who holds it. */
export type GrantRow = Selectable<Grants> & {
  userName: string | null
  userEmail: string | null
  serviceAccountName: string | null
}

export async function insertGrant(db: Db, grant: Insertable<Grants>): Promise<void> {
  await db.insertInto('grants').values(grant).execute()
}

export function findGrant(db: Db, grantId: string): Promise<GrantRow | undefined> {
  return held(db).where('grants.id', '=', grantId).executeTakeFirst()
}

/** Locks the grant until the transaction ends, so that what is decided on it still holds when it is written. */
export function lockGrant(db: Db, grantId: string): Promise<GrantRow | undefined> {
  return held(db).where('grants.id', '=', grantId).forUpdate('grants').executeTakeFirst()
}

export type GrantFilter = {
  limit: number
  cursor?: string | undefined
  within: Within
  /** Whose own are listed wherever they are. */
  self: string | null
  userId?: string | undefined
  serviceAccountId?: string | undefined
  teamId?: string | undefined
  projectId?: string | undefined
  role?: string | undefined
}

/** Grants that nobody revoked, in order of creation, after `cursor`. */
export function listGrants(db: Db, filter: GrantFilter): Promise<GrantRow[]> {
  const { limit, cursor, within, self, userId, serviceAccountId, teamId, projectId, role } = filter
  return held(db)
    .where((eb) =>
      eb.and([
        eb('grants.revokedAt', 'is', null),
        eb.or([
          whereWithin(within, { team: 'grants.teamId', project: 'grants.projectId' }),
          eb('grants.userId', '=', self),
        ]),
        ...(cursor === undefined ? [] : [eb('grants.id', '>', cursor)]),
        ...(userId === undefined ? [] : [eb('grants.userId', '=', userId)]),
        ...(serviceAccountId === undefined ? [] : [eb('grants.serviceAccountId', '=', serviceAccountId)]),
        ...(teamId === undefined ? [] : [eb('grants.teamId', '=', teamId)]),
        ...(projectId === undefined ? [] : [eb('grants.projectId', '=', projectId)]),
        ...(role === undefined ? [] : [eb('grants.roleId', '=', role)]),
      ]),
    )
    .orderBy('grants.id')
    .limit(limit)
    .execute()
}

export async function setGrantRevoked(db: Db, grantId: string): Promise<void> {
  await db
    .updateTable('grants')
    .set({ revokedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', grantId)
    .execute()
}

/** Locks up to `limit` grants whose time has come, oldest first. Skips those that another sweeper holds. */
export function lockEndedGrants(db: Db, limit: number): Promise<GrantRow[]> {
  return held(db)
    .where('grants.revokedAt', 'is', null)
    .where('grants.expiresAt', '<=', sql<Date>`clock_timestamp()`)
    .orderBy('grants.expiresAt')
    .limit(limit)
    .forUpdate('grants')
    .skipLocked()
    .execute()
}

function held(db: Db) {
  return db
    .selectFrom('grants')
    .leftJoin('users', 'users.id', 'grants.userId')
    .leftJoin('serviceAccounts', 'serviceAccounts.id', 'grants.serviceAccountId')
    .selectAll('grants')
    .select([
      'users.name as userName',
      'users.email as userEmail',
      'serviceAccounts.name as serviceAccountName',
    ])
}
