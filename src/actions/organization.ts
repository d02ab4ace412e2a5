import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { organizationUpdate, organizationView } from '../contract/organization.ts'
import {
  findOrganization,
  lockOrganization,
  type OrganizationRow,
  setOrganization,
} from '../db/organization.ts'
import { transaction } from '../db/transaction.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere, visible } from './authorize.ts'
import { requireVersion } from './require-version.ts'
import { timeZoneOf } from './time-zone.ts'

/** Everybody with a role may know whose installation this is. */
export async function viewOrganization(ctx: Ctx): Promise<Output<typeof organizationView>> {
  authorizeAnywhere(ctx.actor, organizationView.permission)
  return presentOrganization(
    visible(ctx.actor, 'organization', await findOrganization(ctx.db), () => ORGANIZATION),
  )
}

export async function updateOrganization(
  ctx: Ctx,
  { body }: Valid<typeof organizationUpdate>,
): Promise<Output<typeof organizationUpdate>> {
  authorize(ctx.actor, organizationUpdate.permission, ORGANIZATION)
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'organization', await lockOrganization(ctx.db), () => ORGANIZATION)
    requireVersion(ctx, 'organization', row)
    const timeZone = await timeZoneOf(ctx, body.timeZone, '/body/timeZone')
    const before = presentOrganization(row)
    const after = presentOrganization(await setOrganization(ctx.db, { ...body, timeZone }))
    await audit(ctx, { action: 'organization.update', targetId: row.id, before, after })
    return after
  })
}

function presentOrganization(row: OrganizationRow): Output<typeof organizationView> {
  return {
    id: row.id,
    name: row.name,
    timeZone: row.timeZone,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
  }
}
