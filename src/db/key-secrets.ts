import { type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import { RETENTION } from '../domain/retention.ts'
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
  // In the order in which the ledger locks those that were used.
  await db
    .selectFrom('keySecrets')
    .select('id')
    .where('keyId', '=', keyId)
    .where('expiresAt', '>', now)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
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

/**
 * Deletes up to `limit` secrets of trust rules that ended long ago, and says of which rule each was. Skips those that
 * another sweeper holds.
 */
export async function deleteOldWorkloadSecrets(
  db: Db,
  limit: number,
): Promise<{ ruleId: string; teamId: string; projectId: string }[]> {
  const old = db
    .selectFrom('keySecrets')
    .innerJoin('trustRules', 'trustRules.keyId', 'keySecrets.keyId')
    .select('keySecrets.id')
    .where('expiresAt', '<', sql<Date>`now() - make_interval(days => ${RETENTION.workloadSecretDays})`)
    .limit(limit)
    .forUpdate('keySecrets')
    .skipLocked()
  return db
    .deleteFrom('keySecrets')
    .using(['trustRules', 'keys', 'environments', 'projects'])
    .where('keySecrets.id', 'in', old)
    .whereRef('trustRules.keyId', '=', 'keySecrets.keyId')
    .whereRef('keys.id', '=', 'keySecrets.keyId')
    .whereRef('environments.id', '=', 'keys.environmentId')
    .whereRef('projects.id', '=', 'environments.projectId')
    .returning(['trustRules.id as ruleId', 'projects.teamId', 'projects.id as projectId'])
    .execute()
}
