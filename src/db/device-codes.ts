import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { DeviceCodes } from './schema.ts'

export const DEVICE_CODE_MINUTES = 10

export type DeviceCodeRow = Selectable<DeviceCodes>

export async function insertDeviceCode(
  db: Db,
  code: Omit<Insertable<DeviceCodes>, 'expiresAt'>,
): Promise<void> {
  const expiresAt = sql<Date>`now() + make_interval(mins => ${DEVICE_CODE_MINUTES})`
  await db
    .insertInto('deviceCodes')
    .values({ ...code, expiresAt })
    .execute()
}

/** How many codes this address asked for that still wait. */
export async function countWaitingCodes(db: Db, ip: string | null): Promise<number> {
  const { count } = await waiting(db)
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('ip', 'is not distinct from', ip)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The code that somebody typed, while it waits for an answer. */
export function findWaitingCode(db: Db, userCodeHash: string): Promise<DeviceCodeRow | undefined> {
  return waiting(db).selectAll().where('userCodeHash', '=', userCodeHash).executeTakeFirst()
}

/** Notes the answer of who is in this session; null is a no. False when somebody was faster, or its time is over. */
export async function decideDeviceCode(
  db: Db,
  { hash, sessionId }: { hash: string; sessionId: string | null },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('deviceCodes')
    .set({ decidedAt: sql<Date>`clock_timestamp()`, sessionId })
    .where('hash', '=', hash)
    .where('decidedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Locks it until the transaction ends, so that of two polls at once one gets what there is. */
export function lockDeviceCode(db: Db, hash: string): Promise<DeviceCodeRow | undefined> {
  return db.selectFrom('deviceCodes').selectAll().where('hash', '=', hash).forUpdate().executeTakeFirst()
}

/** Notes that it asked, and how long it waits from now on. */
export async function notePoll(
  db: Db,
  { hash, intervalSeconds }: { hash: string; intervalSeconds: number },
): Promise<void> {
  await db
    .updateTable('deviceCodes')
    .set({ lastPollAt: sql<Date>`clock_timestamp()`, intervalSeconds })
    .where('hash', '=', hash)
    .execute()
}

export async function setDeviceCodeUsed(db: Db, hash: string): Promise<void> {
  await db
    .updateTable('deviceCodes')
    .set({ usedAt: sql<Date>`clock_timestamp()` })
    .where('hash', '=', hash)
    .execute()
}

/** Kept for an hour longer, so that a late device is told that its time was over. */
export async function deleteOldDeviceCodes(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('deviceCodes')
    .select('hash')
    .where('expiresAt', '<', sql<Date>`now() - interval '1 hour'`)
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('deviceCodes').where('hash', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

function waiting(db: Db) {
  return db
    .selectFrom('deviceCodes')
    .where('decidedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
}
