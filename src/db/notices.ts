import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import { RETENTION } from '../domain/retention.ts'
import type { Notices } from './schema.ts'

export type NoticeRow = Selectable<Notices>

export async function insertNotice(db: Db, notice: Insertable<Notices>): Promise<void> {
  await db.insertInto('notices').values(notice).execute()
}

/**
 * Takes up to `limit` notices whose time has come, and puts them off: for whoever takes them and dies, somebody else
 * sends them after `leaseSeconds`. Their attempt is counted before it is made.
 */
export function takeDueNotices(db: Db, limit: number, leaseSeconds: number): Promise<NoticeRow[]> {
  return db
    .updateTable('notices')
    .set((eb) => ({
      attempts: eb('attempts', '+', 1),
      dueAt: sql<Date>`now() + make_interval(secs => ${leaseSeconds})`,
    }))
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('notices')
        .select('id')
        .where('sentAt', 'is', null)
        .where('failedAt', 'is', null)
        .where('dueAt', '<=', sql<Date>`now()`)
        .orderBy('dueAt')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute()
}

/** It was sent: what it said is forgotten. */
export async function setNoticeSent(db: Db, id: string): Promise<void> {
  await db
    .updateTable('notices')
    .set({ sentAt: sql<Date>`now()`, sealedDataKey: null, sealedSecret: null, lastError: null })
    .where('id', '=', id)
    .execute()
}

/** It was not: it is tried again after some seconds, or never when `retrySeconds` is null. */
export async function setNoticeFailed(
  db: Db,
  id: string,
  lastError: string,
  retrySeconds: number | null,
): Promise<void> {
  await db
    .updateTable('notices')
    .set(
      retrySeconds === null
        ? { lastError, failedAt: sql<Date>`now()` }
        : { lastError, dueAt: sql<Date>`now() + make_interval(secs => ${retrySeconds})` },
    )
    .where('id', '=', id)
    .execute()
}

export const NOTICE_STATES = ['waiting', 'sent', 'failed'] as const
export type NoticeState = (typeof NOTICE_STATES)[number]

/** Notices, newest first, older than the one whose id is `cursor`: ids sort by time. */
export function listNotices(
  db: Db,
  { limit, cursor, state }: { limit: number; cursor?: string | undefined; state?: NoticeState | undefined },
): Promise<NoticeRow[]> {
  return db
    .selectFrom('notices')
    .selectAll()
    .$if(cursor !== undefined, (query) => query.where('id', '<', cursor ?? ''))
    .$if(state === 'sent', (query) => query.where('sentAt', 'is not', null))
    .$if(state === 'failed', (query) => query.where('failedAt', 'is not', null))
    .$if(state === 'waiting', (query) => query.where('sentAt', 'is', null).where('failedAt', 'is', null))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export function lockNotice(db: Db, id: string): Promise<NoticeRow | undefined> {
  return db.selectFrom('notices').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Begins anew with all attempts, at once. */
export function renewNotice(db: Db, id: string): Promise<NoticeRow> {
  return db
    .updateTable('notices')
    .set({ attempts: 0, failedAt: null, dueAt: sql<Date>`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Forgets notices that were sent, or given up, long ago: until then one can see it, or send it again. Those that wait are kept however old they are. */
export async function deleteOldNotices(db: Db, limit: number): Promise<number> {
  const over = sql<Date>`coalesce(sent_at, failed_at)`
  const old = db
    .selectFrom('notices')
    .select('id')
    .where(over, '<', sql<Date>`now() - make_interval(days => ${RETENTION.noticeDays})`)
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('notices').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
