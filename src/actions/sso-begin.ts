import type { Ctx, Visit } from '../app.ts'
import type { identityStart } from '../contract/identities.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { findConnectionOfDomain, listEnabledConnections } from '../db/connections.ts'
import { findEnabledConnectionOf } from '../db/identities.ts'
import { transaction } from '../db/transaction.ts'
import { reachOf } from '../domain/access.ts'
import { domainOf } from '../domain/claims.ts'
import { canonicalEmail } from '../domain/email-address.ts'
import { AppError } from '../domain/errors.ts'
import { readInvitation } from './accept-invitation.ts'
import { audit } from './audit.ts'
import { notFound, requirePerson } from './authorize.ts'
import { requireConfirmed } from './require-confirmed.ts'
import { allowLink, beginSso, takeLink } from './sso-attempts.ts'

type Begun = Awaited<ReturnType<typeof beginSso>>

/** The providers on the sign-in page. */
export function connectionsToOffer({ db }: Visit): Promise<{ id: string; name: string }[]> {
  return listEnabledConnections(db)
}

/** Where people with such an address sign in, and whether they may sign in otherwise. It says nothing of any one of them. */
export async function connectionOf(
  { db }: Visit,
  typed: string,
): Promise<{ id: string; name: string; enforced: boolean } | null> {
  const email = canonicalEmail(typed)
  return (email !== null && (await findConnectionOfDomain(db, domainOf(email)))) || null
}

/** To the provider of the address that was invited, with the link of the invitation. */
export async function beginInvited(visit: Visit, token: string): Promise<Begun> {
  const { email } = await readInvitation(visit, token)
  const connection = await connectionOf(visit, email)
  if (connection === null) throw notFound('connection')
  return beginSso(visit, connection.id, { purpose: 'invitation', token }, { loginHint: email })
}

/** An owner tries a connection out: nobody is signed in, and nothing changes but that it was tested. */
export async function beginTest(ctx: Ctx, connectionId: string): Promise<Begun> {
  const { sessionId } = requirePerson(ctx.actor)
  if (reachOf(ctx.actor, 'connection:update') !== 'everything') {
    throw new AppError('forbidden', 'Only who may change a connection can try it out.')
  }
  return beginSso(ctx, connectionId, { purpose: 'test', sessionId })
}

/** Where somebody who has nothing to confirm with here can do it: at the provider that they sign in with. */
export async function connectionToConfirmAt(ctx: Ctx): Promise<{ id: string; name: string } | null> {
  return (await findEnabledConnectionOf(ctx.db, requirePerson(ctx.actor).userId)) ?? null
}

/** To the provider, where they sign in once more, however lately they did. */
export function beginStepUp(ctx: Ctx, connectionId: string, stepUpId: string): Promise<Begun> {
  requirePerson(ctx.actor)
  return beginSso(ctx, connectionId, { purpose: 'step-up', stepUpId })
}

/** Somebody connects an account elsewhere to their own: from then on it opens theirs, so they confirm it. */
export async function startIdentity(
  ctx: Ctx,
  { body }: Valid<typeof identityStart>,
): Promise<Output<typeof identityStart>> {
  const { userId } = requirePerson(ctx.actor)
  requireConfirmed(ctx)
  const { connectionId } = body
  return transaction(ctx, async (ctx) => {
    const token = await allowLink(ctx, connectionId, userId)
    await audit(ctx, { action: 'identity.start', targetId: connectionId })
    return { url: `${ctx.config.url}/sso/${connectionId}/link/${token}` }
  })
}

/** To the provider, with what `startIdentity` gave: the browser comes back in this session or not at all. */
export async function beginLink(ctx: Ctx, connectionId: string, token: string): Promise<Begun> {
  const { userId, sessionId } = requirePerson(ctx.actor)
  await takeLink(ctx, { token, connectionId, userId })
  return beginSso(ctx, connectionId, { purpose: 'link', sessionId })
}
