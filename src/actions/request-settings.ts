import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { requestSettingsUpdate, requestSettingsView } from '../contract/request-settings.ts'
import {
  findRequestSettings,
  lockRequestSettings,
  type RequestSettingsRow,
  setRequestSettings,
} from '../db/request-settings.ts'
import { authorizeAnywhere } from './authorize.ts'
import { changeSettings } from './change-settings.ts'

export async function viewRequestSettings(ctx: Ctx): Promise<Output<typeof requestSettingsView>> {
  authorizeAnywhere(ctx.actor, requestSettingsView.permission)
  return presentSettings(await findRequestSettings(ctx.db))
}

/** Holds for requests from now on: one that waits keeps the number of approvals that it was made with. */
export function updateRequestSettings(
  ctx: Ctx,
  { body }: Valid<typeof requestSettingsUpdate>,
): Promise<Output<typeof requestSettingsUpdate>> {
  const { permission } = requestSettingsUpdate
  const settings = {
    name: 'request-settings',
    permission,
    lock: lockRequestSettings,
    present: presentSettings,
  }
  return changeSettings(ctx, settings, (ctx) => setRequestSettings(ctx.db, body))
}

function presentSettings(row: RequestSettingsRow): Output<typeof requestSettingsView> {
  const { approvals, productionApprovals, raiseDays, pendingDays, deliveryHours, version } = row
  return { approvals, productionApprovals, raiseDays, pendingDays, deliveryHours, version }
}
