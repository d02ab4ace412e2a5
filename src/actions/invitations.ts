import type { Ctx } from '../app.ts'
import {
  invitationCreate,
  invitationList,
  invitationRenew,
  invitationRevoke,
  invitationView,
} from '../contract/invitations.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import {
  deleteExpiredInvitation,
  findInvitation,
  type InvitationRow,
  insertInvitation,
  listInvitations,
  lockInvitation,
  type OfferedRole,
  setInvitationLink,
  setInvitationRevoked,
} from '../db/invitations.ts'
import { findOrganization } from '../db/organization.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { findActiveUser } from '../db/users.ts'
import { sees } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { heldPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, notFound, requireCovers, within } from './authorize.ts'
import { findNamedScope, named, permissionsGiven } from './given-role.ts'
import { invalid } from './invalid.ts'
import { linkFor, notice } from './notices.ts'
import { pageOf } from './page.ts'
import { newSecret } from './sessions.ts'

type Body = Valid<typeof invitationCreate>['body']

/** Asks somebody in. Whoever does it holds all that is offered; and again when it is accepted. */
export async function createInvitation(
  ctx: Ctx,
  { body }: Valid<typeof invitationCreate>,
): Promise<Output<typeof invitationCreate>> {
  return transaction(ctx, async (ctx) => {
    const invitedBy = inviterOf(ctx)
    const roles: OfferedRole[] = []
    for (const { pointer, ...asked } of askedRoles(body)) {
      const { teamId, projectId, place } = await findNamedScope(ctx, asked)
      authorize(ctx.actor, invitationCreate.permission, place)
      const { role: roleId, expiresAt } = asked
      const offer = {
        roleId,
        teamId,
        projectId,
        production: asked.production || roleId === 'owner',
        expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
      }
      await requireMayOffer(ctx, offer, pointer)
      if (roles.some((other) => isSameRole(other, offer))) {
        throw invalid(`${pointer}/role`, 'this role is offered twice')
      }
      roles.push(offer)
    }
    if (await findActiveUser(ctx.db, body.email)) {
      throw new AppError('conflict', 'There is already a user with this address: give them a role instead.')
    }
    const secret = newSecret('inv')
    await deleteExpiredInvitation(ctx.db, body.email)
    const { email, name = null } = body
    const hash = ctx.keyring.hashSecret(secret)
    const row = await insertInvitation(ctx.db, { id: newId('inv'), email, name, invitedBy, hash }, roles)
    return send(ctx, row, secret, 'invitation.create')
  })
}

/** The roles that were asked for, and where in the input each is. */
function askedRoles({ role, teamId, projectId, production, grantExpiresAt: expiresAt, more }: Body) {
  return [
    { role, teamId, projectId, production, expiresAt, pointer: '/body' },
    ...more.map((further, index) => ({ ...further, pointer: `/body/more/${index}` })),
  ]
}

/** As grants are told apart. */
function isSameRole(one: OfferedRole, other: OfferedRole): boolean {
  return (['roleId', 'teamId', 'projectId', 'production'] as const).every((name) => one[name] === other[name])
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
  const found = await findInvitation(ctx.db, params.invitationId)
  return presentInvitation(letInto(ctx, invitationView.permission, found))
}

/** Sends it once more, with a new link: the one before opens nothing. It is then the actor's invitation. */
export async function renewInvitation(
  ctx: Ctx,
  { params }: Valid<typeof invitationRenew>,
): Promise<Output<typeof invitationRenew>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.invitationId, invitationRenew.permission)
    for (const role of row.roles) await requireMayOffer(ctx, role)
    const secret = newSecret('inv')
    const link = { hash: ctx.keyring.hashSecret(secret), invitedBy: inviterOf(ctx) }
    await setInvitationLink(ctx.db, row.id, link)
    return send(ctx, await readInvitation(ctx, row.id), secret, 'invitation.renew')
  })
}

export async function revokeInvitation(
  ctx: Ctx,
  { params }: Valid<typeof invitationRevoke>,
): Promise<Output<typeof invitationRevoke>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.invitationId, invitationRevoke.permission)
    await setInvitationRevoked(ctx.db, row.id)
    const before = presentInvitation(row)
    const after = presentInvitation(await readInvitation(ctx, row.id))
    await audit(ctx, { action: 'invitation.revoke', targetId: row.id, ...commonPlace(row), before, after })
    return after
  })
}

/** Whether the actor could give this role themselves, now. `pointer` is where it is in the input. */
export async function requireMayOffer(ctx: Ctx, offer: OfferedRole, pointer = '/body'): Promise<void> {
  const { roleId, production, expiresAt: endsAt } = offer
  if (endsAt && endsAt <= (await databaseTime(ctx.db))) {
    throw invalid(
      `${pointer}/${pointer === '/body' ? 'grantExpiresAt' : 'expiresAt'}`,
      'this moment has passed',
    )
  }
  if (roleId === 'owner' && endsAt !== null) throw invalid(`${pointer}/role`, 'owners do not expire')
  const scope = named(offer)
  const permissions = await permissionsGiven(ctx, roleId, scope, `${pointer}/role`)
  requireCovers(ctx.actor, { permissions, scope: scope.scope, production, endsAt })
}

async function lockForChange(
  ctx: Ctx,
  invitationId: string,
  permission: typeof invitationRevoke.permission,
): Promise<InvitationRow> {
  const row = letInto(ctx, permission, await lockInvitation(ctx.db, invitationId))
  if (row.acceptedAt) throw new AppError('conflict', 'This invitation was accepted already.')
  if (row.revokedAt) throw new AppError('conflict', 'This invitation was taken back.')
  return row
}

/** Who has to do with one of its roles only is not told of the others: all or nothing. */
function letInto(ctx: Ctx, permission: OperationPermission, found: InvitationRow | undefined): InvitationRow {
  const places = found?.roles.map(heldPlace) ?? []
  if (!found || !places.every((place) => sees(ctx.actor, place))) throw notFound('invitation')
  for (const place of places) authorize(ctx.actor, permission, place)
  return found
}

async function readInvitation(ctx: Ctx, invitationId: string): Promise<InvitationRow> {
  const row = await findInvitation(ctx.db, invitationId)
  if (!row) throw new Error('an invitation that is locked is not there')
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
  await audit(ctx, { action, targetId: row.id, ...commonPlace(row), after: invitation })
  return { invitation, link: linkFor(ctx, link) ?? null }
}

/** What an invitation gives is somebody's to give: it is checked again when it is accepted. */
function inviterOf({ actor }: Ctx): string {
  if (actor.userId !== null) return actor.userId
  throw new AppError('forbidden', 'Only a person invites others, not a service account.')
}

/** The team and the project that all of its roles are in, for the audit trail: null where they differ. */
export function commonPlace({ roles }: InvitationRow): { teamId: string | null; projectId: string | null } {
  const only = (ids: (string | null)[]) => (new Set(ids).size === 1 ? (ids[0] ?? null) : null)
  const teamId = only(roles.map((role) => role.teamId))
  return { teamId, projectId: only(roles.map((role) => role.projectId)) }
}

function presentInvitation(row: InvitationRow): Output<typeof invitationView> {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    roles: row.roles.map(({ roleId, teamId, projectId, production, expiresAt }) => ({
      role: roleId,
      teamId,
      projectId,
      production,
      expiresAt: expiresAt?.toISOString() ?? null,
    })),
    invitedBy: row.invitedBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    acceptedAt: row.acceptedAt?.toISOString() ?? null,
    acceptedBy: row.acceptedBy,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}
