import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../app.ts'
import type { AuditSinks } from './schema.ts'

export type AuditSinkRow = Selectable<AuditSinks>

export async function insertAuditSink(db: Db, sink: Insertable<AuditSinks>): Promise<void> {
  await db.insertInto('auditSinks').values(sink).execute()
}

export function listAuditSinks(db: Db): Promise<AuditSinkRow[]> {
  return living(db).orderBy('id').execute()
}

export function lockAuditSink(db: Db, id: string): Promise<AuditSinkRow | undefined> {
  return living(db).where('id', '=', id).forUpdate().executeTakeFirst()
}

/**
 * Takes a sink to send to it, if it is its time and nobody else does: so what it gets is in order. Where whoever took it
 * dies, somebody else goes on after `leaseSeconds`.
 */
export function takeDueAuditSink(
  db: Db,
  id: string,
  leaseSeconds: number,
): Promise<AuditSinkRow | undefined> {
  return db
    .updateTable('auditSinks')
    .set({ nextTryAt: sql<Date>`now() + make_interval(secs => ${leaseSeconds})` })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('auditSinks')
        .select('id')
        .where('id', '=', id)
        .where('deletedAt', 'is', null)
        .where('nextTryAt', '<=', sql<Date>`now()`)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .executeTakeFirst()
}

export function setAuditSink(db: Db, id: string, values: Updateable<AuditSinks>): Promise<AuditSinkRow> {
  return db
    .updateTable('auditSinks')
    .set((eb) => ({ ...values, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** How far it got from `before`, unless somebody else came further meanwhile. Gives the sink back. */
export async function setAuditSinkSent(
  db: Db,
  { id, sentPosition: before }: AuditSinkRow,
  { position, head }: { position: number; head: number },
): Promise<void> {
  await db
    .updateTable('auditSinks')
    .set({
      sentPosition: BigInt(position),
      sentHead: BigInt(head),
      failingSince: null,
      lastError: null,
      nextTryAt: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('sentPosition', '=', before)
    .execute()
}

/** It did not arrive; the next attempt is in `retrySeconds`. */
export async function setAuditSinkFailed(
  db: Db,
  id: string,
  lastError: string,
  retrySeconds: number,
): Promise<void> {
  await db
    .updateTable('auditSinks')
    .set({
      lastError,
      failingSince: sql<Date>`coalesce(failing_since, now())`,
      nextTryAt: sql<Date>`now() + make_interval(secs => ${retrySeconds})`,
    })
    .where('id', '=', id)
    .execute()
}

/** The name of a sink that must have everything and has failed too long, or lacks too many; null when there is none. */
export async function findSinkBehind(
  db: Db,
  { seconds, events }: { seconds: number; events: number },
): Promise<string | null> {
  const row = await living(db)
    .where('required', '=', true)
    .where((eb) =>
      eb.or([
        eb('failingSince', '<', sql<Date>`now() - make_interval(secs => ${seconds})`),
        sql<boolean>`(select max(position) from audit_chain) - sent_position > ${events}`,
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row?.name ?? null
}

function living(db: Db) {
  return db.selectFrom('auditSinks').selectAll().where('deletedAt', 'is', null)
}
