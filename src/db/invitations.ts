import { type Insertable, type Selectable, sql, type UpdateObject } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Database, Invitations } from './schema.ts'
import { whereWithin } from './within.ts'

const VALID_DAYS = 7

export type InvitationRow = Selectable<Invitations>

const fromNow = sql<Date>`now() + make_interval(days => ${VALID_DAYS})`

export function insertInvitation(
  db: Db,
  invitation: Omit<Insertable<Invitations>, 'expiresAt'>,
): Promise<InvitationRow> {
  return db
    .insertInto('invitations')
    .values({ ...invitation, expiresAt: fromNow })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** What nobody accepted in time makes room for a new one to the same address. */
export async function deleteExpiredInvitation(db: Db, email: string): Promise<void> {
  await db
    .deleteFrom('invitations')
    .where('email', '=', email)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '<=', sql<Date>`clock_timestamp()`)
    .execute()
}

export function findInvitation(db: Db, invitationId: string): Promise<InvitationRow | undefined> {
  return db.selectFrom('invitations').selectAll().where('id', '=', invitationId).executeTakeFirst()
}

export function lockInvitation(db: Db, invitationId: string): Promise<InvitationRow | undefined> {
  return db
    .selectFrom('invitations')
    .selectAll()
    .where('id', '=', invitationId)
    .forUpdate()
    .executeTakeFirst()
}

/** The invitation that this link opens; undefined when it was used, taken back or has expired. Locks it. */
export function lockOpenInvitation(db: Db, hash: string): Promise<InvitationRow | undefined> {
  return db
    .selectFrom('invitations')
    .selectAll()
    .where('hash', '=', hash)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .forUpdate()
    .executeTakeFirst()
}

/** Invitations in order of creation, after `cursor`. */
export function listInvitations(
  db: Db,
  { within, cursor, limit }: { within: Within; cursor?: string | undefined; limit: number },
): Promise<InvitationRow[]> {
  return db
    .selectFrom('invitations')
    .selectAll()
    .where(whereWithin(within, { team: 'invitations.teamId', project: 'invitations.projectId' }))
    .where((eb) => (cursor === undefined ? eb.lit(true) : eb('id', '>', cursor)))
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Another link, from another person, and the days begin anew. */
export function setInvitationLink(
  db: Db,
  invitationId: string,
  { hash, invitedBy }: { hash: string; invitedBy: string },
): Promise<InvitationRow> {
  return changed(db, invitationId, { hash, invitedBy, expiresAt: fromNow })
}

export function setInvitationAccepted(
  db: Db,
  invitationId: string,
  acceptedBy: string,
): Promise<InvitationRow> {
  return changed(db, invitationId, { acceptedAt: sql<Date>`clock_timestamp()`, acceptedBy })
}

export function setInvitationRevoked(db: Db, invitationId: string): Promise<InvitationRow> {
  return changed(db, invitationId, { revokedAt: sql<Date>`clock_timestamp()` })
}

/** Takes back what was offered to this address and nobody accepted. */
export function revokeInvitationsTo(db: Db, email: string): Promise<InvitationRow[]> {
  return db
    .updateTable('invitations')
    .set({ revokedAt: sql<Date>`clock_timestamp()` })
    .where('email', '=', email)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .returningAll()
    .execute()
}

function changed(
  db: Db,
  invitationId: string,
  values: UpdateObject<Database, 'invitations'>,
): Promise<InvitationRow> {
  return db
    .updateTable('invitations')
    .set(values)
    .where('id', '=', invitationId)
    .returningAll()
    .executeTakeFirstOrThrow()
}
