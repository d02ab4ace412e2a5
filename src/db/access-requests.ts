import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { RequestKind, RequestState } from '../domain/access-request.ts'
import { grantAllows } from './grant-allows.ts'
import type { AccessRequestEvents, AccessRequests } from './schema.ts'
import { whereWithin } from './within.ts'

export type AccessRequestRow = Selectable<AccessRequests> & {
  requesterName: string
  requesterEmail: string
  /** How many approvals count. */
  approvalsGiven: number
}

export type AccessRequestEventRow = Selectable<AccessRequestEvents>

const DECISIONS = 7_236_507

/**
 * Waits until nobody else makes, changes or ends a request, or offboards who asked, and keeps the turn until the
 * transaction ends. What a decision does takes many locks; two at once would wait for each other.
 */
export async function takeTurn(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${DECISIONS})`.execute(db)
}

export async function insertAccessRequest(db: Db, request: Insertable<AccessRequests>): Promise<void> {
  await db.insertInto('accessRequests').values(request).execute()
}

export function findAccessRequest(db: Db, requestId: string): Promise<AccessRequestRow | undefined> {
  return asked(db).where('accessRequests.id', '=', requestId).executeTakeFirst()
}

/** Locks the request until the transaction ends, so that its approvals are counted one after the other. */
export async function lockAccessRequest(db: Db, requestId: string): Promise<AccessRequestRow | undefined> {
  await db.selectFrom('accessRequests').select('id').where('id', '=', requestId).forUpdate().execute()
  return findAccessRequest(db, requestId)
}

export type AccessRequestFilter = {
  limit: number
  cursor: string | undefined
  /** Where the requests of others may be seen. */
  within: Within
  /** Whose own requests are seen as well, and where. */
  own: { userId: string; within: Within } | null
  requesterId?: string | undefined
  notRequesterId?: string | undefined
  state?: RequestState | undefined
  kind?: RequestKind | undefined
  teamId?: string | undefined
}

/** Requests in order of creation, after `cursor`. */
export function listAccessRequests(db: Db, filter: AccessRequestFilter): Promise<AccessRequestRow[]> {
  const { limit, cursor, within, own, requesterId, notRequesterId, state, kind, teamId } = filter
  const columns = { team: 'accessRequests.teamId', project: 'accessRequests.projectId' }
  return asked(db)
    .where((eb) =>
      eb.or([
        whereWithin(within, columns),
        ...(own === null
          ? []
          : [eb.and([eb('accessRequests.requesterId', '=', own.userId), whereWithin(own.within, columns)])]),
      ]),
    )
    .where((eb) =>
      eb.and([
        ...(cursor === undefined ? [] : [eb('accessRequests.id', '>', cursor)]),
        ...(requesterId === undefined ? [] : [eb('accessRequests.requesterId', '=', requesterId)]),
        ...(notRequesterId === undefined ? [] : [eb('accessRequests.requesterId', '<>', notRequesterId)]),
        ...(state === undefined ? [] : [eb('accessRequests.state', '=', state)]),
        ...(kind === undefined ? [] : [eb('accessRequests.kind', '=', kind)]),
        ...(teamId === undefined ? [] : [eb('accessRequests.teamId', '=', teamId)]),
      ]),
    )
    .orderBy('accessRequests.id')
    .limit(limit)
    .execute()
}

export async function setAccessRequest(
  db: Db,
  requestId: string,
  values: Updateable<AccessRequests>,
): Promise<void> {
  await db
    .updateTable('accessRequests')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', requestId)
    .execute()
}

/** Locks up to `limit` approved requests whose end has come, oldest first. Skips those that another sweeper holds. */
export function lockEndedRequests(db: Db, limit: number): Promise<AccessRequestRow[]> {
  return asked(db)
    .where('accessRequests.state', '=', 'approved')
    .where('accessRequests.endsAt', '<=', sql<Date>`clock_timestamp()`)
    .orderBy('accessRequests.endsAt')
    .limit(limit)
    .forUpdate('accessRequests')
    .skipLocked()
    .execute()
}

/** Locks up to `limit` requests that nobody decided in time, or that ask for a time which has passed. */
export function lockLapsedRequests(db: Db, limit: number): Promise<AccessRequestRow[]> {
  const end = sql<Date>`coalesce(access_requests.terms ->> 'until', access_requests.terms ->> 'expiresAt')::timestamptz`
  const oldest = sql<Date>`now() - (select make_interval(days => pending_days) from request_settings)`
  return asked(db)
    .where('accessRequests.state', '=', 'pending')
    .where((eb) =>
      eb.or([eb('accessRequests.createdAt', '<=', oldest), eb(end, '<=', sql<Date>`clock_timestamp()`)]),
    )
    .orderBy('accessRequests.createdAt')
    .limit(limit)
    .forUpdate('accessRequests')
    .skipLocked()
    .execute()
}

export async function insertAccessRequestEvent(
  db: Db,
  event: Insertable<AccessRequestEvents>,
): Promise<void> {
  await db.insertInto('accessRequestEvents').values(event).execute()
}

export function listAccessRequestEvents(db: Db, requestId: string): Promise<AccessRequestEventRow[]> {
  return db
    .selectFrom('accessRequestEvents')
    .selectAll()
    .where('requestId', '=', requestId)
    .orderBy('id')
    .execute()
}

/**
 * Up to `limit` people who may decide about what lies there, those first whose role is nearest to it: but for the
 * one who asked.
 */
export async function listDeciders(
  db: Db,
  request: Pick<AccessRequestRow, 'teamId' | 'projectId' | 'production' | 'requesterId'>,
  limit: number,
): Promise<string[]> {
  const { teamId, projectId, production, requesterId } = request
  const { rows } = await sql<{ userId: string }>`
    select g.user_id
    from grants g join users u on u.id = g.user_id left join roles r on r.id = g.role_id and r.deleted_at is null
    where g.revoked_at is null and (g.expires_at is null or g.expires_at > now()) and u.deactivated_at is null
      and (g.scope_type = 'organization' or g.scope_type = 'team' and g.team_id = ${teamId}
        or g.project_id = ${projectId})
      and (g.production or not ${production}) and g.user_id <> ${requesterId}
      and ${grantAllows('access-request:decide')}
    group by g.user_id
    order by min(case g.scope_type when 'project' then 1 when 'team' then 2 else 3 end), g.user_id
    limit ${limit}`.execute(db)
  return rows.map(({ userId }) => userId)
}

/** Who has approved the request as it now is. */
export async function listApprovers(db: Db, requestId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('accessRequestEvents')
    .select('userId')
    .where('requestId', '=', requestId)
    .where('kind', '=', 'approve')
    .where('voidedAt', 'is', null)
    .execute()
  return rows.flatMap(({ userId }) => userId ?? [])
}

/**
 * Whether this person is there, and will be until the transaction ends. Shared: people who approve each other's
 * requests at the same moment do not wait for each other.
 */
export async function staysActive(db: Db, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('deactivatedAt', 'is', null)
    .forShare()
    .executeTakeFirst()
  return row !== undefined
}

/** The approvals of these people, or of all, no longer count. */
export async function voidApprovals(db: Db, requestId: string, userIds?: string[]): Promise<void> {
  await db
    .updateTable('accessRequestEvents')
    .set({ voidedAt: sql<Date>`now()` })
    .where('requestId', '=', requestId)
    .where('kind', '=', 'approve')
    .where('voidedAt', 'is', null)
    .$if(userIds !== undefined, (query) => query.where('userId', 'in', userIds ?? []))
    .execute()
}

function asked(db: Db) {
  return db
    .selectFrom('accessRequests')
    .innerJoin('users', 'users.id', 'accessRequests.requesterId')
    .selectAll('accessRequests')
    .select([
      'users.name as requesterName',
      'users.email as requesterEmail',
      sql<number>`(
        select count(*)::int from access_request_events e
        where e.request_id = access_requests.id and e.kind = 'approve' and e.voided_at is null
      )`.as('approvalsGiven'),
    ])
}
