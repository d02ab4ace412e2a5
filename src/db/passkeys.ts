import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { PasskeyChallenges, Passkeys } from './schema.ts'

export type PasskeyRow = Selectable<Passkeys>

export function insertPasskey(db: Db, passkey: Insertable<Passkeys>): Promise<PasskeyRow> {
  return db.insertInto('passkeys').values(passkey).returningAll().executeTakeFirstOrThrow()
}

/** A person's passkeys, in the order in which they were added. */
export function listPasskeys(db: Db, userId: string): Promise<PasskeyRow[]> {
  return db.selectFrom('passkeys').selectAll().where('userId', '=', userId).orderBy('id').execute()
}

/** The passkey that a browser calls by this id, of somebody who is active. */
export function findPasskey(db: Db, credentialId: string): Promise<PasskeyRow | undefined> {
  return db
    .selectFrom('passkeys')
    .innerJoin('users', 'users.id', 'passkeys.userId')
    .selectAll('passkeys')
    .where('credentialId', '=', credentialId)
    .where('users.deactivatedAt', 'is', null)
    .executeTakeFirst()
}

/** Removes one of a person's passkeys, which it returns; undefined when it is not theirs. */
export function deletePasskey(
  db: Db,
  passkey: { id: string; userId: string },
): Promise<PasskeyRow | undefined> {
  return db
    .deleteFrom('passkeys')
    .where((eb) => eb.and(passkey))
    .returningAll()
    .executeTakeFirst()
}

/** Removes all of a person's passkeys, and says which they were. */
export function deletePasskeysOf(db: Db, userId: string): Promise<{ id: string }[]> {
  return db.deleteFrom('passkeys').where('userId', '=', userId).returning('id').execute()
}

/**
 * Notes a use. False when the counter did not grow: another authenticator counts with the same key (WebAuthn Level 3,
 * section 6.1.1). Those that do not count always say 0. Of two uses with the same count one is right.
 */
export async function setPasskeyUsed(
  db: Db,
  passkeyId: string,
  { counter, backedUp }: { counter: number; backedUp: boolean },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkeys')
    .set({ counter: BigInt(counter), backedUp, lastUsedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', passkeyId)
    .where((eb) =>
      eb.or([eb('counter', '<', BigInt(counter)), eb.and([eb('counter', '=', 0n), eb.val(counter === 0)])]),
    )
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** How long somebody has to answer with their passkey. */
export const CHALLENGE_MINUTES = 5

type Challenge = Pick<PasskeyChallenges, 'hash' | 'purpose' | 'boundTo'>

export type ChallengePurpose = PasskeyChallenges['purpose']

export async function insertPasskeyChallenge(db: Db, challenge: Challenge): Promise<void> {
  const expiresAt = sql<Date>`clock_timestamp() + make_interval(mins => ${CHALLENGE_MINUTES})`
  await db
    .insertInto('passkeyChallenges')
    .values({ ...challenge, expiresAt })
    .execute()
}

/** Uses a challenge up. False when it was used, is too old, or was for something else: it stays for that. */
export async function takePasskeyChallenge(db: Db, challenge: Challenge): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('passkeyChallenges')
    .where((eb) => eb.and(challenge))
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

export async function deleteOldPasskeyChallenges(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('passkeyChallenges')
    .select('hash')
    .where('expiresAt', '<', sql<Date>`now()`)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('passkeyChallenges')
    .where('hash', 'in', old)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
