import type { Ctx, Visit } from '../app.ts'
import { type InvitationRow, lockOpenInvitation, setInvitationAccepted } from '../db/invitations.ts'
import { findOrganization } from '../db/organization.ts'
import { transaction } from '../db/transaction.ts'
import { findUser, insertUser } from '../db/users.ts'
import { programActor } from '../domain/actor.ts'
import { AppError } from '../domain/errors.ts'
import { secretKind } from '../domain/key-format.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { giveGrant } from './grants.ts'
import { commonPlace, requireMayOffer } from './invitations.ts'
import { setPassword } from './passwords.ts'
import { principalActor } from './principal.ts'
import { requireAddress } from './require-address.ts'
import { actorForThemselves } from './sessions.ts'
import { type NextStep, passFirstFactor } from './sign-in.ts'
import { presentUser } from './users.ts'

export type Welcome = { email: string; name: string; organization: string; inviter: string }

/** What whoever has the link is asked to. Throws `not_found` when it opens nothing any more. */
export async function readInvitation(visit: Visit, token: string): Promise<Welcome> {
  await requireAddress(visit)
  return transaction(visit, async (visit) => {
    const { email, name, invitedBy } = await openInvitation(visit, token)
    const inviter = (await findUser(visit.db, invitedBy))?.name ?? ''
    const organization = (await findOrganization(visit.db))?.name ?? ''
    return { email, name: name ?? '', organization, inviter }
  })
}

/** Accepts with a password of one's own, and goes on to sign in. */
export async function acceptWithPassword(
  visit: Visit,
  { token, name, password }: { token: string; name: string; password: string },
): Promise<NextStep> {
  await requireAddress(visit)
  return transaction(visit, async (visit) => {
    const userId = await acceptInvitation(visit, token, name)
    await setPassword({ ...visit, actor: actorForThemselves(userId, { userId }) }, userId, password)
    return passFirstFactor(visit, { userId, methods: ['pwd'], mfaDone: false, returnTo: '/' })
  })
}

/**
 * Makes an account of an invitation, once, with the roles that it offers: if who invited could still give them at this
 * moment. Returns the new user's id. The caller sees to it that this is the person at that address.
 */
export async function acceptInvitation(visit: Visit, token: string, name: string): Promise<string> {
  return transaction(visit, async (visit) => {
    const row = await openInvitation(visit, token)
    const inviting = await asInviter(visit, row)
    const user = await insertUser(visit.db, { id: newId('usr'), email: row.email, name })
    const ctx: Ctx = { ...visit, actor: actorForThemselves(row.id, { userId: user.id }) }
    await audit(ctx, { action: 'user.create', targetId: user.id, after: presentUser(user) })
    for (const { roleId: role, teamId, projectId, production, expiresAt } of row.roles) {
      await giveGrant(
        inviting,
        { userId: user.id, serviceAccountId: null },
        { role, teamId, projectId, production, expiresAt },
        { source: 'invitation', sourceId: row.id },
      )
    }
    await setInvitationAccepted(visit.db, row.id, user.id)
    await audit(ctx, { action: 'invitation.accept', targetId: row.id, ...commonPlace(row) })
    return user.id
  })
}

async function openInvitation(visit: Visit, token: string): Promise<InvitationRow> {
  const known = secretKind(token) === 'inv'
  const row = known ? await lockOpenInvitation(visit.db, visit.keyring.hashSecret(token)) : undefined
  if (row) return row
  throw new AppError(
    'not_found',
    'This invitation was used, taken back or renewed, or is older than seven days. Ask for a new one.',
  )
}

/** The invitation acts, with what its inviter may do now: they may have left, or hold less than when they sent it. */
async function asInviter(visit: Visit, row: InvitationRow): Promise<Ctx> {
  const inviter = await findUser(visit.db, row.invitedBy)
  const { layers } = await principalActor(visit.db, { userId: row.invitedBy, serviceAccountId: null })
  const actor = { ...programActor('job', row.id), layers }
  const ctx: Ctx = { ...visit, actor }
  try {
    if (!inviter || inviter.deactivatedAt) throw new AppError('forbidden', 'The inviter has left.')
    for (const role of row.roles) await requireMayOffer(ctx, role)
    return ctx
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const message = 'Who invited you cannot give all of this any more. Ask for a new invitation.'
    throw new AppError('forbidden', message, { cause: error })
  }
}
