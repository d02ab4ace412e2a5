import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Budget } from '../domain/budget.ts'
import type { KeyInUse } from '../domain/key-use.ts'
import type { Policy } from '../domain/policy.ts'
import type { RateLimit } from '../domain/rate-limit.ts'
import type { EnvironmentKind } from '../domain/scope.ts'
import { grantAllows } from './grant-allows.ts'
import { insertPart } from './parts.ts'

/** All that decides about a call made with one secret, as it stood at one moment. Never changed, never written back. */
export type KeySnapshot = KeyInUse & {
  keyId: string
  secretId: string
  tags: Readonly<Record<string, string>>
  userId: string | null
  serviceAccountId: string | null
  environmentId: string
  environmentKind: EnvironmentKind
  projectId: string
  teamId: string
  /** Widest first. */
  policies: readonly Policy[]
  rateLimits: readonly RateLimit[]
  budgets: readonly Budget[]
  /** The credentials that the environment may use. */
  credentialIds: readonly string[]
}

type Row = Omit<KeySnapshot, 'budgets' | 'access'> & {
  mayUse: boolean
  useEndsAt: Date | null
  /** What is for each member, and of which the owner has no part. */
  missingBudgets: string[]
  missingLimits: string[]

  /** Money comes as text: a number in JSON does not hold it. */
  budgets: (Omit<Budget, 'limitNanoUsd'> & { limitNanoUsd: string })[]
}

/** The key with this secret. */
export function findKeySnapshot(db: Db, hash: string): Promise<KeySnapshot | undefined> {
  return readSnapshot(db, sql`from key_secrets s join keys k on k.id = s.key_id where s.hash = ${hash}`)
}

/** The key by its id, with the secret that is current. One that waits to be opened by its owner has none. */
export function findKeySnapshotById(
  db: Db,
  keyId: string,
): Promise<(Omit<KeySnapshot, 'secretId'> & { secretId: string | null }) | undefined> {
  return readSnapshot(
    db,
    sql`from keys k left join key_secrets s on s.key_id = k.id and s.expires_at is null where k.id = ${keyId}`,
  )
}

/**
 * Reads everything about a key in one statement, so it is of one moment. The first time that a member's key is read,
 * their parts of what is for each member are made, and it is read again.
 */
async function readSnapshot(db: Db, source: RawBuilder<unknown>): Promise<KeySnapshot | undefined> {
  for (;;) {
    const row = await readKey(db, source)
    if (!row) return undefined
    const { missingBudgets, missingLimits, mayUse, useEndsAt, ...rest } = row
    if (row.userId === null || missingBudgets.length + missingLimits.length === 0) {
      const budgets = row.budgets.map((budget) => ({ ...budget, limitNanoUsd: BigInt(budget.limitNanoUsd) }))
      return Object.freeze({ ...rest, access: mayUse ? useEndsAt : ('none' as const), budgets })
    }
    for (const id of missingBudgets) await insertPart(db, 'budgets', id, row.userId)
    for (const id of missingLimits) await insertPart(db, 'rate_limits', id, row.userId)
  }
}

async function readKey(db: Db, source: RawBuilder<unknown>): Promise<Row | undefined> {
  const { rows } = await sql<Row>`
    with one as (
      select k.*, s.id as secret_id, s.expires_at as secret_expires_at
      ${source}
    ), found as (
      select k.*,
        e.kind as environment_kind, p.id as project_id, t.id as team_id,
        case
          when e.archived_at is not null then 'environment'
          when p.archived_at is not null then 'project'
          when t.archived_at is not null then 'team'
          when coalesce(u.deactivated_at, a.deactivated_at) is not null then 'owner'
        end as closed_parent
      from one k
      join environments e on e.id = k.environment_id
      join projects p on p.id = e.project_id
      join teams t on t.id = p.team_id
      left join users u on u.id = k.user_id
      left join service_accounts a on a.id = k.service_account_id
    ), reach as (
      select g.expires_at
      from found f
      join grants g on g.user_id = f.user_id
      left join roles r on r.id = g.role_id and r.deleted_at is null
      where g.revoked_at is null and (g.expires_at is null or g.expires_at > now())
        and (g.scope_type = 'organization' or g.scope_type = 'team' and g.team_id = f.team_id
          or g.scope_type = 'project' and g.project_id = f.project_id)
        and (g.production or f.environment_kind <> 'production')
        and ${grantAllows('key:use')}
    ), levels (level, scope_type, scope_id) as (
      select 1, 'organization', o.id from organization o
      union all select 2, 'team', team_id from found
      union all select 3, 'project', project_id from found
      union all select 4, 'environment', environment_id from found
      union all select 5, 'user', user_id from found
      union all select 6, 'service_account', service_account_id from found
      union all select 7, 'key', id from found
    )
    select id as key_id, secret_id, secret_expires_at, state, not_before, expires_at, resume_at, tags,
      user_id, service_account_id, environment_id, environment_kind, project_id, team_id, closed_parent,
      (user_id is null or exists (select from reach)) as may_use,
      (select case when bool_or(expires_at is null) then null else max(expires_at) end from reach) as use_ends_at,
      array(
        select credential_id from environment_credentials c
        where c.environment_id = found.environment_id order by credential_id
      ) as credential_ids,
      (
        select coalesce(json_agg(json_build_object(
          'scope', json_build_object('type', scope_type, 'id', scope_id),
          'models', models || ${allowances()}, 'operations', operations, 'providers', providers, 'hostedTools', hosted_tools,
          'maxOutputTokens', max_output_tokens, 'ipAllowlist', ip_allowlist, 'ipMode', ip_mode
        ) order by level), '[]')
        from policies join levels using (scope_type, scope_id)
      ) as policies,
      (
        select coalesce(json_agg(json_build_object(
          'id', id, 'scope', json_build_object(
            'type', case when member_of is null then scope_type else 'user' end,
            'id', coalesce(rate_limits.user_id, scope_id)),
          'requestsPerMinute', requests_per_minute, 'tokensPerMinute', tokens_per_minute,
          'concurrentCalls', concurrent_calls, 'providerId', provider_id, 'modelPattern', model_pattern
        ) order by level, id), '[]')
        from rate_limits join levels using (scope_type, scope_id)
        where deleted_at is null and not per_member and (member_of is null or rate_limits.user_id = found.user_id)
      ) as rate_limits,
      (
        select coalesce(json_agg(json_build_object(
          'id', id, 'name', name, 'scope', json_build_object('type', scope_type, 'id', scope_id),
          'kind', kind, 'window', period, 'limitNanoUsd', limit_nano_usd::text, 'onShort', on_short,
          'throttleAtPercent', throttle_at_percent, 'throttleRequestsPerMinute', throttle_requests_per_minute,
          'suspendAtPercent', suspend_at_percent,
          'providerId', provider_id, 'modelPattern', model_pattern
        ) order by level, id), '[]')
        from budgets join levels using (scope_type, scope_id)
        where deleted_at is null and not per_member and (member_of is null or budgets.user_id = found.user_id)
      ) as budgets,
      ${missing('budgets')} as missing_budgets,
      ${missing('rate_limits')} as missing_limits
    from found`.execute(db)
  return rows[0]
}

function missing(table: 'budgets' | 'rate_limits') {
  return sql`array(
    select whole.id from ${sql.table(table)} whole join levels using (scope_type, scope_id)
    where whole.deleted_at is null and whole.per_member and found.user_id is not null and not exists (
      select from ${sql.table(table)} part where part.member_of = whole.id and part.user_id = found.user_id)
    order by whole.id
  )`
}

/** The policies of these scopes as they are in force, each with the models that it is widened by for a while. */
export async function findPoliciesInForce(
  db: Db,
  scopeIds: readonly string[],
): Promise<(Policy & { widenedBy: string[] })[]> {
  const { rows } = await sql<Policy & { widenedBy: string[] }>`
    select json_build_object('type', scope_type, 'id', scope_id) as scope, models || ${allowances()} as models,
      operations, providers, hosted_tools, max_output_tokens, ip_allowlist, ip_mode,
      coalesce(${allowances()}, '{}') as widened_by
    from policies where scope_id = any(${scopeIds})`.execute(db)
  return rows
}

/**
 * The models that a policy was widened by for a while, each with its end. Null beside a policy that lists none, which
 * needs no widening.
 */
function allowances() {
  return sql`(
    select array_agg(distinct model) from policy_allowances a, unnest(a.models) model
    where a.scope_type = policies.scope_type and a.scope_id = policies.scope_id
      and a.ended_at is null and a.expires_at > now()
  )`
}
