import { sql } from 'kysely'
import type { Db } from '../app.ts'

export type AuditState = {
  /** Events that wait for a place in the chain: more than `MOST` are not counted. */
  unsealed: number
  /** For how long the oldest of them has waited. */
  unsealedSeconds: number
  /** The chain does not match its signed head, and is not continued. */
  broken: boolean
  /** Since when the newest head is signed; 0 before the first. */
  headSeconds: number
  sinks: { id: string; behind: number; failingSeconds: number }[]
}

const MOST = 100_000

/** How the audit trail is, in one statement that is cheap at any size of it. */
export async function findAuditState(db: Db): Promise<AuditState> {
  const { rows } = await sql<AuditState>`
    select
      (select count(*)::int from (select from audit_unsealed limit ${MOST}) waiting) as unsealed,
      coalesce((select ${secondsSince('e.at')} from audit_unsealed u join audit_events e using (seq)
        order by u.seq limit 1), 0) as unsealed_seconds,
      exists (select from findings where kind = 'audit-chain-broken' and resolved_at is null) as broken,
      coalesce((select ${secondsSince('h.signed_at')} from audit_heads h order by h.position desc limit 1), 0) as head_seconds,
      coalesce((select json_agg(json_build_object('id', s.id, 'behind', newest.position - s.sent_position,
          'failingSeconds', coalesce(${secondsSince('s.failing_since')}, 0)) order by s.id)
        from audit_sinks s, (select coalesce(max(position), 0) as position from audit_chain) newest
        where s.deleted_at is null), '[]') as sinks`.execute(db)
  return rows[0] as AuditState
}

function secondsSince(column: string) {
  return sql`greatest(0, extract(epoch from clock_timestamp() - ${sql.ref(column)}))::float8`
}
