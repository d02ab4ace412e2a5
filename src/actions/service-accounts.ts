import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  serviceAccountCreate,
  serviceAccountList,
  serviceAccountUpdate,
  serviceAccountView,
} from '../contract/service-accounts.ts'
import { hasProductionKey } from '../db/in-production.ts'
import { notify } from '../db/notify.ts'
import {
  findServiceAccount,
  insertServiceAccount,
  listServiceAccounts,
  lockServiceAccount,
  type ServiceAccountRow,
  setServiceAccount,
} from '../db/service-accounts.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser, type UserRow } from '../db/users.ts'
import { serviceAccountPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { switchedAt } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { openProject } from './projects.ts'
import { requireVersion } from './require-version.ts'

export async function createServiceAccount(
  ctx: Ctx,
  { body }: Valid<typeof serviceAccountCreate>,
): Promise<Output<typeof serviceAccountCreate>> {
  return transaction(ctx, async (ctx) => {
    const { teamId } = await openProject(ctx, serviceAccountCreate.permission, body.projectId)
    const { ownerUserId = ctx.actor.userId, ...values } = body
    if (ownerUserId !== null) requireActive(await lockUser(ctx.db, ownerUserId))
    const id = newId('svc')
    await insertServiceAccount(ctx.db, { id, ...values, ownerUserId })
    const account = await readServiceAccount(ctx, id)
    const { projectId } = body
    await audit(ctx, { action: 'service-account.create', targetId: id, teamId, projectId, after: account })
    return account
  })
}

export async function listServiceAccountsFor(
  ctx: Ctx,
  { query }: Valid<typeof serviceAccountList>,
): Promise<Output<typeof serviceAccountList>> {
  const reach = within(ctx.actor, serviceAccountList.permission, query)
  const { limit, ...filter } = query
  const rows = await listServiceAccounts(ctx.db, { ...filter, limit: limit + 1, within: reach })
  return pageOf(rows, limit, presentServiceAccount)
}

export async function viewServiceAccount(
  ctx: Ctx,
  { params }: Valid<typeof serviceAccountView>,
): Promise<Output<typeof serviceAccountView>> {
  const found = await findServiceAccount(ctx.db, params.serviceAccountId)
  const row = visible(ctx.actor, 'service account', found, serviceAccountPlace)
  authorize(ctx.actor, serviceAccountView.permission, serviceAccountPlace(row))
  return presentServiceAccount(row)
}

export async function updateServiceAccount(
  ctx: Ctx,
  { params, body }: Valid<typeof serviceAccountUpdate>,
): Promise<Output<typeof serviceAccountUpdate>> {
  return transaction(ctx, async (ctx) => {
    const { deactivated, ...values } = body
    // The person before the account, as when somebody leaves; who may not be told of them is refused first.
    const owner = values.ownerUserId ? await lockUser(ctx.db, values.ownerUserId) : null
    const locked = await lockServiceAccount(ctx.db, params.serviceAccountId)
    const row = visible(ctx.actor, 'service account', locked, serviceAccountPlace)
    // Its keys stop with it, and who answers for it may revoke them, and is given their secrets: production's too.
    const bindsKeys = deactivated !== undefined || values.ownerUserId !== undefined
    const production = bindsKeys && (await hasProductionKey(ctx.db, row.id))
    authorize(ctx.actor, serviceAccountUpdate.permission, { ...serviceAccountPlace(row), production })
    requireVersion(ctx, 'service account', row)
    if (owner !== null) requireActive(owner)
    const deactivatedAt = switchedAt(deactivated, row.deactivatedAt, ctx.clock())
    await setServiceAccount(ctx.db, row.id, { ...values, deactivatedAt })
    const before = presentServiceAccount(row)
    const after = await readServiceAccount(ctx, row.id)
    await audit(ctx, {
      action: 'service-account.update',
      targetId: row.id,
      teamId: row.teamId,
      projectId: row.projectId,
      before,
      after,
    })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

/** Who answers for a program is there. Locked, so that nobody is made to in the moment in which they leave. */
function requireActive(owner: UserRow | undefined): void {
  if (!owner || owner.deactivatedAt) throw invalid('/body/ownerUserId', 'there is no such active user')
}

async function readServiceAccount(ctx: Ctx, accountId: string): Promise<Output<typeof serviceAccountView>> {
  return presentServiceAccount(
    visible(ctx.actor, 'service account', await findServiceAccount(ctx.db, accountId), serviceAccountPlace),
  )
}

export function presentServiceAccount(row: ServiceAccountRow): Output<typeof serviceAccountView> {
  return {
    id: row.id,
    projectId: row.projectId,
    teamId: row.teamId,
    name: row.name,
    ownerUserId: row.ownerUserId,
    createdAt: row.createdAt.toISOString(),
    deactivatedAt: row.deactivatedAt?.toISOString() ?? null,
    version: row.version,
  }
}
