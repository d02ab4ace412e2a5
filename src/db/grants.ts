import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Permission } from '../domain/permission.ts'
import { grantAllows } from './grant-allows.ts'
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

/** Up to `limit` people who hold this there and may give some role, those first whose role is nearest. */
export async function listGivers(
  db: Db,
  permission: Permission,
  place: { teamId: string | null; projectId: string | null; production: boolean },
  limit: number,
): Promise<{ userId: string; name: string }[]> {
  const { teamId, projectId, production } = place
  const { rows } = await sql<{ userId: string; name: string }>`
    select g.user_id, u.name
    from grants g join users u on u.id = g.user_id left join roles r on r.id = g.role_id and r.deleted_at is null
    where g.revoked_at is null and (g.expires_at is null or g.expires_at > now()) and u.deactivated_at is null
      and (g.scope_type = 'organization' or g.scope_type = 'team' and g.team_id = ${teamId}
        or g.project_id = ${projectId})
      and (g.production or not ${production})
      and ${grantAllows('grant:create')} and ${grantAllows(permission)}
    group by g.user_id, u.name
    order by min(case g.scope_type when 'project' then 1 when 'team' then 2 else 3 end), g.user_id
    limit ${limit}`.execute(db)
  return rows
}
