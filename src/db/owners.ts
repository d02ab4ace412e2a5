import { sql } from 'kysely'
import type { Db } from '../app.ts'

const OWNERS = 7_236_505

/** Whatever could take away the last owner waits for its turn here, and keeps it until its transaction ends. */
export async function lockOwners(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${OWNERS})`.execute(db)
}

/** Whether somebody can still sign in as an owner of the whole organization. */
export async function hasLivingOwnerToken(db: Db): Promise<boolean> {
  const row = await ownerTokens(db)
    .select('apiTokens.id')
    .where(sql<boolean>`coalesce(api_tokens.expires_at > now(), true)`)
    .executeTakeFirst()
  return row !== undefined
}

/** The active user with this address who has an owner's token that nobody revoked: it may be lost, or have expired. */
export function findOwner(db: Db, email: string): Promise<{ id: string } | undefined> {
  return ownerTokens(db).select('users.id').where('users.email', '=', email).executeTakeFirst()
}

function ownerTokens(db: Db) {
  return db
    .selectFrom('apiTokens')
    .innerJoin('users', 'users.id', 'apiTokens.userId')
    .where('apiTokens.role', '=', 'owner')
    .where('apiTokens.teamId', 'is', null)
    .where('apiTokens.revokedAt', 'is', null)
    .where('users.deactivatedAt', 'is', null)
}
