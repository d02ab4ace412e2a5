import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { SessionRow } from './sessions.ts'

/** Locks a living session of somebody active. Ending it meanwhile waits, or has happened and there is none. */
export function lockLivingSession(db: Db, sessionId: string): Promise<SessionRow | undefined> {
  return living(db).where('sessions.id', '=', sessionId).forUpdate('sessions').executeTakeFirst()
}

/** The same, by the refresh token that is in force. */
export function lockSessionByRefresh(db: Db, refreshHash: string): Promise<SessionRow | undefined> {
  return living(db).where('sessions.refreshHash', '=', refreshHash).forUpdate('sessions').executeTakeFirst()
}

/** The living session of a refresh token that was replaced. */
export function findSessionOfUsedRefresh(db: Db, refreshHash: string): Promise<SessionRow | undefined> {
  return living(db)
    .innerJoin('usedRefreshTokens', 'usedRefreshTokens.sessionId', 'sessions.id')
    .where('usedRefreshTokens.hash', '=', refreshHash)
    .executeTakeFirst()
}

/** The living session that one of its two tokens belongs to. */
export function findSessionOfToken(db: Db, hash: string): Promise<SessionRow | undefined> {
  return living(db)
    .where('sessions.kind', '=', 'cli')
    .where((eb) => eb.or([eb('sessions.refreshHash', '=', hash), eb('sessions.hash', '=', hash)]))
    .executeTakeFirst()
}

type Renewal = { id: string; hash: string; hashExpiresAt: Date; refreshHash: string; usedRefreshHash: string }

/**
 * Gives the session its next tokens. The access token of before opens it for another minute, for requests that are
 * under way; the refresh token of before is remembered, to know it when it comes back.
 */
export async function renewSession(db: Db, renewal: Renewal): Promise<void> {
  const { id, hash, hashExpiresAt, refreshHash, usedRefreshHash } = renewal
  await db.insertInto('usedRefreshTokens').values({ hash: usedRefreshHash, sessionId: id }).execute()
  await db
    .updateTable('sessions')
    .set((eb) => ({
      hash,
      hashExpiresAt,
      refreshHash,
      previousHash: eb.ref('hash'),
      previousUntil: sql<Date>`least(clock_timestamp() + interval '1 minute', hash_expires_at)`,
    }))
    .where('id', '=', id)
    .execute()
}

/** What is remembered of sessions that are over says nothing any more. */
export async function deleteOldRefreshTokens(db: Db, limit: number): Promise<number> {
  const old = db
    .selectFrom('usedRefreshTokens')
    .innerJoin('sessions', 'sessions.id', 'usedRefreshTokens.sessionId')
    .select('usedRefreshTokens.hash')
    .where((eb) =>
      eb.or([eb('sessions.endedAt', 'is not', null), eb('sessions.expiresAt', '<', sql<Date>`now()`)]),
    )
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('usedRefreshTokens')
    .where('hash', 'in', old)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function living(db: Db) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .selectAll('sessions')
    .where('sessions.endedAt', 'is', null)
    .where('sessions.expiresAt', '>', sql<Date>`clock_timestamp()`)
    .where('users.deactivatedAt', 'is', null)
}
