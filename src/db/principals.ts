import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { MfaPolicy } from '../domain/mfa-policy.ts'
import type { HeldGrant } from '../domain/reach.ts'
import type { CustomRole } from '../domain/roles.ts'

export type TokenPrincipal = {
  id: string
  userId: string | null
  serviceAccountId: string | null
  roleId: string | null
  teamId: string | null
  projectId: string | null
  production: boolean
  custom: CustomRole | null
  expired: boolean
  /** Its last use is not written down, or was more than a minute ago. */
  unseen: boolean
  revokedAt: Date | null
  /** When its user or service account was. */
  deactivatedAt: Date | null
  /** From where the organization takes sessions and tokens; empty is anywhere. */
  ipAllowlist: string[]
  grants: HeldGrant[]
}

/**
 * The API token with this hash and all that its principal holds at this moment, in one statement: what was taken
 * away a moment ago is not in it. Ends are compared with the database's clock.
 */
export async function findTokenPrincipal(db: Db, hash: string): Promise<TokenPrincipal | undefined> {
  const { rows } = await sql<TokenPrincipal>`
    select t.id, t.user_id, t.service_account_id, t.role_id, t.team_id, t.project_id, t.production, t.revoked_at,
      ${customRole('r')} as custom,
      coalesce(t.expires_at <= now(), false) as expired,
      coalesce(t.last_used_at < now() - interval '1 minute', true) as unseen,
      coalesce(u.deactivated_at, a.deactivated_at) as deactivated_at,
      c.ip_allowlist, ${liveGrants('t')} as grants
    from api_tokens t cross join security_settings c
    left join users u on u.id = t.user_id
    left join service_accounts a on a.id = t.service_account_id
    left join roles r on r.id = t.role_id and r.deleted_at is null
    where t.hash = ${hash}`.execute(db)
  return rows[0]
}

export type SessionPrincipal = {
  id: string
  userId: string
  kind: 'browser' | 'cli'
  methods: string[]
  mfa: boolean
  /** Asked with the secret that is in force, not with the one before it. */
  current: boolean
  mustRotate: boolean
  /** Its last use is not written down, or was more than a minute ago. */
  unseen: boolean
  secondsLeft: number
  deactivatedAt: Date | null
  policy: MfaPolicy
  /** From where the organization takes sessions and tokens; empty is anywhere. */
  ipAllowlist: string[]
  grants: HeldGrant[]
}

/**
 * The living session with this hash, and what its person holds at this moment. A browser that was left alone for too
 * long has none any more; the command line's ends with its tokens.
 */
export async function findSession(db: Db, hash: string): Promise<SessionPrincipal | undefined> {
  const { rows } = await sql<SessionPrincipal>`
    select s.id, s.user_id, s.kind, s.methods, s.mfa, s.must_rotate, s.hash = ${hash} as current,
      s.last_seen_at < now() - interval '1 minute' as unseen, u.deactivated_at,
      ceil(extract(epoch from s.expires_at - now()))::int as seconds_left,
      json_build_object('mfa', c.mfa, 'mfaRoles', c.mfa_roles) as policy, c.ip_allowlist,
      ${liveGrants('s')} as grants
    from sessions s join users u on u.id = s.user_id cross join security_settings c
    where (s.kind = 'cli' or s.last_seen_at > now() - make_interval(mins => c.session_idle_minutes))
      and s.ended_at is null and s.expires_at > now()
      and (s.hash = ${hash} and (s.hash_expires_at is null or s.hash_expires_at > now())
        or s.previous_hash = ${hash} and s.previous_until > now())`.execute(db)
  return rows[0]
}

/** What a user or a service account holds at this moment: to decide what somebody else may do. */
export async function grantsOf(
  db: Db,
  principal: { userId: string | null; serviceAccountId: string | null },
): Promise<HeldGrant[]> {
  const { userId, serviceAccountId } = principal
  const { rows } = await sql<{ grants: HeldGrant[] }>`
    select ${liveGrants('p')} as grants
    from (select ${userId}::text as user_id, ${serviceAccountId}::text as service_account_id) p`.execute(db)
  return rows[0]?.grants ?? []
}

/** The grants of the user or service account that the row `holder` names, as a list in JSON. */
function liveGrants(holder: 't' | 's' | 'p'): RawBuilder<HeldGrant[]> {
  const whose =
    holder === 's'
      ? sql`g.user_id = s.user_id`
      : sql`(g.user_id = ${sql.raw(holder)}.user_id or g.service_account_id = ${sql.raw(holder)}.service_account_id)`
  return sql`(
    select coalesce(json_agg(json_build_object(
      'roleId', g.role_id, 'scopeType', g.scope_type, 'teamId', g.team_id, 'projectId', g.project_id,
      'production', g.production, 'expiresAt', g.expires_at, 'custom', ${customRole('gr')}
    )), '[]')
    from grants g left join roles gr on gr.id = g.role_id and gr.deleted_at is null
    where ${whose} and g.revoked_at is null and (g.expires_at is null or g.expires_at > now())
  )`
}

function customRole(alias: 'r' | 'gr'): RawBuilder<CustomRole | null> {
  const role = sql.raw(alias)
  return sql`case when ${role}.id is not null then
    json_build_object('permissions', ${role}.permissions, 'scopeTypes', ${role}.scope_types) end`
}
