import type { Ctx } from '../app.ts'
import type {
  accessRequestApprove,
  accessRequestDeny,
  accessRequestEnd,
} from '../contract/access-requests.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type AccessRequestRow,
  listApprovers,
  setAccessRequest,
  staysActive,
  voidApprovals,
} from '../db/access-requests.ts'
import { findRequestSettings } from '../db/request-settings.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { decide } from '../domain/access.ts'
import { endOfTerms, isNarrower, type Narrowing, type Terms, termsOf } from '../domain/access-request.ts'
import { AppError } from '../domain/errors.ts'
import { applyRequest, type Effect, undoEffects } from './access-request-effects.ts'
import { requireMayDecide, requireMayEnd } from './access-request-rights.ts'
import { addEvent, placeOf, requireTime, stateAfter, tell, termsInForce } from './access-request-steps.ts'
import { lockVisibleRequest } from './access-requests.ts'
import { invalid } from './invalid.ts'
import { principalActor } from './principal.ts'

/**
 * Approves a request, or less of it. The last of the approvals that it needs does what was asked for, in the same
 * transaction and with that approver's own permissions.
 */
export async function approveAccessRequest(
  ctx: Ctx,
  { params, body }: Valid<typeof accessRequestApprove>,
): Promise<Output<typeof accessRequestApprove>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForDecision(ctx, params.accessRequestId)
    const { comment, ...less } = body
    const approved = stateAfter(row, 'approve')
    const narrowed = await narrow(ctx, row, termsOf(less))
    await addEvent(ctx, row, { kind: 'approve', text: comment })
    const terms = { ...termsInForce(row), ...narrowed }
    const request = { ...row, narrowed: narrowed ?? row.narrowed }
    const now = await databaseTime(ctx.db)
    requireTime(terms, now, await mostDays(ctx, row))
    if ((await approvalsThatCount(ctx, row)) < row.approvalsNeeded) {
      await setAccessRequest(ctx.db, row.id, {})
      return tell(ctx, row, 'access-request.approve', comment)
    }
    await requireActiveRequester(ctx, row)
    const endsAt = endOfTerms(terms)
    const effects = await applyRequest(ctx, { request, terms, endsAt })
    await setAccessRequest(ctx.db, row.id, {
      state: approved,
      effects: JSON.stringify(effects),
      decidedAt: now,
      endsAt,
    })
    return tell(ctx, row, 'access-request.approve', comment)
  })
}

export async function denyAccessRequest(
  ctx: Ctx,
  { params, body }: Valid<typeof accessRequestDeny>,
): Promise<Output<typeof accessRequestDeny>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForDecision(ctx, params.accessRequestId)
    await setAccessRequest(ctx.db, row.id, {
      state: stateAfter(row, 'deny'),
      decidedAt: await databaseTime(ctx.db),
    })
    await addEvent(ctx, row, { kind: 'deny', text: body.reason })
    return tell(ctx, row, 'access-request.deny', body.reason)
  })
}

/** Takes back before its time what an approved request gave. Who asked gives it back without asking anybody. */
export async function endAccessRequest(
  ctx: Ctx,
  { params, body }: Valid<typeof accessRequestEnd>,
): Promise<Output<typeof accessRequestEnd>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockVisibleRequest(ctx, params.accessRequestId)
    requireMayEnd(ctx.actor, row)
    return endRequest(ctx, row, { early: true, reason: body.reason })
  })
}

/** Takes back what a locked request gave, and says so. */
export async function endRequest(
  ctx: Ctx,
  row: AccessRequestRow,
  { early, reason }: { early: boolean; reason?: string },
): Promise<Output<typeof accessRequestEnd>> {
  const state = stateAfter(row, 'end')
  // Written above, in `approveAccessRequest`.
  await undoEffects(ctx, row, (row.effects ?? []) as Effect[], early)
  await setAccessRequest(ctx.db, row.id, { state, endedAt: await databaseTime(ctx.db) })
  await addEvent(ctx, row, { kind: 'end', text: reason })
  return tell(ctx, row, 'access-request.end', reason)
}

/** Closes a locked request that nobody decided in time. */
export async function lapseRequest(ctx: Ctx, row: AccessRequestRow): Promise<void> {
  const state = stateAfter(row, 'lapse')
  await setAccessRequest(ctx.db, row.id, { state, decidedAt: await databaseTime(ctx.db) })
  await addEvent(ctx, row, { kind: 'lapse' })
  await tell(ctx, row, 'access-request.lapse')
}

/** Locks a request that the actor may decide. */
async function lockForDecision(ctx: Ctx, requestId: string): Promise<AccessRequestRow> {
  const row = await lockVisibleRequest(ctx, requestId)
  requireMayDecide(ctx.actor, row)
  return row
}

/** Leaves less of a request than was asked for. Whoever approved before approved something else. */
async function narrow(ctx: Ctx, row: AccessRequestRow, less: Narrowing): Promise<Terms | null> {
  if (Object.keys(less).length === 0) return null
  const problem = isNarrower(termsInForce(row), less)
  if (problem) throw invalid(`/body/${problem.field}`, problem.message)
  // Written from the contract, here.
  const narrowed = { ...(row.narrowed as Terms | null), ...less }
  await voidApprovals(ctx.db, row.id)
  await addEvent(ctx, row, { kind: 'narrow', terms: narrowed })
  await setAccessRequest(ctx.db, row.id, { narrowed: JSON.stringify(narrowed) })
  return narrowed
}

/** Counts the approvals of those who may still decide. Those of others are void from here on. */
async function approvalsThatCount(ctx: Ctx, row: AccessRequestRow): Promise<number> {
  const approvers = await listApprovers(ctx.db, row.id)
  const gone: string[] = []
  for (const userId of approvers) {
    if (userId === ctx.actor.userId) continue
    const approver = await principalActor(ctx.db, { userId, serviceAccountId: null })
    const able = decide(approver, 'access-request:decide', placeOf(row)).allowed
    if (!able || !(await staysActive(ctx.db, userId))) gone.push(userId)
  }
  if (gone.length > 0) await voidApprovals(ctx.db, row.id, gone)
  return approvers.length - gone.length
}

async function mostDays(ctx: Ctx, { kind }: AccessRequestRow): Promise<number | null> {
  if (kind !== 'budget' && kind !== 'rate') return null
  return (await findRequestSettings(ctx.db)).raiseDays
}

async function requireActiveRequester(ctx: Ctx, { requesterId }: AccessRequestRow): Promise<void> {
  if (await staysActive(ctx.db, requesterId)) return
  throw new AppError('conflict', 'Who asked for this has left.')
}
