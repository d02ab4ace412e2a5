import { type Insertable, type Selectable, sql, type UpdateObject } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { Database, InvitationRoles, Invitations } from './schema.ts'
import { whereWithin } from './within.ts'

const VALID_DAYS = 7

/** A role that an invitation offers, and where. */
export type OfferedRole = Omit<Selectable<InvitationRoles>, 'invitationId' | 'number'>

export type InvitationRow = Selectable<Invitations> & { roles: OfferedRole[] }

const fromNow = sql<Date>`now() + make_interval(days => ${VALID_DAYS})`

/** Within a transaction. */
export async function insertInvitation(
  db: Db,
  invitation: Omit<Insertable<Invitations>, 'expiresAt'>,
  roles: OfferedRole[],
): Promise<InvitationRow> {
  const { id: invitationId } = invitation
  const row = await db
    .insertInto('invitations')
    .values({ ...invitation, expiresAt: fromNow })
    .returningAll()
    .executeTakeFirstOrThrow()
  await db
    .insertInto('invitationRoles')
    .values(roles.map((role, index) => ({ ...role, invitationId, number: index + 1 })))
    .execute()
  return { ...row, roles }
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
  return withRoles(db, invitations(db).where('id', '=', invitationId).executeTakeFirst())
}

export function lockInvitation(db: Db, invitationId: string): Promise<InvitationRow | undefined> {
  return withRoles(db, invitations(db).where('id', '=', invitationId).forUpdate().executeTakeFirst())
}

/** An invitation to this address that can still be accepted. */
export function findOpenInvitationTo(db: Db, email: string): Promise<{ id: string } | undefined> {
  return db
    .selectFrom('invitations')
    .select('id')
    .where('email', '=', email)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
}

/** The invitation that this link opens; undefined when it was used, taken back or has expired. Locks it. */
export function lockOpenInvitation(db: Db, hash: string): Promise<InvitationRow | undefined> {
  const open = invitations(db)
    .where('hash', '=', hash)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .forUpdate()
  return withRoles(db, open.executeTakeFirst())
}

/** Invitations in order of creation, after `cursor`: those all of whose roles lie within. */
export async function listInvitations(
  db: Db,
  { within, cursor, limit }: { within: Within; cursor?: string | undefined; limit: number },
): Promise<InvitationRow[]> {
  const rows = await invitations(db)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('invitationRoles')
            .select('number')
            .whereRef('invitationId', '=', 'invitations.id')
            // A role in the whole organization has no team: for it this is null, not false.
            .where(
              sql<boolean>`not coalesce(${whereWithin(within, { team: 'teamId', project: 'projectId' })}, false)`,
            ),
        ),
      ),
    )
    .where((eb) => (cursor === undefined ? eb.lit(true) : eb('id', '>', cursor)))
    .orderBy('id')
    .limit(limit)
    .execute()
  return attachRoles(db, rows)
}

function invitations(db: Db) {
  return db.selectFrom('invitations').selectAll()
}

async function withRoles(
  db: Db,
  found: Promise<Selectable<Invitations> | undefined>,
): Promise<InvitationRow | undefined> {
  const row = await found
  return row && (await attachRoles(db, [row]))[0]
}

async function attachRoles(db: Db, rows: Selectable<Invitations>[]): Promise<InvitationRow[]> {
  const roles = await listRolesOf(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => ({ ...row, roles: roles.get(row.id) ?? [] }))
}

/** By the invitation that they are of, in the order in which they were offered. */
async function listRolesOf(db: Db, invitationIds: string[]): Promise<Map<string, OfferedRole[]>> {
  if (invitationIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('invitationRoles')
    .selectAll()
    .where('invitationId', 'in', invitationIds)
    .orderBy('number')
    .execute()
  const all = rows.map(({ number: _, ...row }) => row)
  return Map.groupBy(all, ({ invitationId }) => invitationId)
}

/** Another link, from another person, and the days begin anew. */
export async function setInvitationLink(
  db: Db,
  invitationId: string,
  { hash, invitedBy }: { hash: string; invitedBy: string },
): Promise<void> {
  await change(db, invitationId, { hash, invitedBy, expiresAt: fromNow })
}

export async function setInvitationAccepted(db: Db, invitationId: string, acceptedBy: string): Promise<void> {
  await change(db, invitationId, { acceptedAt: sql<Date>`clock_timestamp()`, acceptedBy })
}

export async function setInvitationRevoked(db: Db, invitationId: string): Promise<void> {
  await change(db, invitationId, { revokedAt: sql<Date>`clock_timestamp()` })
}

/** Takes back what was offered to this address and nobody accepted. */
export async function revokeInvitationsTo(db: Db, email: string): Promise<InvitationRow[]> {
  const rows = await db
    .updateTable('invitations')
    .set({ revokedAt: sql<Date>`clock_timestamp()` })
    .where('email', '=', email)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .returningAll()
    .execute()
  return attachRoles(db, rows)
}

async function change(
  db: Db,
  invitationId: string,
  values: UpdateObject<Database, 'invitations'>,
): Promise<void> {
  await db.updateTable('invitations').set(values).where('id', '=', invitationId).execute()
}
