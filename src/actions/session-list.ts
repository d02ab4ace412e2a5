import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { type sessionClear, sessionList, sessionRevoke } from '../contract/sessions.ts'
import { findLivingSession, listLivingSessions, type SessionRow } from '../db/sessions.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { authorize, notFound } from './authorize.ts'
import { pageOf } from './page.ts'
import { requireCoversPrincipal } from './principal.ts'
import { endSessions } from './sessions.ts'

/** Where somebody is signed in: everybody sees it of themselves. */
export async function listSessionsFor(
  ctx: Ctx,
  { query }: Valid<typeof sessionList>,
): Promise<Output<typeof sessionList>> {
  const { limit, cursor } = query
  const userId = query.userId ?? own(ctx)
  if (userId !== ctx.actor.userId) authorize(ctx.actor, sessionList.permission, CONFIDENTIAL)
  const rows = await listLivingSessions(ctx.db, { userId, cursor, limit: limit + 1 })
  return pageOf(rows, limit, (row) => presentSession(ctx, row))
}

/** Signs one browser or command line out. What is somebody else's and not the actor's to know is not there. */
export async function revokeSession(ctx: Ctx, { params }: Valid<typeof sessionRevoke>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await findLivingSession(ctx.db, params.sessionId)
    if (row === undefined || !isOwn(ctx, row.userId)) await requireMayEnd(ctx, row?.userId)
    await endSessions(ctx, { sessionId: params.sessionId }, 'signed out by hand')
  })
}

/** Signs somebody out everywhere. */
export async function clearSessions(
  ctx: Ctx,
  { body }: Valid<typeof sessionClear>,
): Promise<Output<typeof sessionClear>> {
  return transaction(ctx, async (ctx) => {
    const userId = body.userId ?? own(ctx)
    if (!isOwn(ctx, userId)) await requireMayEnd(ctx, userId)
    const { sessionId } = ctx.actor
    const which = body.keepThis && sessionId !== null ? { userId, exceptSessionId: sessionId } : { userId }
    return { ended: await endSessions(ctx, which, 'signed out everywhere') }
  })
}

/** Who may sign others out does not sign those out who stand above them. */
async function requireMayEnd(ctx: Ctx, userId: string | undefined): Promise<void> {
  authorize(ctx.actor, sessionRevoke.permission, CONFIDENTIAL)
  if (userId === undefined) throw notFound('session')
  await requireCoversPrincipal(ctx, { userId, serviceAccountId: null })
}

function isOwn({ actor }: Ctx, userId: string): boolean {
  return actor.self !== null && actor.self === userId
}

function own({ actor }: Ctx): string {
  if (actor.userId !== null) return actor.userId
  throw new AppError('invalid_request', 'A service account has no sessions: name a user (userId).')
}

function presentSession(ctx: Ctx, row: SessionRow): Output<typeof sessionList>['data'][number] {
  return {
    id: row.id,
    userId: row.userId,
    kind: row.kind,
    methods: row.methods,
    mfa: row.mfa,
    ip: row.ip,
    userAgent: row.userAgent,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    current: row.id === ctx.actor.sessionId,
  }
}
