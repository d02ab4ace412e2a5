import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { securityUpdate, securityView } from '../contract/security.ts'
import {
  findSecuritySettings,
  lockSecuritySettings,
  type SecurityRow,
  setSecuritySettings,
} from '../db/security-settings.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { authorize } from './authorize.ts'
import { changeSettings } from './change-settings.ts'
import { requireRelyingParty } from './passkey-answer.ts'

export async function viewSecurity(ctx: Ctx): Promise<Output<typeof securityView>> {
  authorize(ctx.actor, securityView.permission, ORGANIZATION)
  return presentSecurity(await findSecuritySettings(ctx.db))
}

/** Binds at the next request of everybody: who then lacks a second factor signs in again, and adds one there. */
export function updateSecurity(
  ctx: Ctx,
  { body }: Valid<typeof securityUpdate>,
): Promise<Output<typeof securityUpdate>> {
  const { permission } = securityUpdate
  const security = { name: 'security', permission, lock: lockSecuritySettings, present: presentSecurity }
  return changeSettings(ctx, security, (ctx) => {
    // Nobody could sign in any more.
    if (body.mfa === 'passkeys') requireRelyingParty(ctx)
    return setSecuritySettings(ctx.db, body)
  })
}

function presentSecurity(row: SecurityRow): Output<typeof securityView> {
  const { singleton: _, ...settings } = row
  return settings
}
