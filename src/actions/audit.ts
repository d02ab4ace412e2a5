import type { Ctx } from '../app.ts'
import { auditList } from '../contract/audit.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { type AuditEventRow, insertAuditEvent, listAuditEvents } from '../db/audit.ts'
import { newId } from '../ids.ts'
import { authorize } from './authorize.ts'
import { pageOf } from './page.ts'
import { readRange } from './range.ts'

type AuditEntry = {
  /** Noun and verb: `team.create`. */
  action: string
  targetId: string
  /** The team it concerns; null for the organization's own things. */
  teamId?: string | null
  /** The presented object, before and after: what the API shows, so never a secret or a hash. */
  before?: object
  after?: object
  reason?: string
}

/** Writes who did what in the transaction that does it. The database refuses to commit a change without it. */
export async function audit(ctx: Ctx, entry: AuditEntry): Promise<void> {
  await insertAuditEvent(ctx.db, {
    id: newId('evt'),
    actorKind: ctx.actor.kind,
    actorId: ctx.actor.id,
    userId: ctx.actor.userId,
    action: entry.action,
    targetId: entry.targetId,
    teamId: entry.teamId ?? null,
    before: entry.before ? JSON.stringify(entry.before) : null,
    after: entry.after ? JSON.stringify(entry.after) : null,
    reason: entry.reason ?? null,
    requestId: ctx.requestId,
    ip: ctx.ip,
  })
}

/** Who changed what. A team's token sees what concerns its own team. */
export async function listAuditEventsFor(
  ctx: Ctx,
  { query }: Valid<typeof auditList>,
): Promise<Output<typeof auditList>> {
  authorize(ctx.actor, auditList.permission, ctx.actor.teamId)
  const { limit, from, to, ...narrowing } = query
  const rows = await listAuditEvents(ctx.db, {
    ...narrowing,
    ...readRange(from, to, ctx.clock()),
    teamId: ctx.actor.teamId,
    limit: limit + 1,
  })
  return pageOf(rows, limit, presentAuditEvent)
}

type AuditEvent = Output<typeof auditList>['data'][number]

function presentAuditEvent(row: AuditEventRow): AuditEvent {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actorKind: row.actorKind,
    actorId: row.actorId,
    userId: row.userId,
    action: row.action,
    targetId: row.targetId,
    teamId: row.teamId,
    // Written above from objects.
    before: row.before as AuditEvent['before'],
    after: row.after as AuditEvent['after'],
    reason: row.reason,
    requestId: row.requestId,
    ip: row.ip,
  }
}
