import type { Ctx } from '../app.ts'
import type { KeyRow } from '../db/keys.ts'
import { findServiceAccount } from '../db/service-accounts.ts'
import { decide } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { ORGANIZATION } from '../domain/place.ts'

/** The person who answers for what is done with a key: its owner, or the owner of its service account. */
export async function answersFor(ctx: Ctx, row: KeyRow): Promise<string | null> {
  if (row.serviceAccountId === null) return row.userId
  return (await findServiceAccount(ctx.db, row.serviceAccountId))?.ownerUserId ?? null
}

/**
 * A person's budgets are spent by whoever holds their keys: who has a role in one team or project only gets no secret
 * of somebody else's. `deliver` is the command that makes one which its owner alone sees.
 */
export function requireMayHoldFor({ actor }: Ctx, ownerId: string, deliver: string): void {
  if (ownerId === actor.userId || decide(actor, 'key:create', ORGANIZATION).allowed) return
  throw new AppError(
    'forbidden',
    'A role in a team or a project gives you secrets of your own keys and of those of its service accounts. ' +
      `For another person, it takes a role in the whole organization; or have it delivered (${deliver}), so that ` +
      'they alone see it.',
  )
}
