import type { Selectable } from 'kysely'
import type { Db } from '../app.ts'
import type { KeySecrets } from './schema.ts'

export type KeySecretRow = Omit<Selectable<KeySecrets>, 'hash'>

export async function insertKeySecret(
  db: Db,
  secret: { id: string; keyId: string; hash: string; hint: string; expiresAt: Date | null },
): Promise<void> {
  await db.insertInto('keySecrets').values(secret).execute()
}

/** Of the key of a trust rule there may be thousands: the newest of each key say enough. */
const SHOWN_SECRETS = 50

/** The newest secrets of each of these keys, newest first. Their hashes stay where they are. */
export function listKeySecrets(db: Db, keyIds: string[]): Promise<KeySecretRow[]> {
  return db
    .selectFrom('keys')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('keySecrets')
          .select(['id', 'keyId', 'hint', 'createdAt', 'expiresAt', 'lastUsedAt'])
          .whereRef('keyId', '=', 'keys.id')
          .orderBy('id', 'desc')
          .limit(SHOWN_SECRETS)
          .as('shown'),
      (join) => join.onTrue(),
    )
    .selectAll('shown')
    .where('keys.id', 'in', keyIds)
    .orderBy('shown.id', 'desc')
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

/** Ends every secret of this key that has an end: of replaced ones, and of a trust rule's. */
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
