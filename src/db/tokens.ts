import { type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { ApiTokens } from './schema.ts'

export type TokenRow = Omit<Selectable<ApiTokens>, 'hash'>

const SHOWN = [
  'id',
  'userId',
  'name',
  'role',
  'teamId',
  'hint',
  'createdAt',
  'expiresAt',
  'revokedAt',
] as const

export function insertToken(
  db: Db,
  token: {
    id: string
    userId: string
    name: string
    role: ApiTokens['role']
    teamId: string | null
    hash: string
    hint: string
    expiresAt: Date | null
  },
): Promise<TokenRow> {
  return db.insertInto('apiTokens').values(token).returning(SHOWN).executeTakeFirstOrThrow()
}

/** What sign-in needs to know of a token. Whether it has expired is decided by the database's clock. */
export function findTokenByHash(db: Db, hash: string) {
  return db
    .selectFrom('apiTokens')
    .innerJoin('users', 'users.id', 'apiTokens.userId')
    .select(['apiTokens.id', 'apiTokens.userId', 'apiTokens.role', 'apiTokens.teamId', 'apiTokens.revokedAt'])
    .select('users.deactivatedAt')
    .select(sql<boolean>`coalesce(api_tokens.expires_at <= now(), false)`.as('expired'))
    .where('apiTokens.hash', '=', hash)
    .executeTakeFirst()
}

export function findToken(db: Db, tokenId: string): Promise<TokenRow | undefined> {
  return db.selectFrom('apiTokens').select(SHOWN).where('id', '=', tokenId).executeTakeFirst()
}

export function lockToken(db: Db, tokenId: string): Promise<TokenRow | undefined> {
  return db.selectFrom('apiTokens').select(SHOWN).where('id', '=', tokenId).forUpdate().executeTakeFirst()
}

/** Tokens in order of creation, after `cursor`, revoked ones included. */
export function listTokens(
  db: Db,
  {
    limit,
    cursor,
    teamId,
    userId,
  }: {
    limit: number
    cursor: string | undefined
    teamId: string | undefined
    userId: string | undefined
  },
): Promise<TokenRow[]> {
  return db
    .selectFrom('apiTokens')
    .select(SHOWN)
    .where((eb) =>
      eb.and([
        ...(cursor === undefined ? [] : [eb('id', '>', cursor)]),
        ...(teamId === undefined ? [] : [eb('teamId', '=', teamId)]),
        ...(userId === undefined ? [] : [eb('userId', '=', userId)]),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The roles that a user's tokens still carry. */
export async function rolesOfUser(db: Db, userId: string): Promise<ApiTokens['role'][]> {
  const rows = await db
    .selectFrom('apiTokens')
    .select('role')
    .distinct()
    .where('userId', '=', userId)
    .where('revokedAt', 'is', null)
    .execute()
  return rows.map(({ role }) => role)
}

export function setTokenRevoked(db: Db, tokenId: string, revokedAt: Date): Promise<TokenRow> {
  return db
    .updateTable('apiTokens')
    .set({ revokedAt })
    .where('id', '=', tokenId)
    .returning(SHOWN)
    .executeTakeFirstOrThrow()
}
