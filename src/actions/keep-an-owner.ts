import type { Ctx } from '../app.ts'
import { hasLivingOwnerToken, lockOwners } from '../db/owners.ts'
import { AppError } from '../domain/errors.ts'

/**
 * Refuses what the transaction has just changed when it leaves nobody who can sign in as an owner. Of two changes at
 * the same time, which together would, the second is refused.
 */
export async function keepAnOwner(ctx: Ctx): Promise<void> {
  await lockOwners(ctx.db)
  if (await hasLivingOwnerToken(ctx.db)) return
  throw new AppError(
    'conflict',
    'This is the last token of an owner: without it nobody could manage this installation. Create another one first.',
  )
}
