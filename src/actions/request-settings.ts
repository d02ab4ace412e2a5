import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { requestSettingsUpdate, requestSettingsView } from '../contract/request-settings.ts'
import {
  findRequestSettings,
  lockRequestSettings,
  type RequestSettingsRow,
  setRequestSettings,
} from '../db/request-settings.ts'
import { transaction } from '../db/transaction.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere } from './authorize.ts'
import { requireVersion } from './require-version.ts'

export async function viewRequestSettings(ctx: Ctx): Promise<Output<typeof requestSettingsView>> {
  authorizeAnywhere(ctx.actor, requestSettingsView.permission)
  return presentSettings(await findRequestSettings(ctx.db))
}

/** Holds for requests from now on: one that waits keeps the number of approvals that it was made with. */
export async function updateRequestSettings(
  ctx: Ctx,
  { body }: Valid<typeof requestSettingsUpdate>,
): Promise<Output<typeof requestSettingsUpdate>> {
  return transaction(ctx, async (ctx) => {
    authorize(ctx.actor, requestSettingsUpdate.permission, ORGANIZATION)
    const row = await lockRequestSettings(ctx.db)
    requireVersion(ctx, 'setting', row)
    const before = presentSettings(row)
    const after = presentSettings(await setRequestSettings(ctx.db, body))
    await audit(ctx, { action: 'request-settings.update', targetId: 'request-settings', before, after })
    return after
  })
}

function presentSettings(row: RequestSettingsRow): Output<typeof requestSettingsView> {
  const { approvals, productionApprovals, raiseDays, pendingDays, deliveryHours, version } = row
  return { approvals, productionApprovals, raiseDays, pendingDays, deliveryHours, version }
}
