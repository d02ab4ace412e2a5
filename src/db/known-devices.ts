import { sql } from 'kysely'
import type { Db } from '../app.ts'
import { RETENTION } from '../domain/retention.ts'

export async function insertKnownDevice(db: Db, device: { hash: string; userId: string }): Promise<void> {
  await db.insertInto('knownDevices').values(device).execute()
}

/** Whether the active person with this address signed in with this browser before. */
export async function isKnownDevice(db: Db, device: { hash: string; email: string }): Promise<boolean> {
  const row = await db
    .selectFrom('knownDevices')
    .innerJoin('users', 'users.id', 'knownDevices.userId')
    .select('users.id')
    .where('knownDevices.hash', '=', device.hash)
    .where('users.email', '=', device.email)
    .where('users.deactivatedAt', 'is', null)
    .where(sql<boolean>`known_devices.last_used_at > now() - make_interval(days => ${RETENTION.deviceDays})`)
    .executeTakeFirst()
  return row !== undefined
}

/** Forgets one browser, or all of a person's. */
export async function deleteKnownDevices(
  db: Db,
  which: { hash: string } | { userId: string },
): Promise<void> {
  await db
    .deleteFrom('knownDevices')
    .where((eb) => eb.and(which))
    .execute()
}

export async function deleteOldDevices(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('knownDevices')
    .select('hash')
    .where('lastUsedAt', '<', sql<Date>`now() - make_interval(days => ${RETENTION.deviceDays})`)
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('knownDevices').where('hash', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
