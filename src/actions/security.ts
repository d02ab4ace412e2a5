import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { securityUpdate, securityView } from '../contract/security.ts'
import {
  findSecuritySettings,
  lockSecuritySettings,
  type SecurityRow,
  setSecuritySettings,
} from '../db/security-settings.ts'
import { AppError } from '../domain/errors.ts'
import { notFromHere } from '../domain/ip-allowlist.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { audit } from './audit.ts'
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
    const { shutMeOut = false, ...settings } = body
    if (settings.mfa === 'passkeys') requireRelyingParty(ctx)
    if (!shutMeOut) requireOwnAddress(ctx, settings.ipAllowlist ?? [])
    return setSecuritySettings(ctx.db, settings)
  })
}

/**
 * Takes sessions and tokens from everywhere again, when somebody with the server in their hands recovers an owner: whoever
 * shut everybody out could not be let in otherwise.
 */
export async function openToEveryAddress(ctx: Ctx): Promise<void> {
  const row = await lockSecuritySettings(ctx.db)
  if (row.ipAllowlist.length === 0) return
  const after = presentSecurity(await setSecuritySettings(ctx.db, { ipAllowlist: [] }))
  const before = presentSecurity(row)
  await audit(ctx, { action: 'security.update', targetId: 'security', before, after })
}

/** Whoever saves a list that they are not in could not take it back. */
function requireOwnAddress({ ip }: Ctx, ipAllowlist: string[]): void {
  if (notFromHere(ipAllowlist, ip) === null) return
  throw new AppError(
    'conflict',
    `The list does not hold the address that you come from, ${ip ?? 'which is unknown'}: you would be shut out at once. To save it all the same, send "shutMeOut": true.`,
  )
}

function presentSecurity(row: SecurityRow): Output<typeof securityView> {
  const { singleton: _, ...settings } = row
  return settings
}
