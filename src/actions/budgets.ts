import type { z } from 'zod'
import type { Ctx } from '../app.ts'
import {
  type BudgetTerms,
  budgetCount,
  budgetCreate,
  budgetDelete,
  budgetList,
  budgetUpdate,
  budgetView,
} from '../contract/budgets.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import { setParts } from '../db/budget-members.ts'
import { countBudgets, listByNearness, type Nearness } from '../db/budget-order.ts'
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
import { type BudgetPeriod, stageOf, standingOf, WINDOW_WORDS } from '../domain/budget.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd, type NanoUsd } from '../domain/money.ts'
import { type FoundScope, type Place, rulePlace } from '../domain/place.ts'
import type { ScopeType } from '../domain/scope.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { visible, within } from './authorize.ts'
import { nanoUsd, proratedAtCreation, proratedAtUpdate, requireLines } from './budget-terms.ts'
import { invalid } from './invalid.ts'
import { knowsEverybody } from './names.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'
import { authorizeRule, type RuleScope, reachScope, requireMembers, requireProvider } from './rule-scope.ts'
import { timeZoneOf } from './time-zone.ts'

export async function createBudget(
  ctx: Ctx,
  { body }: Valid<typeof budgetCreate>,
): Promise<Output<typeof budgetCreate>> {
  const { scope, ...terms } = body
  requireMembers(terms.perMember, scope)
  return transaction(ctx, async (ctx) => {
    return addBudget(ctx, await reachScope(ctx, budgetCreate.permission, scope), terms, '/body')
  })
}

/** Adds a budget to a scope that the actor was let into. `pointer` is where its terms are in the input. */
export async function addBudget(
  ctx: Ctx,
  { type, id: scopeId, teamId, projectId }: RuleScope,
  { limitUsd, prorate, ...terms }: z.output<typeof BudgetTerms> & { perMember?: boolean },
  pointer: string,
): Promise<Output<typeof budgetCreate>> {
  await requireProvider(ctx, terms.providerId, `${pointer}/providerId`)
  requireLines(terms, pointer)
  const timeZone = await timeZoneOf(ctx, terms.timeZone, `${pointer}/timeZone`)
  const id = newId('bud')
  const limitNanoUsd = nanoUsd(limitUsd)
  const name = terms.name ?? defaultName({ ...terms, limitNanoUsd })
  const prorated = prorate && (await proratedAtCreation(ctx, { ...terms, timeZone, limitNanoUsd }, pointer))
  const place = { scopeType: type, scopeId }
  await insertBudget(ctx.db, { ...terms, ...place, ...prorated, id, name, timeZone, limitNanoUsd })
  const after = await showBudget(ctx, id)
  await audit(ctx, { action: 'budget.create', targetId: id, teamId, projectId, after })
  await announceBudget(ctx, id)
  return after
}

export async function listBudgetsFor(
  ctx: Ctx,
  { query }: Valid<typeof budgetList>,
): Promise<Output<typeof budgetList>> {
  const reach = within(ctx.actor, budgetList.permission)
  const { limit, cursor, order, standing, q, scopeType, scopeId, userId } = query
  const filter = { limit: limit + 1, scopeType, scopeId, userId, within: reach }
  if (order === 'nearest') {
    const after = cursor === undefined ? undefined : nearnessIn(cursor)
    if (after === null) throw notOfThisList()
    const namesPeople = knowsEverybody(ctx.actor)
    const rows = await listByNearness(ctx.db, { ...filter, after, standing, q, namesPeople })
    const { data, nextCursor } = pageOf(rows, limit, presentBudget)
    const last = rows[limit - 1]
    return { data, nextCursor: nextCursor && last ? `${last.nearness}.${last.id}` : null }
  }
  for (const [name, value] of Object.entries({ standing, q })) {
    if (value !== undefined) throw invalid(`/query/${name}`, 'only with order=nearest')
  }
  if (cursor !== undefined && nearnessIn(cursor) !== null) throw notOfThisList()
  return pageOf(await listBudgets(ctx.db, { ...filter, cursor }), limit, presentBudget)
}

/** Null when it is not a cursor of the order of nearness. */
function nearnessIn(cursor: string): Nearness | null {
  const [, nearness, id] = /^(-?\d{1,20})\.(\w+)$/.exec(cursor) ?? []
  return nearness === undefined || id === undefined ? null : { nearness, id }
}

const notOfThisList = () => invalid('/query/cursor', 'not of this list')

export async function countBudgetsFor(ctx: Ctx): Promise<Output<typeof budgetCount>> {
  const standings = await countBudgets(ctx.db, within(ctx.actor, budgetCount.permission))
  const total = Object.values(standings).reduce((sum, many) => sum + many, 0)
  return { total, standings }
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
    requireChangeable(row, body)
    requireLines(linesAfter(row, body), '/body')
    const limitNanoUsd = limitUsd === undefined ? row.limitNanoUsd : nanoUsd(limitUsd)
    const prorated = await proratedAtUpdate(ctx, row, body)
    const name = limitUsd === undefined ? row.name : nameFor(row, limitNanoUsd)
    const change = { name, ...terms, ...prorated, limitNanoUsd }
    const ownLimit = row.ownLimit || (row.memberOf !== null && limitUsd !== undefined)
    await setBudget(ctx.db, row.id, { ...change, ownLimit })
    const parts = await setParts(ctx.db, row.id, change)
    const before = presentBudget(row)
    const after = await showBudget(ctx, row.id)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'budget.update', targetId: row.id, teamId, projectId, before, after })
    await announceBudget(ctx, row.id, ...parts)
    return after
  })
}

export async function deleteBudget(ctx: Ctx, { params }: Valid<typeof budgetDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = letIntoBudget(ctx, budgetDelete.permission, await lockBudget(ctx.db, params.budgetId))
    requireVersion(ctx, 'budget', row)
    if (row.memberOf !== null) {
      throw new AppError(
        'conflict',
        'The next call of this member would bring it back: set its limit instead.',
      )
    }
    const gone = { deletedAt: ctx.clock() }
    await setBudget(ctx.db, row.id, gone)
    const parts = await setParts(ctx.db, row.id, gone)
    const before = presentBudget(row)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'budget.delete', targetId: row.id, teamId, projectId, before })
    await announceBudget(ctx, row.id, ...parts)
  })
}

/** The keys' snapshots name the budgets that apply; the ledger keeps what is in them. */
export async function announceBudget(ctx: Ctx, ...budgetIds: string[]): Promise<void> {
  for (const id of budgetIds) await notify(ctx, { topic: 'budget', id })
  await notify(ctx, { topic: 'access' })
}

/** What a budget follows is changed there: credits make an account's limit, and a whole its members' parts. */
function requireChangeable(row: BudgetRow, body: Valid<typeof budgetUpdate>['body']): void {
  const { limitUsd, prorate, ...terms } = body
  if (limitUsd !== undefined && row.period === 'credits') {
    throw invalid('/body/limitUsd', 'credits make this limit: grant one, or end one')
  }
  const [other] = Object.keys(terms)
  if (row.memberOf !== null && other !== undefined) {
    throw invalid(`/body/${other}`, `this follows ${row.memberOf}; only its limit can be the member's own`)
  }
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
    perMember: row.perMember,
    memberOf: row.memberOf,
    userId: row.userId,
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
      standing: standingOf(row, spent, limit),
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
  if (period === 'total' || period === 'credits') return null
  return period === 'rolling_24h' ? new Date(windowStart.getTime() - DAY_MS) : windowStart
}

/** The lines of a budget once the changes are made. */
function linesAfter(row: BudgetRow, body: Valid<typeof budgetUpdate>['body']) {
  const { kind = row.kind, throttleAtPercent = row.throttleAtPercent } = body
  const { throttleRequestsPerMinute = row.throttleRequestsPerMinute } = body
  const { suspendAtPercent = row.suspendAtPercent } = body
  return { kind, throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent }
}

/** The name of a budget once its limit is this: its own, or what it is called when nobody named it. */
export function nameFor(row: BudgetRow, limitNanoUsd: NanoUsd): string {
  const unnamed = [false, true].some((perMember) => row.name === defaultName({ ...row, perMember }))
  return unnamed ? defaultName({ ...row, limitNanoUsd }) : row.name
}

type Named = { limitNanoUsd: NanoUsd; period: BudgetPeriod; perMember?: boolean | undefined }

function defaultName({ limitNanoUsd, period, perMember = false }: Named): string {
  const name = `${formatUsd(limitNanoUsd).replace(/\.00$/, '')} USD ${WINDOW_WORDS[period]}`
  return perMember ? `${name} for each member` : name
}
