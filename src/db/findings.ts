import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Findings } from './schema.ts'
import { whereWithin } from './within.ts'

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

export type FindingRow = Selectable<Findings>

/** Locks the finding until the transaction ends, so that it is resolved once. */
export function lockFinding(db: Db, findingId: string): Promise<FindingRow | undefined> {
  return db.selectFrom('findings').selectAll().where('id', '=', findingId).forUpdate().executeTakeFirst()
}

/** Findings in the order in which they were first seen, after `cursor`. */
export function listFindings(
  db: Db,
  filter: {
    limit: number
    cursor: string | undefined
    within: Within
    state: 'open' | 'resolved'
    severity: Findings['severity'] | undefined
    kind: string | undefined
    teamId: string | undefined
  },
): Promise<FindingRow[]> {
  const { limit, cursor, within, state, severity, kind, teamId } = filter
  return db
    .selectFrom('findings')
    .selectAll()
    .where((eb) =>
      eb.and([
        whereWithin(within, { team: 'teamId', project: 'projectId' }),
        eb('resolvedAt', state === 'open' ? 'is' : 'is not', null),
        ...(cursor === undefined ? [] : [eb('id', '>', cursor)]),
        ...(severity === undefined ? [] : [eb('severity', '=', severity)]),
        ...(kind === undefined ? [] : [eb('kind', '=', kind)]),
        ...(teamId === undefined ? [] : [eb('teamId', '=', teamId)]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function setFindingResolved(
  db: Db,
  findingId: string,
  values: { resolvedBy: string; resolution: string },
): Promise<FindingRow> {
  return db
    .updateTable('findings')
    .set({ ...values, resolvedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', findingId)
    .returningAll()
    .executeTakeFirstOrThrow()
}
