import type { Ctx } from '../app.ts'
import { hasLivingOwner, lockOwners } from '../db/owners.ts'
import { AppError } from '../domain/errors.ts'
import { keepBreakGlass } from './enforced-sign-in.ts'

/**
 * Refuses what the transaction has just changed when it leaves nobody who can sign in as an owner. Of two changes at
 * the same time, which together would, the second is refused.
 */
export async function keepAnOwner(ctx: Ctx): Promise<void> {
  await lockOwners(ctx.db)
  if (await hasLivingOwner(ctx.db)) return keepBreakGlass(ctx)
  throw new AppError(
    'conflict',
    'This would leave no owner who can sign in: nobody could manage this installation. See to another one first.',
  )
}
