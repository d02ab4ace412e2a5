import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { KeySecrets } from './schema.ts'

export type KeySecretRow = Omit<Selectable<KeySecrets>, 'hash'>

export async function insertKeySecret(
  db: Db,
  secret: { id: string; keyId: string; hash: string; hint: string },
): Promise<void> {
  await db.insertInto('keySecrets').values(secret).execute()
}

/** The secrets of these keys, newest first. Their hashes stay where they are. */
export function listKeySecrets(db: Db, keyIds: string[]): Promise<KeySecretRow[]> {
  return db
    .selectFrom('keySecrets')
    .select(['id', 'keyId', 'hint', 'createdAt', 'expiresAt', 'lastUsedAt'])
    .where('keyId', 'in', keyIds)
    .orderBy('id', 'desc')
    .execute()
}

export async function findCurrentSecretId(db: Db, keyId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('keySecrets')
    .select('id')
    .where('keyId', '=', keyId)
    .where('expiresAt', 'is', null)
    .executeTakeFirst()
  return row?.id
}

/** Ends the grace period of every replaced secret of this key. */
export async function endGracePeriods(db: Db, keyId: string, now: Date): Promise<void> {
  await db
    .updateTable('keySecrets')
    .set({ expiresAt: now })
    .where('keyId', '=', keyId)
    .where('expiresAt', '>', now)
    .execute()
}

/** Ends the secret's time at `expiresAt`, if it still is the current one. Says whether it was. */
export async function retireSecret(db: Db, secretId: string, expiresAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keySecrets')
    .set({ expiresAt })
    .where('id', '=', secretId)
    .where('expiresAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
