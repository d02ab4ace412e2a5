import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import { ATTESTATION_NOTICE_DAYS } from '../domain/attestation.ts'
import type { EnvironmentKind } from '../domain/scope.ts'
import { whereWithin } from './within.ts'

/** A key that is asked for, and where it stands. */
export type AttestationRow = {
  keyId: string
  keyName: string
  environmentId: string
  environmentKind: EnvironmentKind
  projectId: string
  teamId: string
  userId: string | null
  serviceAccountId: string | null
  /** An active person, or nobody. */
  ownerUserId: string | null
  suspendedReason: string | null
  dueAt: Date
  notices: number
  noticedAt: Date | null
  graceDays: number
  attestedAt: Date | null
  attestedBy: string | null
}

export type AttestationFilter = {
  limit: number
  cursor: string | undefined
  within: Within
  teamId: string | undefined
  due: boolean | undefined
  /** Suspended with this reason: they are still waited for. */
  reason: string
}

/** Keys that work, or wait for an answer, in order of creation, after `cursor`. None while nobody is asked. */
export async function listAttestations(db: Db, filter: AttestationFilter): Promise<AttestationRow[]> {
  const { limit, cursor, within, teamId, due, reason } = filter
  const { rows } = await sql<AttestationRow>`
    ${ASKED}
    where s.attestation_days is not null and coalesce(k.expires_at > now(), true)
      and (k.state in ('active', 'pending') or k.state = 'suspended' and k.suspended_reason = ${reason})
      and ${whereWithin(within, { team: 'p.team_id', project: 'p.id' })}
      ${cursor === undefined ? sql`` : sql`and k.id > ${cursor}`}
      ${teamId === undefined ? sql`` : sql`and p.team_id = ${teamId}`}
      ${due === undefined ? sql`` : sql`and (${DUE_AT} <= now()) = ${due}`}
    order by k.id
    limit ${limit}`.execute(db)
  return rows
}

/**
 * Locks up to `limit` keys about which something is to be done now (`attestationStep`), the most overdue first.
 * Skips rows that another sweeper holds, so sweeps may overlap.
 */
export async function lockDueAttestations(db: Db, limit: number): Promise<AttestationRow[]> {
  const passed = sql`(select count(*) from unnest(${[...ATTESTATION_NOTICE_DAYS]}::int[]) notice (days)
    where ${DUE_AT} - make_interval(days => notice.days) <= now())`
  const last = sql`greatest(${DUE_AT}, k.attestation_noticed_at)`
  const { rows } = await sql<AttestationRow>`
    ${ASKED}
    where s.attestation_days is not null and k.state = 'active' and coalesce(k.expires_at > now(), true)
      and (k.attestation_notices < ${passed}
        or k.attestation_notices >= ${ATTESTATION_NOTICE_DAYS.length}
          and ${last} + make_interval(days => s.attestation_grace_days) <= now())
    order by ${DUE_AT}
    limit ${limit}
    for update of k skip locked`.execute(db)
  return rows
}

export async function setAttestationNotices(db: Db, keyId: string, notices: number): Promise<void> {
  await db
    .updateTable('keys')
    .set({ attestationNotices: notices, attestationNoticedAt: sql<Date>`now()` })
    .where('id', '=', keyId)
    .execute()
}

/** Counts from the last answer, or from when the key was made, or from when asking was switched on. */
const DUE_AT: RawBuilder<Date> = sql`(greatest(k.attested_at, k.created_at, s.attestation_since)
  + make_interval(days => s.attestation_days))`

const ASKED = sql`
  select k.id as key_id, k.name as key_name, k.environment_id, e.kind as environment_kind, p.id as project_id,
    p.team_id, k.user_id, k.service_account_id, o.id as owner_user_id, k.suspended_reason, ${DUE_AT} as due_at,
    k.attestation_notices as notices, k.attestation_noticed_at as noticed_at,
    s.attestation_grace_days as grace_days, k.attested_at, k.attested_by
  from keys k
  cross join ownership_settings s
  join environments e on e.id = k.environment_id
  join projects p on p.id = e.project_id
  left join service_accounts a on a.id = k.service_account_id
  left join users o on o.id = coalesce(k.user_id, a.owner_user_id) and o.deactivated_at is null`
