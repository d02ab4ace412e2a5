import { type ExpressionBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Database } from './schema.ts'

const OWNERS = 7_236_505

/** Whatever could take away the last owner waits for its turn here, and keeps it until its transaction ends. */
export async function lockOwners(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${OWNERS})`.execute(db)
}

/** Whether somebody can still sign in as an owner of the whole organization. */
export async function hasLivingOwner(db: Db): Promise<boolean> {
  const row = await owners(db)
    .select('users.id')
    .where((eb) => eb.or([eb.exists(passwords(eb)), eb.exists(wholeTokens(eb))]))
    .executeTakeFirst()
  return row !== undefined
}

/** Whether an owner can sign in in a browser: with a password, a passkey, or at an identity provider. */
export async function hasOwnerWhoSignsIn(db: Db): Promise<boolean> {
  const row = await owners(db)
    .select('users.id')
    .where((eb) =>
      eb.or([
        eb.exists(passwords(eb)),
        eb.exists(eb.selectFrom('passkeys').select('id').whereRef('passkeys.userId', '=', 'users.id')),
        eb.exists(eb.selectFrom('identities').select('id').whereRef('identities.userId', '=', 'users.id')),
      ]),
    )
    .executeTakeFirst()
  return row !== undefined
}

type Users = ExpressionBuilder<Database, 'users'>

function passwords(eb: Users) {
  return eb.selectFrom('passwords').select('userId').whereRef('passwords.userId', '=', 'users.id')
}

function wholeTokens(eb: Users) {
  return eb
    .selectFrom('apiTokens')
    .select('id')
    .whereRef('apiTokens.userId', '=', 'users.id')
    .where((eb) => eb.or([eb('apiTokens.roleId', 'is', null), eb('apiTokens.roleId', '=', 'owner')]))
    .where('apiTokens.teamId', 'is', null)
    .where('apiTokens.revokedAt', 'is', null)
    .where(sql<boolean>`coalesce(api_tokens.expires_at > clock_timestamp(), true)`)
}

/** The active owner with this address, whether or not any token of theirs still works. */
export function findOwner(db: Db, email: string): Promise<{ id: string } | undefined> {
  return owners(db).select('users.id').where('users.email', '=', email).executeTakeFirst()
}

/** The active owners who may sign in here while a connection is enforced. */
export async function listBreakGlassOwners(db: Db): Promise<string[]> {
  const rows = await owners(db).select('users.id').where('users.breakGlass', '=', true).distinct().execute()
  return rows.map(({ id }) => id)
}

function owners(db: Db) {
  return db
    .selectFrom('grants')
    .innerJoin('users', 'users.id', 'grants.userId')
    .where('grants.roleId', '=', 'owner')
    .where('grants.revokedAt', 'is', null)
    .where('users.deactivatedAt', 'is', null)
}
