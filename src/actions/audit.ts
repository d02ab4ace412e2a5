import type { Ctx } from '../app.ts'
import { auditList } from '../contract/audit.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { type AuditEventRow, insertAuditEvent, listAuditEvents } from '../db/audit.ts'
import { findSinkBehind } from '../db/audit-sinks.ts'
import { useStepUp } from '../db/step-ups.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { within } from './authorize.ts'
import { pageOf } from './page.ts'
import { readRange } from './range.ts'

type AuditEntry = {
  /** Noun and verb: `team.create`. */
  action: string
  targetId: string
  /** The team it concerns; null for the organization's own things. */
  teamId?: string | null
  /** The project in it, when it concerns one. */
  projectId?: string | null
  /** The presented object, before and after: what the API shows, so never a secret or a hash. */
  before?: object
  after?: object
  reason?: string
  /** `done` when absent: it happened. */
  result?: 'denied' | 'failed'
}

/** Writes who did what in the transaction that does it. The database refuses to commit a change without it. */
export async function audit(ctx: Ctx, entry: AuditEntry): Promise<void> {
  // What did not happen needs nobody's leave.
  if (entry.result === undefined) await requireSinks(ctx, entry.action)
  await consumeStepUp(ctx)
  await insertAuditEvent(ctx.db, {
    id: newId('evt'),
    actorKind: ctx.actor.kind,
    actorId: ctx.actor.id,
    userId: ctx.actor.userId,
    action: entry.action,
    targetId: entry.targetId,
    teamId: entry.teamId ?? null,
    projectId: entry.projectId ?? null,
    result: entry.result ?? 'done',
    sessionId: ctx.actor.sessionId,
    methods: [...ctx.actor.methods],
    userAgent: ctx.userAgent,
    before: entry.before ? JSON.stringify(entry.before) : null,
    after: entry.after ? JSON.stringify(entry.after) : null,
    reason: entry.reason ?? null,
    requestId: ctx.requestId,
    ip: ctx.ip,
  })
}

/**
 * Writes down what did not happen: a refusal, a failed sign-in. By itself, since the transaction of what failed is
 * undone: `ctx.db` must be none.
 */
export async function auditAlone(
  ctx: Ctx,
  entry: AuditEntry & { result: 'denied' | 'failed' },
): Promise<void> {
  if (ctx.db.isTransaction) throw new Error('what failed is written outside of its transaction')
  await audit({ ...ctx, actor: { ...ctx.actor, stepUp: 'none' } }, entry)
}

/** A sink that must have everything may be this far behind. */
const BEHIND = { seconds: 15 * 60, events: 10_000 }

/**
 * What goes on all the same: what sets it right, signing in for it, taking away what somebody must not have, and
 * looking at usage, which changes nothing.
 */
const ALWAYS =
  /^(?:audit-sink|audit|security|session|sign-in|usage|request)\.|\.(?:revoke|suspend|expire|end|refuse)$/

/** Refuses changes while a required sink is too far behind. What the program does by itself goes on. */
async function requireSinks({ db, actor }: Ctx, action: string): Promise<void> {
  if (actor.kind === 'job' || actor.kind === 'setup' || ALWAYS.test(action)) return
  const name = await findSinkBehind(db, BEHIND)
  if (name === null) return
  throw new AppError(
    'audit_sink_behind',
    `The audit sink "${name}" is required and has not taken events for a while: until it does, nothing is changed but what takes something away. See claviger audit-sink list.`,
  )
}

/** A confirmation is good for one change: it is used up with it, and of two changes at once only one gets it. */
async function consumeStepUp({ db, actor }: Ctx): Promise<void> {
  if (actor.stepUp !== 'confirmed' || actor.stepUpId === null || (await useStepUp(db, actor.stepUpId))) return
  throw new AppError('step_up_required', 'This confirmation was used already, or is too old. Confirm again.')
}

/** Who changed what, as far as the actor's roles reach. */
export async function listAuditEventsFor(
  ctx: Ctx,
  { query }: Valid<typeof auditList>,
): Promise<Output<typeof auditList>> {
  const reach = within(ctx.actor, auditList.permission, query)
  const { limit, from, to, ...narrowing } = query
  const rows = await listAuditEvents(ctx.db, {
    ...narrowing,
    ...readRange(from, to, ctx.clock()),
    within: reach,
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
    projectId: row.projectId,
    result: row.result,
    sessionId: row.sessionId,
    methods: row.methods,
    // Written above from objects.
    before: row.before as AuditEvent['before'],
    after: row.after as AuditEvent['after'],
    reason: row.reason,
    requestId: row.requestId,
    ip: row.ip,
    userAgent: row.userAgent,
    position: row.position === null ? null : Number(row.position),
    hash: row.hash?.toString('hex') ?? null,
  }
}
