import { type Expression, type Insertable, type Selectable, type SqlBool, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { AuditEvents } from './schema.ts'
import { whereWithin } from './within.ts'

export type AuditEventRow = Selectable<AuditEvents> & { position: bigint | null; hash: Buffer | null }

export async function insertAuditEvent(db: Db, event: Insertable<AuditEvents>): Promise<void> {
  await db.insertInto('auditEvents').values(event).execute()
}

/** Whether such an event, caused from this address, was written within the last minute. */
export async function wasToldLately(
  db: Db,
  ip: string | null,
  event: Pick<AuditFilter, 'action' | 'actorId' | 'targetId' | 'result'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('auditEvents')
    .select('id')
    .where((eb) => eb.and(event))
    .where('ip', 'is not distinct from', ip)
    .where('at', '>', sql<Date>`clock_timestamp() - interval '1 minute'`)
    .executeTakeFirst()
  return row !== undefined
}

export type AuditFilter = {
  within: Within
  id?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
  targetId?: string | undefined
  actorId?: string | undefined
  userId?: string | undefined
  teamId?: string | undefined
  result?: AuditEventRow['result'] | undefined
  action?: string | undefined
}

const EQUAL = ['id', 'targetId', 'actorId', 'userId', 'teamId', 'result'] as const

/** Audit events, newest first, older than the one whose id is `cursor`. */
export function listAuditEvents(
  db: Db,
  { limit, cursor, within, ...filter }: AuditFilter & { limit: number; cursor?: string | undefined },
): Promise<AuditEventRow[]> {
  return db
    .selectFrom('auditEvents')
    .leftJoin('auditChain', 'auditChain.eventSeq', 'auditEvents.seq')
    .selectAll('auditEvents')
    .select(['auditChain.position', 'auditChain.hash'])
    .where((eb) =>
      eb.and([
        ...(cursor === undefined
          ? []
          : [
              eb(
                'seq',
                '<',
                eb
                  .selectFrom('auditEvents as last')
                  .select('last.seq')
                  .where('last.id', '=', cursor)
                  // When somebody else's event was, is nobody's business.
                  .where(whereWithin(within, { team: 'last.teamId', project: 'last.projectId' })),
              ),
            ]),
        whereWithin(within, { team: 'teamId', project: 'projectId' }),
        ...(filter.from === undefined ? [] : [eb('at', '>=', filter.from)]),
        ...(filter.to === undefined ? [] : [eb('at', '<', filter.to)]),
        ...EQUAL.flatMap((column) => {
          const value = filter[column]
          return value === undefined ? [] : [eb(`auditEvents.${column}`, '=', value)]
        }),
        ...(filter.action === undefined ? [] : [actionIs(filter.action)]),
      ]),
    )
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
}

/** One action, or, with `.*` at its end, all of a noun. */
function actionIs(action: string): Expression<SqlBool> {
  if (!action.endsWith('.*')) return sql<SqlBool>`action = ${action}`
  return sql<SqlBool>`starts_with(action, ${action.slice(0, -1)})`
}
