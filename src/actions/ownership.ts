import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { ownershipUpdate, ownershipView } from '../contract/ownership.ts'
import {
  findOwnership,
  lockOwnership,
  type OwnershipRow,
  resetAttestationNotices,
  setOwnership,
} from '../db/ownership.ts'
import { databaseTime } from '../db/time.ts'
import { authorizeAnywhere } from './authorize.ts'
import { changeSettings } from './change-settings.ts'

export async function viewOwnership(ctx: Ctx): Promise<Output<typeof ownershipView>> {
  authorizeAnywhere(ctx.actor, ownershipView.permission)
  return presentOwnership(await findOwnership(ctx.db))
}

export function updateOwnership(
  ctx: Ctx,
  { body }: Valid<typeof ownershipUpdate>,
): Promise<Output<typeof ownershipUpdate>> {
  const { permission } = ownershipUpdate
  const ownership = { name: 'ownership', permission, lock: lockOwnership, present: presentOwnership }
  return changeSettings(ctx, ownership, async (ctx, row) => {
    const { attestationDays } = body
    if (attestationDays === undefined || attestationDays === row.attestationDays) {
      return setOwnership(ctx.db, body)
    }
    await resetAttestationNotices(ctx.db)
    const since = row.attestationSince ?? (await databaseTime(ctx.db))
    return setOwnership(ctx.db, { ...body, attestationSince: attestationDays === null ? null : since })
  })
}

function presentOwnership(row: OwnershipRow): Output<typeof ownershipView> {
  return {
    requirePurpose: row.requirePurpose,
    requireApplication: row.requireApplication,
    requiredTags: row.requiredTags,
    attestationDays: row.attestationDays,
    attestationGraceDays: row.attestationGraceDays,
    version: row.version,
  }
}
