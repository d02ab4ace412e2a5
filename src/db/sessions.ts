import { type Insertable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Sessions } from './schema.ts'

export async function insertSession(db: Db, session: Insertable<Sessions>): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
}

/** Which sessions are meant: one, all of a person, or those that a sign-in at a connection began. */
export type WhichSessions =
  | { userId: string }
  | { sessionId: string }
  | { connectionId: string; ssoSid: string }

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
      if ('userId' in which) return eb('userId', '=', which.userId)
      if ('sessionId' in which) return eb('id', '=', which.sessionId)
      return eb.and({ connectionId: which.connectionId, ssoSid: which.ssoSid })
    })
    .returning(['id', 'userId'])
    .execute()
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
