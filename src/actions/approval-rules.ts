import type { Ctx } from '../app.ts'
import { approvalRuleCreate, approvalRuleDelete, approvalRuleList } from '../contract/approval-rules.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type ApprovalRuleRow,
  insertApprovalRule,
  listApprovalRules,
  lockApprovalRule,
  setApprovalRuleDeleted,
} from '../db/approval-rules.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd, parseUsd } from '../domain/money.ts'
import { heldPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { findNamedScope } from './given-role.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'

/** A rule decides in the name of who made it, so it is made anew, not changed: or others would decide in that name. */
export async function createApprovalRule(
  ctx: Ctx,
  { body }: Valid<typeof approvalRuleCreate>,
): Promise<Output<typeof approvalRuleCreate>> {
  return transaction(ctx, async (ctx) => {
    const { teamId, projectId, scope, place } = await findNamedScope(ctx, body)
    authorize(ctx.actor, approvalRuleCreate.permission, place)
    const { userId } = ctx.actor
    if (userId === null) throw new AppError('forbidden', 'A person makes rules, not a service account.')
    const row = await insertApprovalRule(ctx.db, {
      id: newId('apr'),
      name: body.name,
      kind: body.kind,
      scopeType: scope.type,
      teamId,
      projectId,
      models: body.models ?? null,
      maxUsdNano: body.maxUsd === undefined ? null : parseUsd(body.maxUsd),
      maxDays: body.maxDays ?? null,
      createdBy: userId,
    })
    const after = presentRule(row)
    await audit(ctx, { action: 'approval-rule.create', targetId: row.id, teamId, projectId, after })
    return after
  })
}

export async function listApprovalRulesFor(
  ctx: Ctx,
  { query }: Valid<typeof approvalRuleList>,
): Promise<Output<typeof approvalRuleList>> {
  const { limit, cursor } = query
  const reach = within(ctx.actor, approvalRuleList.permission)
  const rows = await listApprovalRules(ctx.db, { within: reach, limit: limit + 1, cursor })
  return pageOf(rows, limit, presentRule)
}

export async function deleteApprovalRule(
  ctx: Ctx,
  { params }: Valid<typeof approvalRuleDelete>,
): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const found = await lockApprovalRule(ctx.db, params.approvalRuleId)
    const row = visible(ctx.actor, 'approval rule', found, heldPlace)
    authorize(ctx.actor, approvalRuleDelete.permission, heldPlace(row))
    requireVersion(ctx, 'approval rule', row)
    await setApprovalRuleDeleted(ctx.db, row.id)
    const { id: targetId, teamId, projectId } = row
    const before = presentRule(row)
    await audit(ctx, { action: 'approval-rule.delete', targetId, teamId, projectId, before })
  })
}

function presentRule(row: ApprovalRuleRow): Output<typeof approvalRuleCreate> {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    teamId: row.teamId,
    projectId: row.projectId,
    models: row.models,
    maxUsd: row.maxUsdNano === null ? null : formatUsd(row.maxUsdNano),
    maxDays: row.maxDays,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
  }
}
