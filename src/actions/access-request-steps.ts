import type { z } from 'zod'
import type { Ctx } from '../app.ts'
import type { AccessRequest } from '../contract/access-requests.ts'
import {
  type AccessRequestEventRow,
  type AccessRequestRow,
  findAccessRequest,
  insertAccessRequestEvent,
} from '../db/access-requests.ts'
import {
  endOfTerms,
  nextRequestState,
  type RequestEvent,
  type RequestState,
  type Terms,
} from '../domain/access-request.ts'
import { requestAddress } from '../domain/dashboard-addresses.ts'
import { AppError } from '../domain/errors.ts'
import { type Place, projectPlace, wholeTeamPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import type { Effect } from './access-request-effects.ts'
import { audit } from './audit.ts'
import { invalid } from './invalid.ts'
import { notice } from './notices.ts'

export type PresentedRequest = z.output<typeof AccessRequest>

const DAY_MS = 86_400_000

/** The state after `event`, or the `conflict` that says why not. */
export function stateAfter(row: AccessRequestRow, event: RequestEvent): RequestState {
  const next = nextRequestState(row.state, event)
  if (next === null) throw new AppError('conflict', `This request is ${row.state}.`)
  return next
}

/** What an approver sees, and what would be given: what was asked for, as far as nobody made it smaller. */
export function termsInForce(row: AccessRequestRow): Terms {
  // Both were written from the contract.
  return { ...(row.terms as Terms), ...(row.narrowed as Terms | null) }
}

/** A time that has not passed, and, where money or rates are raised, that is not too far off. */
export function requireTime(terms: Terms, now: Date, mostDays: number | null): void {
  const pointer = terms.until === undefined ? '/body/expiresAt' : '/body/until'
  const end = endOfTerms(terms)
  if (end !== null && end <= now) throw invalid(pointer, 'this moment has passed')
  if (mostDays === null || (end !== null && end.getTime() <= now.getTime() + mostDays * DAY_MS)) return
  throw invalid(pointer, `this is given for at most ${mostDays} days at a time`)
}

type Happened = { kind: AccessRequestEventRow['kind']; text?: string | undefined; terms?: Terms }

export async function addEvent(
  ctx: Ctx,
  row: { id: string },
  { kind, text, terms }: Happened,
): Promise<void> {
  await insertAccessRequestEvent(ctx.db, {
    id: newId('are'),
    requestId: row.id,
    userId: ctx.actor.userId,
    kind,
    text: text ?? null,
    terms: terms ? JSON.stringify(terms) : null,
  })
}

/** Writes down what became of a request, tells who asked, and answers it as it now is. */
export async function tell(
  ctx: Ctx,
  before: AccessRequestRow,
  action: string,
  reason?: string,
): Promise<PresentedRequest> {
  const after = await showRequest(ctx, before.id)
  const { id: targetId, teamId, projectId, requesterId } = before
  const changed = { before: presentRequest(before), after }
  await audit(ctx, { action, targetId, teamId, projectId, ...changed, ...(reason && { reason }) })
  if (requesterId !== ctx.actor.userId) {
    await notice(ctx, {
      kind: action,
      to: { userId: requesterId },
      subject: `Your request is ${after.state}`,
      text: `Your request "${before.reason}" (${targetId}) is ${after.state}.${reason ? ` ${reason}` : ''}`,
      link: `${ctx.config.url}${requestAddress(targetId)}`,
    })
  }
  return after
}

/** Where a request lies: who has a role there may know of it. */
export function placeOf(row: Pick<AccessRequestRow, 'teamId' | 'projectId' | 'production'>): Place {
  const { teamId, projectId, production } = row
  const place = projectId === null ? wholeTeamPlace(teamId) : projectPlace({ id: projectId, teamId })
  return { ...place, production }
}

/** The request as it now is, for the answer and the audit event of the change that was just made. */
export async function showRequest(ctx: Ctx, requestId: string): Promise<PresentedRequest> {
  const row = await findAccessRequest(ctx.db, requestId)
  if (!row) throw new Error('a request that was just written is not there')
  return presentRequest(row)
}

export function presentRequest(row: AccessRequestRow): PresentedRequest {
  return {
    id: row.id,
    requesterId: row.requesterId,
    requester: { name: row.requesterName, email: row.requesterEmail },
    kind: row.kind,
    teamId: row.teamId,
    projectId: row.projectId,
    production: row.production,
    targetId: row.targetId,
    // These were written from the contract.
    terms: row.terms as Terms,
    narrowed: row.narrowed as Terms | null,
    reason: row.reason,
    state: row.state,
    approvals: { needed: row.approvalsNeeded, given: row.approvalsGiven },
    effects: row.effects as Effect[] | null,
    createdAt: row.createdAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
    until: (row.endsAt ?? endOfTerms(termsInForce(row)))?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    version: row.version,
  }
}
