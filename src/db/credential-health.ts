import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { ReportedLimit } from '../domain/reported-limits.ts'

/** What a test of the credential found; of one that was deleted meanwhile nothing is kept. */
export async function setTestResult(
  db: Db,
  credentialId: string,
  { at: testedAt, works: testWorks, detail: testDetail }: { at: Date; works: boolean; detail: string },
): Promise<void> {
  const values = { testedAt, testWorks, testDetail }
  await db
    .insertInto('credentialHealth')
    .columns(['credentialId', 'testedAt', 'testWorks', 'testDetail'])
    .expression(({ selectFrom, val }) =>
      selectFrom('credentials')
        .select(['id', val(testedAt).as('at'), val(testWorks).as('works'), val(testDetail).as('detail')])
        .where('id', '=', credentialId),
    )
    .onConflict((conflict) => conflict.column('credentialId').doUpdateSet(values))
    .execute()
}

/** What one node saw of a credential in answers to calls. */
export type SeenCredential = {
  id: string
  calledAt: Date
  /** The last answer that was an error, since it was written down before; null when there was none. */
  failedAt: Date | null
  failedStatus: number | null
  /** Null when the answer named none: what was named before stays. */
  limits: ReportedLimit[] | null
}

/** Writes down what was seen, in one statement. What another node saw later stays, and of deleted credentials nothing is kept. */
export async function setSeen(db: Db, seen: readonly SeenCredential[]): Promise<void> {
  await sql`
    insert into credential_health as known (credential_id, called_at, failed_at, failed_status, limits, limits_at)
    select c.id, s."calledAt", s."failedAt", s."failedStatus", s.limits, case when s.limits is not null then s."calledAt" end
    from json_to_recordset(${JSON.stringify(seen)}) as s(
      id text, "calledAt" timestamptz, "failedAt" timestamptz, "failedStatus" int, limits jsonb)
    join credentials c on c.id = s.id
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
