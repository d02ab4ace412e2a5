import type { Ctx } from '../app.ts'
import { outranks } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { principalActor } from './principal.ts'

/**
 * Whoever sets how somebody signs in, or holds a token of theirs, acts as them: so only those do it who hold more. Equals do not reset each
 * other; the last owner uses the operator's way (`CLAVIGER_SETUP_…`).
 */
export async function requireOutranks(ctx: Ctx, userId: string): Promise<void> {
  const { layers } = await principalActor(ctx.db, { userId, serviceAccountId: null })
  if (outranks(ctx.actor, layers[0])) return
  throw new AppError(
    'forbidden',
    'Only somebody with more rights than this user decides how they sign in, or makes a token that acts as them.',
  )
}
