import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Identities } from './schema.ts'

/** An identity with the name of its connection. */
export type IdentityRow = Selectable<Identities> & { connection: string }

/** Who somebody is: at this connection, of this issuer, under this name. An address says nothing. */
export type Subject = { connectionId: string; issuer: string; subject: string }

/** Of somebody who signed in at the provider just now. */
export async function insertIdentity(db: Db, identity: Insertable<Identities>): Promise<void> {
  await db
    .insertInto('identities')
    .values({ ...identity, lastSignInAt: sql<Date>`clock_timestamp()` })
    .execute()
}

/** The identity, and whether its person is still active here. */
export function findIdentityOf(
  db: Db,
  { connectionId, issuer, subject }: Subject,
): Promise<(IdentityRow & { deactivatedAt: Date | null; userEmail: string }) | undefined> {
  return identities(db)
    .innerJoin('users', 'users.id', 'identities.userId')
    .select(['users.deactivatedAt', 'users.email as userEmail'])
    .where('identities.connectionId', '=', connectionId)
    .where('identities.issuer', '=', issuer)
    .where('identities.subject', '=', subject)
    .executeTakeFirst()
}

/** Where a person can show once more that it is them: an enabled connection that they are somebody at. */
export function findEnabledConnectionOf(
  db: Db,
  userId: string,
): Promise<{ id: string; name: string } | undefined> {
  return db
    .selectFrom('identities')
    .innerJoin('connections', 'connections.id', 'identities.connectionId')
    .select(['connections.id', 'connections.name'])
    .where('identities.userId', '=', userId)
    .where('connections.enabled', '=', true)
    .orderBy('identities.lastSignInAt', (order) => order.desc().nullsLast())
    .executeTakeFirst()
}

/** The enabled connections at which a person is nobody yet. */
export function listConnectionsToLink(db: Db, userId: string): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('connections')
    .select(['id', 'name'])
    .where('enabled', '=', true)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('identities')
            .select('identities.id')
            .whereRef('identities.connectionId', '=', 'connections.id')
            .where('identities.userId', '=', userId),
        ),
      ),
    )
    .orderBy('name')
    .execute()
}

/** Locks the identity until the transaction ends, so that it is deleted once. */
export function lockIdentity(db: Db, identityId: string): Promise<IdentityRow | undefined> {
  return identities(db).where('identities.id', '=', identityId).forUpdate('identities').executeTakeFirst()
}

/** A person's identities in order of creation, after `cursor`. */
export function listIdentities(
  db: Db,
  { userId, cursor, limit }: { userId: string; cursor: string | undefined; limit: number },
): Promise<IdentityRow[]> {
  return identities(db)
    .where('identities.userId', '=', userId)
    .where((eb) => (cursor === undefined ? eb.lit(true) : eb('identities.id', '>', cursor)))
    .orderBy('identities.id')
    .limit(limit)
    .execute()
}

export async function setIdentityUsed(db: Db, identityId: string, email: string | null): Promise<void> {
  await db
    .updateTable('identities')
    .set({ lastSignInAt: sql<Date>`clock_timestamp()`, email })
    .where('id', '=', identityId)
    .execute()
}

export async function deleteIdentity(db: Db, identityId: string): Promise<void> {
  await db.deleteFrom('identities').where('id', '=', identityId).execute()
}

function identities(db: Db) {
  return db
    .selectFrom('identities')
    .innerJoin('connections', 'connections.id', 'identities.connectionId')
    .selectAll('identities')
    .select('connections.name as connection')
}
