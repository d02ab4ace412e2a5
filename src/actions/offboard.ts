import type { Ctx } from '../app.ts'
import { userOffboard } from '../contract/offboarding.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { takeTurn } from '../db/access-requests.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser, setUser, type UserRow } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize, visible } from './authorize.ts'
import { invalid } from './invalid.ts'
import { type Done, type Leaver, OFFBOARD_STEPS } from './offboard-steps.ts'
import { requireCoversPrincipal } from './principal.ts'
import { reachReport } from './reach-report.ts'
import { presentUser } from './users.ts'

/**
 * Ends all that a person holds, at once or not at all, and answers what they held and could reach. Who comes back is
 * a new user. Nobody offboards somebody who may do what they may not, nor themselves, nor the last owner.
 */
export async function offboardUser(
  ctx: Ctx,
  { params, body }: Valid<typeof userOffboard>,
): Promise<Output<typeof userOffboard>> {
  authorize(ctx.actor, userOffboard.permission, CONFIDENTIAL)
  return transaction(ctx, async (ctx) => {
    const { successorId = null, keys, reason } = body
    // Before the people: who decides about a request of theirs locks it first, and them after it.
    await takeTurn(ctx.db)
    const locked = await lockPeople(ctx, params.userId, successorId)
    const user = visible(ctx.actor, 'user', locked.get(params.userId), () => CONFIDENTIAL)
    if (user.id === ctx.actor.userId) {
      throw new AppError('conflict', 'You cannot offboard yourself. Ask somebody else.')
    }
    await requireCoversPrincipal(ctx, { userId: user.id, serviceAccountId: null })
    if (successorId !== null) requireActiveSuccessor(user, locked.get(successorId))
    else if (keys === 'transfer') throw invalid('/body/successorId', 'say who gets the keys')
    const reach = await reachReport(ctx, user)
    const leaver: Leaver = { userId: user.id, successorId, keys, reason }
    let done: Done = {}
    for (const step of OFFBOARD_STEPS) done = { ...done, ...(await step(ctx, leaver)) }
    const deactivatedAt = user.deactivatedAt ?? ctx.clock()
    const after = presentUser(await setUser(ctx.db, user.id, { deactivatedAt }))
    await audit(ctx, {
      action: 'user.offboard',
      targetId: user.id,
      before: presentUser(user),
      after: { ...after, ...done },
      reason,
    })
    await notify(ctx, { topic: 'access' })
    const { revokedKeyIds = [], transferredKeyIds = [], serviceAccountIds = [] } = done
    return { reach, revokedKeyIds, transferredKeyIds, serviceAccountIds }
  })
}

/**
 * Whoever gives a person something takes the same lock: nothing is given in the meantime. In order of their ids, so
 * that of two who hand on to each other one waits.
 */
async function lockPeople(
  ctx: Ctx,
  leaverId: string,
  successorId: string | null,
): Promise<Map<string, UserRow>> {
  const locked = new Map<string, UserRow>()
  for (const id of successorId === null ? [leaverId] : [leaverId, successorId].sort()) {
    const row = await lockUser(ctx.db, id)
    if (row) locked.set(id, row)
  }
  return locked
}

function requireActiveSuccessor(leaver: UserRow, successor: UserRow | undefined): void {
  if (successor?.id === leaver.id) throw invalid('/body/successorId', 'this is the person who leaves')
  if (!successor || successor.deactivatedAt)
    throw invalid('/body/successorId', 'there is no such active user')
}
