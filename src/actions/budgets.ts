import type { z } from 'zod'
import type { Ctx } from '../app.ts'
import {
  type BudgetTerms,
  budgetCreate,
  budgetDelete,
  budgetList,
  budgetUpdate,
  budgetView,
} from '../contract/budgets.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import {
  type BudgetRow,
  findBudget,
  insertBudget,
  listBudgets,
  lockBudget,
  setBudget,
} from '../db/budgets.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { type BudgetWindow, stageOf, WINDOW_WORDS } from '../domain/budget.ts'
import { formatUsd, type NanoUsd } from '../domain/money.ts'
import { type FoundScope, type Place, rulePlace } from '../domain/place.ts'
import type { ScopeType } from '../domain/scope.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { visible, within } from './authorize.ts'
import { nanoUsd, proratedAtCreation, proratedAtUpdate, requireLines } from './budget-terms.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'
import { authorizeRule, type RuleScope, reachScope, requireProvider } from './rule-scope.ts'
import { timeZoneOf } from './time-zone.ts'

export async function createBudget(
  ctx: Ctx,
  { body }: Valid<typeof budgetCreate>,
): Promise<Output<typeof budgetCreate>> {
  const { scope, ...terms } = body
  return transaction(ctx, async (ctx) => {
    return addBudget(ctx, await reachScope(ctx, budgetCreate.permission, scope), terms, '/body')
  })
}

/** Adds a budget to a scope that the actor was let into. `pointer` is where its terms are in the input. */
export async function addBudget(
  ctx: Ctx,
  { type, id: scopeId, teamId, projectId }: RuleScope,
  { limitUsd, prorate, ...terms }: z.output<typeof BudgetTerms>,
  pointer: string,
): Promise<Output<typeof budgetCreate>> {
  await requireProvider(ctx, terms.providerId, `${pointer}/providerId`)
  requireLines(terms, pointer)
  const timeZone = await timeZoneOf(ctx, terms.timeZone, `${pointer}/timeZone`)
  const id = newId('bud')
  const limitNanoUsd = nanoUsd(limitUsd)
  const name = terms.name ?? defaultName(limitNanoUsd, terms.period)
  const prorated = prorate && (await proratedAtCreation(ctx, { ...terms, timeZone, limitNanoUsd }, pointer))
  const place = { scopeType: type, scopeId }
  await insertBudget(ctx.db, { ...terms, ...place, ...prorated, id, name, timeZone, limitNanoUsd })
  const after = await showBudget(ctx, id)
  await audit(ctx, { action: 'budget.create', targetId: id, teamId, projectId, after })
  await announce(ctx, id)
  return after
}

export async function listBudgetsFor(
  ctx: Ctx,
  { query }: Valid<typeof budgetList>,
): Promise<Output<typeof budgetList>> {
  const reach = within(ctx.actor, budgetList.permission)
  const { limit, cursor, scopeType, scopeId } = query
  const rows = await listBudgets(ctx.db, { limit: limit + 1, cursor, scopeType, scopeId, within: reach })
  return pageOf(rows, limit, presentBudget)
}

export async function viewBudget(
  ctx: Ctx,
  { params }: Valid<typeof budgetView>,
): Promise<Output<typeof budgetView>> {
  return findBudgetFor(ctx, params.budgetId)
}

/** The budget, for an actor who may read it. */
export async function findBudgetFor(ctx: Ctx, budgetId: string): Promise<Output<typeof budgetView>> {
  return presentBudget(letIntoBudget(ctx, budgetView.permission, await findBudget(ctx.db, budgetId)))
}

export async function updateBudget(
  ctx: Ctx,
  { params, body }: Valid<typeof budgetUpdate>,
): Promise<Output<typeof budgetUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = letIntoBudget(ctx, budgetUpdate.permission, await lockBudget(ctx.db, params.budgetId))
    requireVersion(ctx, 'budget', row)
    const { limitUsd, prorate, ...terms } = body
    requireLines(linesAfter(row, body), '/body')
    const limitNanoUsd = limitUsd === undefined ? row.limitNanoUsd : nanoUsd(limitUsd)
    const unnamed = row.name === defaultName(row.limitNanoUsd, row.period)
    const name = unnamed ? defaultName(limitNanoUsd, row.period) : row.name
    const prorated = await proratedAtUpdate(ctx, row, body)
    await setBudget(ctx.db, row.id, { name, ...terms, ...prorated, limitNanoUsd })
    const before = presentBudget(row)
    const after = await showBudget(ctx, row.id)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'budget.update', targetId: row.id, teamId, projectId, before, after })
    await announce(ctx, row.id)
    return after
  })
}

export async function deleteBudget(ctx: Ctx, { params }: Valid<typeof budgetDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = letIntoBudget(ctx, budgetDelete.permission, await lockBudget(ctx.db, params.budgetId))
    requireVersion(ctx, 'budget', row)
    await setBudget(ctx.db, row.id, { deletedAt: ctx.clock() })
    const before = presentBudget(row)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'budget.delete', targetId: row.id, teamId, projectId, before })
    await announce(ctx, row.id)
  })
}

/** The keys' snapshots name the budgets that apply; the ledger keeps what is in them. */
async function announce(ctx: Ctx, budgetId: string): Promise<void> {
  await notify(ctx, { topic: 'budget', id: budgetId })
  await notify(ctx, { topic: 'access' })
}

/** The budget that was found, or `not_found` about what was asked for, or `forbidden`. */
export function letIntoBudget(
  ctx: Ctx,
  permission: OperationPermission,
  found: BudgetRow | undefined,
  asked = 'budget',
): BudgetRow {
  const row = visible(ctx.actor, asked, found, placeOf)
  authorizeRule(ctx.actor, permission, scopeOf(row))
  return row
}

function scopeOf(row: BudgetRow): FoundScope {
  // Written only by `addBudget`, whose scope has one of these types.
  return { ...row, scopeType: row.scopeType as ScopeType }
}

function placeOf(row: BudgetRow): Place {
  return rulePlace(scopeOf(row))
}

async function showBudget(ctx: Ctx, budgetId: string): Promise<Output<typeof budgetView>> {
  return presentBudget(visible(ctx.actor, 'budget', await findBudget(ctx.db, budgetId), placeOf))
}

function presentBudget(row: BudgetRow): Output<typeof budgetView> {
  const { totalLimitNanoUsd: limit, totalSpentNanoUsd: spent } = row
  const left = limit - spent
  return {
    id: row.id,
    name: row.name,
    scope: { type: scopeOf(row).scopeType, id: row.scopeId },
    kind: row.kind,
    period: row.period,
    timeZone: row.timeZone,
    limitUsd: formatUsd(row.limitNanoUsd),
    onShort: row.onShort,
    thresholds: row.thresholds,
    throttleAtPercent: row.throttleAtPercent,
    throttleRequestsPerMinute: row.throttleRequestsPerMinute,
    suspendAtPercent: row.suspendAtPercent,
    providerId: row.providerId,
    modelPattern: row.modelPattern,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
    window: {
      startedAt: startOf(row)?.toISOString() ?? null,
      resetsAt: row.resetsAt?.toISOString() ?? null,
      limitUsd: formatUsd(limit),
      spentUsd: formatUsd(spent),
      leasedUsd: formatUsd(row.totalLeasedNanoUsd),
      remainingUsd: formatUsd(left > 0n ? left : 0n),
      stage: stageOf(row, spent, limit),
    },
    raises: row.raises.map(({ id, amountNanoUsd, endsAt, reason }) => ({
      id,
      addUsd: formatUsd(BigInt(amountNanoUsd)),
      until: new Date(endsAt).toISOString(),
      reason,
    })),
  }
}

const DAY_MS = 86_400_000

function startOf({ period, windowStart }: BudgetRow): Date | null {
  if (period === 'total') return null
  return period === 'rolling_24h' ? new Date(windowStart.getTime() - DAY_MS) : windowStart
}

/** The lines of a budget once the changes are made. */
function linesAfter(row: BudgetRow, body: Valid<typeof budgetUpdate>['body']) {
  const { kind = row.kind, throttleAtPercent = row.throttleAtPercent } = body
  const { throttleRequestsPerMinute = row.throttleRequestsPerMinute } = body
  const { suspendAtPercent = row.suspendAtPercent } = body
  return { kind, throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent }
}

function defaultName(limitNanoUsd: NanoUsd, period: BudgetWindow): string {
  return `${formatUsd(limitNanoUsd).replace(/\.00$/, '')} USD ${WINDOW_WORDS[period]}`
}
