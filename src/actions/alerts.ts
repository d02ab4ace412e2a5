import type { Ctx } from '../app.ts'
import { alertList } from '../contract/alerts.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { type AlertRow, listAlerts } from '../db/alerts.ts'
import { isEndless } from '../domain/budget.ts'
import { formatUsd } from '../domain/money.ts'
import { within } from './authorize.ts'
import { pageOf } from './page.ts'

/** The alerts of those budgets that the actor may see. */
export async function listAlertsFor(
  ctx: Ctx,
  { query }: Valid<typeof alertList>,
): Promise<Output<typeof alertList>> {
  const reach = within(ctx.actor, alertList.permission)
  const { limit, cursor, kind, budgetId, scopeType, scopeId } = query
  const narrowing = { cursor, kind, budgetId, scopeType, scopeId }
  const rows = await listAlerts(ctx.db, { ...narrowing, within: reach, limit: limit + 1 })
  return pageOf(rows, limit, presentAlert)
}

function presentAlert(row: AlertRow): Output<typeof alertList>['data'][number] {
  const { id, kind, summary, budgetId, budgetName, period, percent, projectedNanoUsd, told } = row
  const endless = isEndless(period) || period === 'rolling_24h'
  return {
    id,
    kind,
    summary,
    budgetId,
    budgetName,
    scope: { type: row.scopeType, id: row.scopeId },
    period,
    percent,
    refusedCalls: row.refusedCalls,
    limitUsd: formatUsd(row.limitNanoUsd),
    spentUsd: formatUsd(row.spentNanoUsd),
    projectedUsd: projectedNanoUsd === null ? null : formatUsd(projectedNanoUsd),
    runsOutAt: row.runsOutAt?.toISOString() ?? null,
    windowStartedAt: endless ? null : row.windowStart.toISOString(),
    windowEndsAt: endless ? null : row.windowEnd.toISOString(),
    told,
    raisedAt: row.raisedAt.toISOString(),
  }
}
