import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { EmailTokens } from './schema.ts'

export const RESET_MINUTES = 30

export type EmailTokenRow = Selectable<EmailTokens>

/** A link that lets a person choose a password. Those they had before are void. */
export async function insertEmailToken(
  db: Db,
  token: Omit<Insertable<EmailTokens>, 'expiresAt'>,
): Promise<void> {
  await deleteOpenEmailTokens(db, token.userId)
  const expiresAt = sql<Date>`now() + make_interval(mins => ${RESET_MINUTES})`
  await db
    .insertInto('emailTokens')
    .values({ ...token, expiresAt })
    .execute()
}

/** What was sent to this person opens nothing any more. */
export async function deleteOpenEmailTokens(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('emailTokens').where('userId', '=', userId).where('usedAt', 'is', null).execute()
}

/** The token with this hash that can still be used: its person is active, and at the address it was sent to. */
export function findEmailToken(db: Db, hash: string): Promise<EmailTokenRow | undefined> {
  return db
    .selectFrom('emailTokens')
    .innerJoin('users', (join) =>
      join.onRef('users.id', '=', 'emailTokens.userId').onRef('users.email', '=', 'emailTokens.email'),
    )
    .selectAll('emailTokens')
    .where('emailTokens.hash', '=', hash)
    .where('emailTokens.usedAt', 'is', null)
    .where('emailTokens.expiresAt', '>', sql<Date>`clock_timestamp()`)
    .where('users.deactivatedAt', 'is', null)
    .executeTakeFirst()
}

/** Uses it up. False when it was used: of two at once, one is right. */
export async function useEmailToken(db: Db, tokenId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('emailTokens')
    .set({ usedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', tokenId)
    .where('usedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Links that were not used yet: the person's address is another now. */
export async function voidEmailTokens(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('emailTokens').where('userId', '=', userId).where('usedAt', 'is', null).execute()
}

export async function deleteOldEmailTokens(db: Db, limit: number): Promise<number> {
  const old = db.selectFrom('emailTokens').select('id').where('expiresAt', '<', sql<Date>`now()`).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('emailTokens').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
