import type { Ctx } from '../app.ts'
import {
  type accessRequestComment,
  accessRequestCreate,
  type accessRequestList,
  accessRequestView,
  type accessRequestWithdraw,
} from '../contract/access-requests.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type AccessRequestEventRow,
  type AccessRequestRow,
  findAccessRequest,
  insertAccessRequest,
  listAccessRequestEvents,
  listAccessRequests,
  listDeciders,
  lockAccessRequest,
  setAccessRequest,
  takeTurn,
} from '../db/access-requests.ts'
import { findRequestSettings } from '../db/request-settings.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { reachOf, sees } from '../domain/access.ts'
import { type Terms, termsOf } from '../domain/access-request.ts'
import type { Actor } from '../domain/actor.ts'
import { requestAddress } from '../domain/dashboard-addresses.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { askingPlace, isOwn, rightsOf } from './access-request-rights.ts'
import {
  addEvent,
  type PresentedRequest,
  placeOf,
  presentRequest,
  requireTime,
  showRequest,
  stateAfter,
  tell,
} from './access-request-steps.ts'
import { findTarget } from './access-request-target.ts'
import { approveByRule } from './approve-by-rule.ts'
import { audit } from './audit.ts'
import { authorize, notFound } from './authorize.ts'
import { notice } from './notices.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'

/** Asks for something. It waits until enough people approve it, and gives nothing before. */
export async function createAccessRequest(
  ctx: Ctx,
  { body }: Valid<typeof accessRequestCreate>,
): Promise<Output<typeof accessRequestCreate>> {
  return transaction(ctx, async (ctx) => {
    await takeTurn(ctx.db)
    const target = await findTarget(ctx, body)
    authorize(ctx.actor, accessRequestCreate.permission, askingPlace(target))
    const { userId: requesterId } = ctx.actor
    if (requesterId === null) {
      throw new AppError('forbidden', 'Only a person asks for access, not a service account.')
    }
    const terms = termsOf(body)
    const settings = await findRequestSettings(ctx.db)
    const raise = body.kind === 'budget' || body.kind === 'rate'
    requireTime(terms, await databaseTime(ctx.db), raise ? settings.raiseDays : null)
    const id = newId('acr')
    const { kind, reason } = body
    await insertAccessRequest(ctx.db, {
      id,
      requesterId,
      kind,
      ...target,
      terms: JSON.stringify(terms),
      reason,
      approvalsNeeded: target.production ? settings.productionApprovals : settings.approvals,
    })
    const after = await showRequest(ctx, id)
    const { teamId, projectId } = target
    await audit(ctx, { action: 'access-request.create', targetId: id, teamId, projectId, after, reason })
    const said = announcementOf(after)
    await notice(ctx, { ...said, to: { channels: placeOf(target) } })
    const waiting = await lockAccessRequest(ctx.db, id)
    if (waiting && !(await approveByRule(ctx, waiting))) await tellDeciders(ctx, waiting, said)
    return showRequest(ctx, id)
  })
}

export async function listAccessRequestsFor(
  ctx: Ctx,
  { query }: Valid<typeof accessRequestList>,
): Promise<Output<typeof accessRequestList>> {
  const { actor } = ctx
  const { limit, cursor, view, state, kind, teamId } = query
  const mine = view === 'mine'
  if (mine && actor.userId === null) return { data: [], nextCursor: null }
  const inbox = view === 'inbox'
  const rows = await listAccessRequests(ctx.db, {
    limit: limit + 1,
    cursor,
    within: reachOf(actor, inbox ? 'access-request:decide' : 'access-request:read'),
    own: inbox ? null : ownOf(actor),
    requesterId: mine ? (actor.userId ?? undefined) : undefined,
    notRequesterId: inbox ? (actor.userId ?? undefined) : undefined,
    state: inbox ? 'pending' : state,
    kind,
    teamId,
  })
  return pageOf(rows, limit, presentRequest)
}

export async function viewAccessRequest(
  ctx: Ctx,
  { params }: Valid<typeof accessRequestView>,
): Promise<Output<typeof accessRequestView>> {
  const row = letSee(ctx, await findAccessRequest(ctx.db, params.accessRequestId))
  const events = await listAccessRequestEvents(ctx.db, row.id)
  return { request: presentRequest(row), events: events.map(presentEvent), can: rightsOf(ctx.actor, row) }
}

export async function commentAccessRequest(
  ctx: Ctx,
  { params, body }: Valid<typeof accessRequestComment>,
): Promise<Output<typeof accessRequestComment>> {
  return transaction(ctx, async (ctx) => {
    await takeTurn(ctx.db)
    const row = letSee(ctx, await lockAccessRequest(ctx.db, params.accessRequestId))
    await addEvent(ctx, row, { kind: 'comment', text: body.text })
    await setAccessRequest(ctx.db, row.id, {})
    return tell(ctx, row, 'access-request.comment', body.text)
  })
}

/** Takes one's own request back. That of somebody else is denied, not withdrawn. */
export async function withdrawAccessRequest(
  ctx: Ctx,
  { params }: Valid<typeof accessRequestWithdraw>,
): Promise<Output<typeof accessRequestWithdraw>> {
  return transaction(ctx, async (ctx) => {
    await takeTurn(ctx.db)
    const row = await lockAccessRequest(ctx.db, params.accessRequestId)
    if (!row || !isOwn(ctx.actor, row)) throw notFound('access request of yours')
    requireVersion(ctx, 'access request', row)
    await setAccessRequest(ctx.db, row.id, {
      state: stateAfter(row, 'withdraw'),
      decidedAt: await databaseTime(ctx.db),
    })
    await addEvent(ctx, row, { kind: 'withdraw' })
    return tell(ctx, row, 'access-request.withdraw')
  })
}

/** Locks a request that the actor may know of. */
export async function lockVisibleRequest(ctx: Ctx, requestId: string): Promise<AccessRequestRow> {
  await takeTurn(ctx.db)
  const row = await lockAccessRequest(ctx.db, requestId)
  if (!row || !(isOwn(ctx.actor, row) || sees(ctx.actor, placeOf(row)))) throw notFound('access request')
  requireVersion(ctx, 'access request', row)
  return row
}

function announcementOf({ requester, kind, reason }: PresentedRequest) {
  const subject = `${requester.name} asks for ${kind === 'key' ? 'a key' : kind}`
  return { kind: 'access-request.create', subject, text: `${subject}: ${reason}` }
}

/** More people would each rely on the others. */
const MOST_TOLD = 20

async function tellDeciders(
  ctx: Ctx,
  row: AccessRequestRow,
  said: ReturnType<typeof announcementOf>,
): Promise<void> {
  const link = `${ctx.config.url}${requestAddress(row.id)}`
  for (const userId of await listDeciders(ctx.db, row, MOST_TOLD)) {
    await notice(ctx, { ...said, to: { userId }, link })
  }
}

function ownOf({ self, userId, ...actor }: Actor) {
  if (self !== null) return { userId: self, within: 'everything' as const }
  if (userId === null) return null
  return { userId, within: reachOf({ self, userId, ...actor }, 'access-request:create') }
}

function letSee(ctx: Ctx, row: AccessRequestRow | undefined): AccessRequestRow {
  if (row && isOwn(ctx.actor, row)) return row
  if (!row || !sees(ctx.actor, placeOf(row))) throw notFound('access request')
  authorize(ctx.actor, accessRequestView.permission, placeOf(row))
  return row
}

function presentEvent(row: AccessRequestEventRow): Output<typeof accessRequestView>['events'][number] {
  return {
    id: row.id,
    userId: row.userId,
    kind: row.kind,
    text: row.text,
    // Written from the contract.
    terms: row.terms as Terms | null,
    at: row.at.toISOString(),
    voidedAt: row.voidedAt?.toISOString() ?? null,
  }
}
