import type { Ctx, Visit } from '../app.ts'
import { type ConnectionRow, lockConnection } from '../db/connections.ts'
import {
  deleteIdentity,
  findIdentityOf,
  type IdentityRow,
  insertIdentity,
  setIdentityUsed,
} from '../db/identities.ts'
import { findOpenInvitationTo } from '../db/invitations.ts'
import { findActiveUser, insertUser } from '../db/users.ts'
import { type Claims, domainOf, nameOf, vouchedEmail } from '../domain/claims.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import type { Proved } from '../oidc.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { audit } from './audit.ts'
import { actorForThemselves } from './sessions.ts'
import { presentUser } from './users.ts'

/** Somebody whom a provider proved, at one of our connections. */
export type Visitor = { connection: ConnectionRow; proved: Proved }

/**
 * The account of whom a provider proved, and a new one for who has none yet. Whose account it is, is decided by who
 * they are there (connection, issuer, subject), never by an address. Throws `forbidden` and says what to do.
 */
export async function accountOf(visit: Visit, visitor: Visitor): Promise<string> {
  // Of two first sign-ins at once, the second finds what the first made.
  await lockConnection(visit.db, visitor.connection.id)
  const known = await findIdentityOf(visit.db, subjectOf(visitor))
  if (!known) return makeAccount(visit, visitor)
  if (known.deactivatedAt) throw refused('Your account here is deactivated. Ask an admin.')
  requireOwnDomain(visitor.connection, known.userEmail)
  await setIdentityUsed(visit.db, known.id, emailIn(visitor.proved.claims))
  return known.userId
}

/** Accepts an invitation as whom the provider proved: it vouches for the address that was invited. */
export async function accountOfInvited(visit: Visit, visitor: Visitor, token: string, invited: string) {
  const { connection, proved } = visitor
  const email = vouchedEmail(connection.issuer, proved.claims)
  if (email !== invited) {
    const message = `The invitation is for ${invited}, and ${connection.name} does not say that this is you. Sign in there as that person, or choose a password.`
    throw refused(message)
  }
  requireOwnDomain(connection, email)
  const known = await findIdentityOf(visit.db, subjectOf(visitor))
  if (known && known.deactivatedAt === null) throw refused('You have an account here already. Sign in to it.')
  const userId = await acceptInvitation(visit, token, nameOf(proved.claims, email))
  const ctx = asThemselves(visit, userId)
  // Who comes back is a new user, and the one before is nobody's any more.
  if (known) await forget(ctx, known)
  await connect(ctx, visitor, userId)
  return userId
}

/** What would keep this person from signing in, in words; null when nothing would. Changes nothing. */
export async function problemOf(visit: Visit, visitor: Visitor): Promise<string | null> {
  const known = await findIdentityOf(visit.db, subjectOf(visitor))
  try {
    if (known) requireOwnDomain(visitor.connection, known.userEmail)
    else requireVouched(visitor)
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}

/** Connects whom the provider proved to an account: they sign in to it from now on. */
export async function connect(ctx: Ctx, visitor: Visitor, userId: string): Promise<void> {
  const subject = subjectOf(visitor)
  const email = emailIn(visitor.proved.claims)
  const id = newId('idn')
  await insertIdentity(ctx.db, { id, ...subject, userId, email })
  await audit(ctx, { action: 'identity.create', targetId: id, after: { ...subject, userId, email } })
}

export function subjectOf({ connection: { id, issuer }, proved: { subject } }: Visitor) {
  return { connectionId: id, issuer, subject }
}

/** A connection signs in nobody outside its domains, whatever its provider says. */
export function requireOwnDomain({ name, domains }: ConnectionRow, email: string): void {
  if (domains.includes(domainOf(email))) return
  throw refused(
    `${name} signs in people of ${domains.join(', ') || 'no domain yet'}, and ${email} is not there.`,
  )
}

async function makeAccount(visit: Visit, visitor: Visitor): Promise<string> {
  const { connection, proved } = visitor
  const email = requireVouched(visitor)
  if (await findActiveUser(visit.db, email)) {
    throw refused(
      `There is an account with the address ${email} already. Sign in to it as you did before, then connect ${connection.name} on your profile.`,
    )
  }
  if (await findOpenInvitationTo(visit.db, email)) {
    throw refused('You were invited: open the link in your invitation, and sign in from there.')
  }
  if (connection.defaultRole === null) {
    throw refused('You have no account here, and it takes an invitation to get one. Ask an admin.')
  }
  const user = await insertUser(visit.db, { id: newId('usr'), email, name: nameOf(proved.claims, email) })
  const ctx = asThemselves(visit, user.id)
  await audit(ctx, { action: 'user.create', targetId: user.id, after: presentUser(user) })
  await connect(ctx, visitor, user.id)
  return user.id
}

function requireVouched({ connection, proved }: Visitor): string {
  const email = vouchedEmail(connection.issuer, proved.claims)
  if (email === null) {
    throw refused(
      `${connection.name} does not say that your e-mail address is verified, so no account is made of it. Ask an admin.`,
    )
  }
  requireOwnDomain(connection, email)
  return email
}

async function forget(ctx: Ctx, { id, connectionId, issuer, subject, userId }: IdentityRow): Promise<void> {
  await deleteIdentity(ctx.db, id)
  const before = { connectionId, issuer, subject, userId }
  await audit(ctx, { action: 'identity.delete', targetId: id, before, reason: 'they were invited anew' })
}

function asThemselves(visit: Visit, userId: string): Ctx {
  return { ...visit, actor: actorForThemselves(userId, { userId, methods: ['sso'] }) }
}

/** For people to recognize, however little it proves. */
function emailIn({ email }: Claims): string | null {
  return typeof email === 'string' ? email.slice(0, 254) : null
}

function refused(message: string): AppError {
  return new AppError('forbidden', message)
}
