import { type Insertable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Findings } from './schema.ts'

/** Writes a finding, or counts one that is open already: it keeps the highest severity and the newest detail. */
export async function upsertFinding(db: Db, finding: Insertable<Findings>): Promise<void> {
  await db
    .insertInto('findings')
    .values(finding)
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'targetId'])
        .where('resolvedAt', 'is', null)
        .doUpdateSet((eb) => ({
          count: eb('findings.count', '+', 1),
          detail: eb.ref('excluded.detail'),
          lastSeenAt: sql<Date>`clock_timestamp()`,
          severity: sql<Findings['severity']>`case
            when 'high' in (findings.severity, excluded.severity) then 'high'
            when 'medium' in (findings.severity, excluded.severity) then 'medium'
            else 'low' end`,
        })),
    )
    .execute()
}
