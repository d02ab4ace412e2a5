import type { Ctx, Db, Visit } from '../app.ts'
import type { connectionUpdate } from '../contract/connections.ts'
import type { Valid } from '../contract/operation.ts'
import {
  type ConnectionRow,
  findConnectionOfDomain,
  isAnyEnforced,
  listSessionsAround,
} from '../db/connections.ts'
import { listBreakGlassOwners } from '../db/owners.ts'
import type { UserRow } from '../db/users.ts'
import { domainOf } from '../domain/claims.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { factorsOf } from './factors.ts'
import { raiseFinding } from './findings.ts'
import { endSessions } from './sessions.ts'

/** The connection in which people with such an address must sign in; null when they are free to. */
export async function enforcedConnectionOf(
  db: Db,
  email: string,
): Promise<{ id: string; name: string } | null> {
  const connection = await findConnectionOfDomain(db, domainOf(email))
  return connection?.enforced ? connection : null
}

/** What anybody with such an address is told, whether or not they exist, and whatever they typed. */
export function signInThere(email: string, { name }: { name: string }): AppError {
  return new AppError('forbidden', `People of ${domainOf(email)} sign in with ${name}.`)
}

/**
 * Refuses a sign-in that goes around an enforced connection. An owner who was given that way may: it is for when the
 * provider is away, so each time becomes a finding.
 */
export async function requireNotEnforced(visit: Visit, ctx: Ctx, user: UserRow): Promise<void> {
  const connection = await enforcedConnectionOf(visit.db, user.email)
  if (connection === null) return
  if (!(await mayGoAround(visit.db, user))) throw signInThere(user.email, connection)
  await raiseFinding(ctx, {
    kind: 'break-glass-used',
    severity: 'high',
    targetId: user.id,
    place: CONFIDENTIAL,
    detail: { email: user.email, connectionId: connection.id, ip: visit.ip },
  })
}

/** Whether this owner may sign in here while a connection is enforced. */
export async function mayGoAround(db: Db, user: UserRow): Promise<boolean> {
  return user.breakGlass && (await listBreakGlassOwners(db)).includes(user.id)
}

/**
 * An enforced connection was tried out as it is, has people, and leaves an owner another way in. `row` is what it
 * would be, but for `changes`.
 */
export async function requireEnforceable(
  ctx: Ctx,
  row: ConnectionRow,
  changes: Valid<typeof connectionUpdate>['body'],
): Promise<void> {
  const { enforced = row.enforced, enabled = row.enabled, domains = row.domains } = changes
  if (!enforced || changes.enabled === false) return
  if (domains.length === 0)
    throw new AppError('conflict', 'Say of which domains its people are first (domains).')
  if (!enabled) throw new AppError('conflict', 'Enable this connection first: nobody could sign in.')
  if (row.testedAt === null) {
    const first = row.enforced ? 'Stop enforcing it, change it, then sign' : 'Sign'
    throw new AppError('conflict', `${first} in for a test (testUrl), and see that it works.`)
  }
  if (!row.enforced) await requireBreakGlass(ctx.db)
}

/** Whoever signed in another way, and may not any more, is signed out. */
export async function beginEnforcing(ctx: Ctx, connectionId: string): Promise<void> {
  for (const { id } of await listSessionsAround(ctx.db, connectionId)) {
    await endSessions(ctx, { sessionId: id }, 'a connection is enforced')
  }
}

/** While a connection is enforced, some owner has a way around it that works. */
export async function keepBreakGlass({ db }: Ctx): Promise<void> {
  if (await isAnyEnforced(db)) await requireBreakGlass(db)
}

async function requireBreakGlass(db: Db): Promise<void> {
  for (const userId of await listBreakGlassOwners(db)) {
    const { password, totp, passkeys } = await factorsOf(db, userId)
    // A passkey is two factors at once.
    if (passkeys > 0 || (password && totp)) return
  }
  throw new AppError(
    'conflict',
    'While a connection is enforced, one owner must be able to sign in without it: give an owner who has a passkey, or a password and an authenticator app, that way (breakGlass).',
  )
}
