import type { Ctx } from '../app.ts'
import {
  invitationCreate,
  invitationList,
  invitationRenew,
  invitationRevoke,
  invitationView,
} from '../contract/invitations.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  deleteExpiredInvitation,
  findInvitation,
  type InvitationRow,
  insertInvitation,
  listInvitations,
  lockInvitation,
  setInvitationLink,
  setInvitationRevoked,
} from '../db/invitations.ts'
import { findOrganization } from '../db/organization.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { findActiveUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { heldPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, requireCovers, visible, within } from './authorize.ts'
import { findNamedScope, named, permissionsGiven } from './given-role.ts'
import { invalid } from './invalid.ts'
import { linkFor, notice } from './notices.ts'
import { pageOf } from './page.ts'
import { newSecret } from './sessions.ts'

/** Asks somebody in. Whoever does it holds all that is offered; and again when it is accepted. */
export async function createInvitation(
  ctx: Ctx,
  { body }: Valid<typeof invitationCreate>,
): Promise<Output<typeof invitationCreate>> {
  return transaction(ctx, async (ctx) => {
    const scope = await findNamedScope(ctx, body)
    authorize(ctx.actor, invitationCreate.permission, scope.place)
    const invitedBy = inviterOf(ctx)
    const offer = {
      roleId: body.role,
      teamId: scope.teamId,
      projectId: scope.projectId,
      production: body.production || body.role === 'owner',
      grantExpiresAt: body.grantExpiresAt === undefined ? null : new Date(body.grantExpiresAt),
    }
    await requireMayOffer(ctx, offer)
    if (await findActiveUser(ctx.db, body.email)) {
      throw new AppError('conflict', 'There is already a user with this address: give them a role instead.')
    }
    const secret = newSecret('inv')
    await deleteExpiredInvitation(ctx.db, body.email)
    const row = await insertInvitation(ctx.db, {
      id: newId('inv'),
      email: body.email,
      name: body.name ?? null,
      ...offer,
      invitedBy,
      hash: ctx.keyring.hashSecret(secret),
    })
    return send(ctx, row, secret, 'invitation.create')
  })
}

export async function listInvitationsFor(
  ctx: Ctx,
  { query }: Valid<typeof invitationList>,
): Promise<Output<typeof invitationList>> {
  const { limit, cursor } = query
  const reach = within(ctx.actor, invitationList.permission)
  const rows = await listInvitations(ctx.db, { within: reach, cursor, limit: limit + 1 })
  return pageOf(rows, limit, presentInvitation)
}

export async function viewInvitation(
  ctx: Ctx,
  { params }: Valid<typeof invitationView>,
): Promise<Output<typeof invitationView>> {
  const row = visible(ctx.actor, 'invitation', await findInvitation(ctx.db, params.invitationId), heldPlace)
  authorize(ctx.actor, invitationView.permission, heldPlace(row))
  return presentInvitation(row)
}

/** Sends it once more, with a new link: the one before opens nothing. It is then the actor's invitation. */
export async function renewInvitation(
  ctx: Ctx,
  { params }: Valid<typeof invitationRenew>,
): Promise<Output<typeof invitationRenew>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.invitationId, invitationRenew.permission)
    await requireMayOffer(ctx, row)
    const secret = newSecret('inv')
    const link = { hash: ctx.keyring.hashSecret(secret), invitedBy: inviterOf(ctx) }
    return send(ctx, await setInvitationLink(ctx.db, row.id, link), secret, 'invitation.renew')
  })
}

export async function revokeInvitation(
  ctx: Ctx,
  { params }: Valid<typeof invitationRevoke>,
): Promise<Output<typeof invitationRevoke>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.invitationId, invitationRevoke.permission)
    const [before, after] = [row, await setInvitationRevoked(ctx.db, row.id)].map(presentInvitation)
    await audit(ctx, { action: 'invitation.revoke', targetId: row.id, ...placeOf(row), before, after })
    return after as Output<typeof invitationRevoke>
  })
}

type Offer = Pick<InvitationRow, 'roleId' | 'teamId' | 'projectId' | 'production' | 'grantExpiresAt'>

/** Whether the actor could give this role themselves, now. */
export async function requireMayOffer(ctx: Ctx, offer: Offer): Promise<void> {
  const { roleId, production, grantExpiresAt: endsAt } = offer
  if (endsAt && endsAt <= (await databaseTime(ctx.db))) {
    throw invalid('/body/grantExpiresAt', 'this moment has passed')
  }
  if (roleId === 'owner' && endsAt !== null) throw invalid('/body/role', 'owners do not expire')
  const scope = named(offer)
  const permissions = await permissionsGiven(ctx, roleId, scope)
  requireCovers(ctx.actor, { permissions, scope: scope.scope, production, endsAt })
}

async function lockForChange(
  ctx: Ctx,
  invitationId: string,
  permission: typeof invitationRevoke.permission,
): Promise<InvitationRow> {
  const row = visible(ctx.actor, 'invitation', await lockInvitation(ctx.db, invitationId), heldPlace)
  authorize(ctx.actor, permission, heldPlace(row))
  if (row.acceptedAt) throw new AppError('conflict', 'This invitation was accepted already.')
  if (row.revokedAt) throw new AppError('conflict', 'This invitation was taken back.')
  return row
}

async function send(
  ctx: Ctx,
  row: InvitationRow,
  secret: string,
  action: 'invitation.create' | 'invitation.renew',
): Promise<Output<typeof invitationCreate>> {
  const invitation = presentInvitation(row)
  const link = `${ctx.config.url}/invite/${secret}`
  const organization = (await findOrganization(ctx.db))?.name ?? ''
  await notice(ctx, {
    kind: action,
    to: { email: row.email },
    subject: `You are invited to Claviger at ${organization}`,
    text: `${organization} keeps its keys to AI models in Claviger, and asks you in. The link below is for you alone and works for seven days.`,
    link,
  })
  await audit(ctx, { action, targetId: row.id, ...placeOf(row), after: invitation })
  return { invitation, link: linkFor(ctx, link) ?? null }
}

/** What an invitation gives is somebody's to give: it is checked again when it is accepted. */
function inviterOf({ actor }: Ctx): string {
  if (actor.userId !== null) return actor.userId
  throw new AppError('forbidden', 'Only a person invites others, not a service account.')
}

function placeOf({ teamId, projectId }: InvitationRow) {
  return { teamId, projectId }
}

function presentInvitation(row: InvitationRow): Output<typeof invitationView> {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.roleId,
    teamId: row.teamId,
    projectId: row.projectId,
    production: row.production,
    grantExpiresAt: row.grantExpiresAt?.toISOString() ?? null,
    invitedBy: row.invitedBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
    acceptedBy: row.acceptedBy,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}
