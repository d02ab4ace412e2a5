import type { Ctx } from '../app.ts'
import { insertAuditEvent } from '../db/audit.ts'
import { newId } from '../ids.ts'

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
