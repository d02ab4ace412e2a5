import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { ReportedLimit } from '../domain/reported-limits.ts'

type TestResult = { secretVersion: number; at: Date; works: boolean; detail: string }

/**
 * What a test of the credential's secret found; of one that was deleted, or whose secret was replaced meanwhile, nothing
 * is kept.
 */
export async function setTestResult(
  db: Db,
  credentialId: string,
  { secretVersion, at: testedAt, works: testWorks, detail: testDetail }: TestResult,
): Promise<void> {
  const values = { testedAt, testWorks, testDetail }
  await db
    .insertInto('credentialHealth')
    .columns(['credentialId', 'testedAt', 'testWorks', 'testDetail'])
    .expression(({ selectFrom, val }) =>
      selectFrom('credentials')
        .select(['id', val(testedAt).as('at'), val(testWorks).as('works'), val(testDetail).as('detail')])
        .where('id', '=', credentialId)
        .where('secretVersion', '=', secretVersion),
    )
    .onConflict((conflict) => conflict.column('credentialId').doUpdateSet(values))
    .execute()
}

/** What one node saw of a credential in answers to calls. */
export type SeenCredential = {
  id: string
  /** Of the secret with which it was called. */
  secretVersion: number
  calledAt: Date
  /** The last answer that was an error, since it was written down before; null when there was none. */
  failedAt: Date | null
  failedStatus: number | null
  /** Null when the answer named none: what was named before stays. */
  limits: ReportedLimit[] | null
}

/** Forgets what the provider said: it was of another secret. */
export async function forgetHealth(db: Db, credentialId: string): Promise<void> {
  await db.deleteFrom('credentialHealth').where('credentialId', '=', credentialId).execute()
}

/**
 * Writes down what was seen, in one statement. What another node saw later stays, and of deleted credentials and of
 * secrets that were replaced nothing is kept.
 */
export async function setSeen(db: Db, seen: readonly SeenCredential[]): Promise<void> {
  await sql`
    insert into credential_health as known (credential_id, called_at, failed_at, failed_status, limits, limits_at)
    select c.id, s."calledAt", s."failedAt", s."failedStatus", s.limits, case when s.limits is not null then s."calledAt" end
    from json_to_recordset(${JSON.stringify(seen)}) as s(
      id text, "secretVersion" int, "calledAt" timestamptz, "failedAt" timestamptz, "failedStatus" int, limits jsonb)
    join credentials c on c.id = s.id and c.secret_version = s."secretVersion"
    order by c.id
    on conflict (credential_id) do update set
      called_at = greatest(known.called_at, excluded.called_at),
      failed_status = case when known.failed_at > excluded.failed_at then known.failed_status
        else coalesce(excluded.failed_status, known.failed_status) end,
      failed_at = greatest(known.failed_at, excluded.failed_at),
      limits = case when known.limits_at > excluded.limits_at then known.limits
        else coalesce(excluded.limits, known.limits) end,
      limits_at = greatest(known.limits_at, excluded.limits_at)`.execute(db)
}
