import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Sessions } from './schema.ts'

export async function insertSession(db: Db, session: Insertable<Sessions>): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
}

/**
 * Which sessions are meant: one, all of a person, all but the one they are in, or those that were begun at a
 * connection: all, of one person, or of one session at its provider.
 */
export type WhichSessions =
  | { userId: string }
  | { sessionId: string }
  | { userId: string; exceptSessionId: string }
  | { connectionId: string; ssoSid?: string; userId?: string }

/** Ends the living ones among them, and says which they were. */
export function endLivingSessions(
  db: Db,
  which: WhichSessions,
  reason: string,
): Promise<{ id: string; userId: string }[]> {
  return db
    .updateTable('sessions')
    .set({ endedAt: sql<Date>`clock_timestamp()`, endedReason: reason })
    .where('endedAt', 'is', null)
    .where((eb) => {
      if ('exceptSessionId' in which) {
        return eb('userId', '=', which.userId).and('id', '!=', which.exceptSessionId)
      }
      if ('connectionId' in which) return eb.and(which)
      if ('userId' in which) return eb('userId', '=', which.userId)
      return eb('id', '=', which.sessionId)
    })
    .returning(['id', 'userId'])
    .execute()
}

export type SessionRow = Selectable<Sessions>

export function findLivingSession(db: Db, sessionId: string): Promise<SessionRow | undefined> {
  return living(db).where('id', '=', sessionId).executeTakeFirst()
}

/** A person's living sessions in order of creation, after `cursor`. */
export function listLivingSessions(
  db: Db,
  { userId, cursor, limit }: { userId: string; cursor?: string | undefined; limit: number },
): Promise<SessionRow[]> {
  return living(db)
    .where('userId', '=', userId)
    .where((eb) => (cursor === undefined ? eb.lit(true) : eb('id', '>', cursor)))
    .orderBy('id')
    .limit(limit)
    .execute()
}

function living(db: Db) {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`now()`)
}

/** The secrets of these people's browsers are replaced at their next request: what they may do has changed. */
export async function markForRotation(db: Db, userId: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ mustRotate: true })
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .execute()
}

/** The same of everybody who holds this role. */
export async function markHoldersForRotation(db: Db, roleId: string): Promise<void> {
  const holders = db
    .selectFrom('grants')
    .select('userId')
    .where('roleId', '=', roleId)
    .where('revokedAt', 'is', null)
    .where('userId', 'is not', null)
  await db
    .updateTable('sessions')
    .set({ mustRotate: true })
    .where('userId', 'in', holders)
    .where('endedAt', 'is', null)
    .execute()
}

/** The person gave a second factor in this session: it counts as one that began with it. */
export async function setSessionMfa(db: Db, sessionId: string, method: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ mfa: true, methods: sql<string[]>`array_append(array_remove(methods, ${method}), ${method})` })
    .where('id', '=', sessionId)
    .execute()
}

export async function touchSession(db: Db, sessionId: string): Promise<void> {
  await db.updateTable('sessions').set({ lastSeenAt: sql<Date>`now()` }).where('id', '=', sessionId).execute()
}

/**
 * Replaces the secret of a browser's session. The one before opens it for another minute, for requests that are under
 * way. False when another request was faster.
 */
export async function rotateSession(
  db: Db,
  session: { id: string; hash: string; newHash: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({
      hash: session.newHash,
      previousHash: session.hash,
      previousUntil: sql<Date>`now() + interval '1 minute'`,
      mustRotate: false,
    })
    .where('id', '=', session.id)
    .where('hash', '=', session.hash)
    .where('mustRotate', '=', true)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
