import type { Ctx } from '../app.ts'
import type { OperationPermission } from '../contract/operation.ts'
import { type KeyRow, lockKey } from '../db/keys.ts'
import { databaseTime } from '../db/time.ts'
import { isRuledKey } from '../db/trust-rules.ts'
import { AppError } from '../domain/errors.ts'
import { type KeyState, keyStateAt } from '../domain/key-state.ts'
import { keyPlace, type Place } from '../domain/place.ts'
import { authorize, visible } from './authorize.ts'
import { requireVersion } from './require-version.ts'

type LockedKey = { row: KeyRow; state: KeyState; now: Date }

/** Locks a key that the actor may change, and says in which state it is. The time is read after the wait for the lock. */
export async function lockKeyFor(
  ctx: Ctx,
  permission: OperationPermission,
  keyId: string,
  placeOf: (row: KeyRow) => Place = keyPlace,
): Promise<LockedKey> {
  const row = visible(ctx.actor, 'key', await lockKey(ctx.db, keyId), placeOf)
  authorize(ctx.actor, permission, placeOf(row))
  requireVersion(ctx, 'key', row)
  const now = await databaseTime(ctx.db)
  return { row, state: keyStateAt(row, now), now }
}

export function refuseInState(state: KeyState, what: string): AppError {
  const final = state === 'revoked' || state === 'expired'
  return new AppError(
    'conflict',
    `The key is ${state}: it cannot be ${what}.${final ? ' Create a new one.' : ''}`,
  )
}

/** The secrets of such a key are made by exchange, and by nothing else: one that lasts would outlive its rule. */
export async function refuseRuledKey(ctx: Ctx, keyId: string): Promise<void> {
  if (!(await isRuledKey(ctx.db, keyId))) return
  throw new AppError(
    'conflict',
    'Its secrets come from a trust rule: a workload gets one with its own token.',
  )
}
