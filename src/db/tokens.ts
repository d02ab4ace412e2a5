import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { ApiTokens } from './schema.ts'
import { whereWithin } from './within.ts'

export type TokenRow = Omit<Selectable<ApiTokens>, 'hash'>

/** What is read of a token: never its hash. */
export const SHOWN_TOKEN = [
  'id',
  'userId',
  'serviceAccountId',
  'name',
  'roleId',
  'teamId',
  'projectId',
  'production',
  'hint',
  'createdAt',
  'expiresAt',
  'revokedAt',
  'lastUsedAt',
] as const

export function insertToken(db: Db, token: Insertable<ApiTokens>): Promise<TokenRow> {
  return db.insertInto('apiTokens').values(token).returning(SHOWN_TOKEN).executeTakeFirstOrThrow()
}

export function findToken(db: Db, tokenId: string): Promise<TokenRow | undefined> {
  return db.selectFrom('apiTokens').select(SHOWN_TOKEN).where('id', '=', tokenId).executeTakeFirst()
}

export function lockToken(db: Db, tokenId: string): Promise<TokenRow | undefined> {
  return db
    .selectFrom('apiTokens')
    .select(SHOWN_TOKEN)
    .where('id', '=', tokenId)
    .forUpdate()
    .executeTakeFirst()
}

/** Tokens in order of creation, after `cursor`, revoked ones included. */
export function listTokens(
  db: Db,
  {
    limit,
    cursor,
    within,
    self,
    userId,
    serviceAccountId,
  }: {
    limit: number
    cursor?: string | undefined
    within: Within
    /** Whose own are listed wherever they reach. */
    self: string | null
    userId?: string | undefined
    serviceAccountId?: string | undefined
  },
): Promise<TokenRow[]> {
  return db
    .selectFrom('apiTokens')
    .select(SHOWN_TOKEN)
    .where((eb) =>
      eb.and([
        ...(cursor === undefined ? [] : [eb('id', '>', cursor)]),
        eb.or([whereWithin(within, { team: 'teamId', project: 'projectId' }), eb('userId', '=', self)]),
        ...(userId === undefined ? [] : [eb('userId', '=', userId)]),
        ...(serviceAccountId === undefined ? [] : [eb('serviceAccountId', '=', serviceAccountId)]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Notes that a token is in use. */
export async function touchToken(db: Db, tokenId: string): Promise<void> {
  await db.updateTable('apiTokens').set({ lastUsedAt: sql<Date>`now()` }).where('id', '=', tokenId).execute()
}

export function setTokenRevoked(db: Db, tokenId: string, revokedAt: Date): Promise<TokenRow> {
  return db
    .updateTable('apiTokens')
    .set({ revokedAt })
    .where('id', '=', tokenId)
    .returning(SHOWN_TOKEN)
    .executeTakeFirstOrThrow()
}
