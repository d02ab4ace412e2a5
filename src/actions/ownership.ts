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
import { transaction } from '../db/transaction.ts'
import { ORGANIZATION } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize, authorizeAnywhere } from './authorize.ts'
import { requireVersion } from './require-version.ts'

const TARGET = 'ownership'

export async function viewOwnership(ctx: Ctx): Promise<Output<typeof ownershipView>> {
  authorizeAnywhere(ctx.actor, ownershipView.permission)
  return presentOwnership(await findOwnership(ctx.db))
}

export async function updateOwnership(
  ctx: Ctx,
  { body }: Valid<typeof ownershipUpdate>,
): Promise<Output<typeof ownershipUpdate>> {
  authorize(ctx.actor, ownershipUpdate.permission, ORGANIZATION)
  return transaction(ctx, async (ctx) => {
    const row = await lockOwnership(ctx.db)
    requireVersion(ctx, 'setting', row)
    const { attestationDays } = body
    const changed = attestationDays !== undefined && attestationDays !== row.attestationDays
    const attestationSince =
      attestationDays === undefined
        ? undefined
        : attestationDays === null
          ? null
          : (row.attestationSince ?? (await databaseTime(ctx.db)))
    const after = presentOwnership(await setOwnership(ctx.db, { ...body, attestationSince }))
    await audit(ctx, { action: 'ownership.update', targetId: TARGET, before: presentOwnership(row), after })
    if (changed) await resetAttestationNotices(ctx.db)
    return after
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
