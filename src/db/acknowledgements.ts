import { type Insertable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Acknowledgements, Documents } from './schema.ts'

/** How one person stands to the version in force of one document that concerns them. */
export type StandingRow = {
  documentId: string
  title: string
  kind: Documents['kind']
  required: boolean
  graceDays: number
  versionId: string
  versionNumber: number
  publishedAt: Date
  userId: string
  userName: string
  userEmail: string
  userSince: Date
  scorePercent: number | null
  acknowledgedAt: Date | null
  expiresAt: Date | null
  acknowledged: boolean
  lapsed: boolean
  exempt: boolean
}

export type StandingFilter = {
  documentId?: string | undefined
  userId?: string | undefined
  /** Only who holds a role in it, or in a project of it. */
  teamId?: string | undefined
  required?: boolean
  /** Only who has still to read it. */
  missing?: boolean | undefined
  limit?: number
  /** `documentId/userId` of the last one before. */
  cursor?: string | undefined
}

export async function insertAcknowledgement(db: Db, row: Insertable<Acknowledgements>): Promise<void> {
  await db.insertInto('acknowledgements').values(row).execute()
}

/** Every document in force with every active person whom it concerns, in order of both ids. */
export async function listStandings(db: Db, filter: StandingFilter): Promise<StandingRow[]> {
  const { documentId, userId, teamId, required, missing, limit, cursor } = filter
  const [afterDocument = '', afterUser = ''] = cursor?.split('/') ?? []
  const { rows } = await sql<StandingRow>`
    select * from (
      ${STANDINGS}
      where d.archived_at is null and u.deactivated_at is null and ${CONCERNS}
        ${documentId === undefined ? sql`` : sql`and d.id = ${documentId}`}
        ${userId === undefined ? sql`` : sql`and u.id = ${userId}`}
        ${teamId === undefined ? sql`` : sql`and ${ofTeam(teamId)}`}
        ${required === undefined ? sql`` : sql`and d.required = ${required}`}
        ${cursor === undefined ? sql`` : sql`and (d.id, u.id) > (${afterDocument}, ${afterUser})`}
    ) standing
    ${missing === undefined ? sql`` : sql`where (acknowledged or exempt) <> ${missing}`}
    order by document_id, user_id
    limit ${limit ?? null}`.execute(db)
  return rows
}

export type CountRow = {
  documentId: string
  title: string
  /** Null: of all whom the document concerns. */
  teamId: string | null
  read: number
  exempt: number
  missing: number
}

/** How many have read each document in force: of all whom it concerns, and of those who hold a role in each team. */
export async function countStandings(db: Db, documentId: string | undefined): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    with standing as (
      ${STANDINGS}
      where d.archived_at is null and u.deactivated_at is null and ${CONCERNS}
        ${documentId === undefined ? sql`` : sql`and d.id = ${documentId}`}
    ),
    held as (
      select distinct user_id, team_id from grants
      where team_id is not null and revoked_at is null and coalesce(expires_at > now(), true)
    )
    select document_id, title, team_id,
      (count(*) filter (where acknowledged and not exempt))::int as read,
      (count(*) filter (where exempt))::int as exempt,
      (count(*) filter (where not acknowledged and not exempt))::int as missing
    from (
      select standing.*, null as team_id from standing
      union all
      select standing.*, held.team_id from standing join held using (user_id)
    ) counted
    group by document_id, title, team_id
    order by document_id, team_id nulls first`.execute(db)
  return rows
}

export type DueReminder = StandingRow & { ends: boolean }

/** Days before its end that an acknowledgement is asked for again, and between two reminders. */
const BEFORE_END_DAYS = 14
const BETWEEN_DAYS = 7

/**
 * Whom to remind now of a document that their keys depend on: they have still to read it, or (`ends`) their
 * acknowledgement ends soon; and nobody reminded them within the last week.
 */
export async function listDueReminders(db: Db, limit: number): Promise<DueReminder[]> {
  const { rows } = await sql<DueReminder>`
    select standing.*, acknowledged as ends from (
      ${STANDINGS}
      where d.archived_at is null and d.required and u.deactivated_at is null and ${CONCERNS}
    ) standing
    left join document_reminders r on r.version_id = standing.version_id and r.user_id = standing.user_id
    where not exempt
      and (not acknowledged or expires_at < now() + make_interval(days => ${BEFORE_END_DAYS}))
      and coalesce(r.reminded_at < now() - make_interval(days => ${BETWEEN_DAYS}), true)
    order by standing.document_id, standing.user_id
    limit ${limit}`.execute(db)
  return rows
}

/**
 * Notes that somebody is being reminded of a version. Of two sweeps at the same time one does; says whether this
 * one. Compared with the same time as in the list above.
 */
export async function claimReminder(db: Db, versionId: string, userId: string): Promise<boolean> {
  const { rows } = await sql`
    insert into document_reminders as r (version_id, user_id) values (${versionId}, ${userId})
    on conflict (version_id, user_id) do update set reminded_at = now()
      where r.reminded_at < now() - make_interval(days => ${BETWEEN_DAYS})
    returning 1`.execute(db)
  return rows.length > 0
}

const STANDINGS = sql`
  select d.id as document_id, d.title, d.kind, d.required, d.grace_days,
    v.id as version_id, v.number as version_number, v.published_at,
    u.id as user_id, u.name as user_name, u.email as user_email, u.created_at as user_since,
    a.score_percent, a.at as acknowledged_at, a.expires_at,
    a.id is not null and coalesce(a.expires_at > now(), true) as acknowledged,
    coalesce(a.expires_at <= now(), false) as lapsed,
    exists (
      select from exemptions e where e.document_id = d.id and e.user_id = u.id and e.revoked_at is null
        and coalesce(e.until > now(), true)
    ) as exempt
  from documents d
  join lateral (
    select * from document_versions where document_id = d.id order by number desc limit 1
  ) v on true
  cross join users u
  left join lateral (
    select * from acknowledgements where version_id = v.id and user_id = u.id order by at desc limit 1
  ) a on true`

/** Who holds a role in this team, and of the documents what concerns them there: what does elsewhere is not its business. */
function ofTeam(teamId: string) {
  return sql`exists (
    select from grants g where g.user_id = u.id and g.team_id = ${teamId}
      and g.revoked_at is null and coalesce(g.expires_at > now(), true)
      and (d.team_ids = '{}' and d.role_ids = '{}' or g.team_id = any(d.team_ids) or g.role_id = any(d.role_ids))
  )`
}

/** Everybody, or who holds a role in one of its teams, or one of its roles. */
const CONCERNS = sql`(
  d.team_ids = '{}' and d.role_ids = '{}'
  or exists (
    select from grants g where g.user_id = u.id and g.revoked_at is null and coalesce(g.expires_at > now(), true)
      and (g.team_id = any(d.team_ids) or g.role_id = any(d.role_ids))
  )
)`
