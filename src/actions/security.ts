import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { securityUpdate, securityView } from '../contract/security.ts'
import {
  findSecuritySettings,
  lockSecuritySettings,
  type SecurityRow,
  setSecuritySettings,
} from '../db/security-settings.ts'
import { transaction } from '../db/transaction.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize } from './authorize.ts'
import { requireRelyingParty } from './passkey-answer.ts'
import { requireVersion } from './require-version.ts'

const SECURITY = 'security'

export async function viewSecurity(ctx: Ctx): Promise<Output<typeof securityView>> {
  authorize(ctx.actor, securityView.permission, ORGANIZATION)
  return presentSecurity(await findSecuritySettings(ctx.db))
}

/** Binds at the next request of everybody: who then lacks a second factor signs in again, and adds one there. */
export async function updateSecurity(
  ctx: Ctx,
  { body }: Valid<typeof securityUpdate>,
): Promise<Output<typeof securityUpdate>> {
  authorize(ctx.actor, securityUpdate.permission, ORGANIZATION)
  // Nobody could sign in any more.
  if (body.mfa === 'passkeys') requireRelyingParty(ctx)
  return transaction(ctx, async (ctx) => {
    const row = await lockSecuritySettings(ctx.db)
    requireVersion(ctx, 'setting', row)
    const before = presentSecurity(row)
    const after = presentSecurity(await setSecuritySettings(ctx.db, body))
    await audit(ctx, { action: 'security.update', targetId: SECURITY, before, after })
    return after
  })
}

function presentSecurity(row: SecurityRow): Output<typeof securityView> {
  const { singleton: _, ...settings } = row
  return settings
}
