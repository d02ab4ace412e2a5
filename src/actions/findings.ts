import type { Ctx } from '../app.ts'
import { findingList, findingResolve } from '../contract/findings.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type FindingRow,
  listFindings,
  lockFinding,
  setFindingResolved,
  upsertFinding,
} from '../db/findings.ts'
import { transaction } from '../db/transaction.ts'
import { heldPlace, type Place } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { pageOf } from './page.ts'

export type Finding = {
  /** What is odd, as a word: `delivery-reopened`. */
  kind: string
  severity: 'low' | 'medium' | 'high'
  targetId: string
  place: Place
  detail: Record<string, unknown>
}

/** Something odd that a person should see. Of the same thing there is one open finding, which counts. */
export async function raiseFinding(ctx: Ctx, finding: Finding): Promise<void> {
  const { place, detail, ...rest } = finding
  await upsertFinding(ctx.db, {
    ...rest,
    id: newId('fnd'),
    teamId: place.teamId,
    projectId: place.projectId,
    detail: JSON.stringify(detail),
  })
}

/** What is odd, as far as the actor's roles reach. */
export async function listFindingsFor(
  ctx: Ctx,
  { query }: Valid<typeof findingList>,
): Promise<Output<typeof findingList>> {
  const reach = within(ctx.actor, findingList.permission, query)
  const { limit, cursor, state, severity, kind, teamId } = query
  const narrowing = { cursor, state, severity, kind, teamId }
  const rows = await listFindings(ctx.db, { ...narrowing, within: reach, limit: limit + 1 })
  return pageOf(rows, limit, presentFinding)
}

/** Notes who saw to it, and how. Of two at once the first is kept. */
export async function resolveFinding(
  ctx: Ctx,
  { params, body }: Valid<typeof findingResolve>,
): Promise<Output<typeof findingResolve>> {
  return transaction(ctx, async (ctx) => {
    const row = visible(ctx.actor, 'finding', await lockFinding(ctx.db, params.findingId), heldPlace)
    authorize(ctx.actor, findingResolve.permission, heldPlace(row))
    const before = presentFinding(row)
    if (row.resolvedAt !== null) return before
    const { resolution } = body
    const resolved = await setFindingResolved(ctx.db, row.id, { resolvedBy: ctx.actor.id, resolution })
    const after = presentFinding(resolved)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'finding.resolve', targetId: row.id, teamId, projectId, before, after })
    return after
  })
}

function presentFinding(row: FindingRow): Output<typeof findingResolve> {
  return {
    id: row.id,
    kind: row.kind,
    severity: row.severity,
    targetId: row.targetId,
    teamId: row.teamId,
    projectId: row.projectId,
    // Written above from objects.
    detail: row.detail as Record<string, unknown>,
    count: row.count,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    resolvedBy: row.resolvedBy,
    resolution: row.resolution,
  }
}
