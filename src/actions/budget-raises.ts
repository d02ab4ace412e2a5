import type { Ctx } from '../app.ts'
import { budgetRaiseCreate, budgetRaiseEnd, budgetRaiseList } from '../contract/budget-raises.ts'
import type { Output, Valid } from '../contract/operation.ts'
import {
  type BudgetRaiseRow,
  findBudgetRaise,
  insertBudgetRaise,
  listBudgetRaises,
  setBudgetRaiseEnded,
} from '../db/budget-raises.ts'
import { type BudgetRow, lockBudget } from '../db/budgets.ts'
import { notify } from '../db/notify.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd, MAX_NANO_USD, type NanoUsd } from '../domain/money.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { notFound, within } from './authorize.ts'
import { nanoUsd } from './budget-terms.ts'
import { letIntoBudget } from './budgets.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'

export async function createBudgetRaise(
  ctx: Ctx,
  { body }: Valid<typeof budgetRaiseCreate>,
): Promise<Output<typeof budgetRaiseCreate>> {
  return transaction(ctx, async (ctx) => {
    const budget = letIntoBudget(ctx, budgetRaiseCreate.permission, await lockBudget(ctx.db, body.budgetId))
    const until = new Date(body.until)
    if (until <= (await databaseTime(ctx.db))) throw invalid('/body/until', 'this moment has passed')
    return addBudgetRaise(ctx, budget, {
      amountNanoUsd: nanoUsd(body.addUsd),
      reason: body.reason,
      endsAt: until,
      requestId: null,
    })
  })
}

type NewRaise = { amountNanoUsd: NanoUsd; reason: string; endsAt: Date; requestId: string | null }

/** Raises a budget that is locked and that the actor was let into. */
export async function addBudgetRaise(
  ctx: Ctx,
  budget: BudgetRow,
  raise: NewRaise,
): Promise<Output<typeof budgetRaiseCreate>> {
  requireRaisable(budget)
  if (budget.totalLimitNanoUsd + raise.amountNanoUsd > MAX_NANO_USD) {
    throw new AppError('conflict', 'That is more than a budget can hold.')
  }
  const id = newId('rai')
  await insertBudgetRaise(ctx.db, { ...raise, id, budgetId: budget.id })
  const after = presentRaise(await mustFind(ctx, id))
  const { teamId, projectId } = budget
  const { reason } = raise
  await audit(ctx, { action: 'budget-raise.create', targetId: id, teamId, projectId, after, reason })
  await notify(ctx, { topic: 'budget', id: budget.id })
  return after
}

/** What nothing is spent of is not raised; credits have ends of their own. */
function requireRaisable({ period, perMember }: BudgetRow): void {
  if (period === 'credits') throw new AppError('conflict', 'Grant a credit that ends then instead.')
  if (perMember) throw new AppError('conflict', "This is for each member: raise one member's part of it.")
}

export async function listBudgetRaisesFor(
  ctx: Ctx,
  { query }: Valid<typeof budgetRaiseList>,
): Promise<Output<typeof budgetRaiseList>> {
  const reach = within(ctx.actor, budgetRaiseList.permission)
  const { limit, cursor, budgetId } = query
  const rows = await listBudgetRaises(ctx.db, { limit: limit + 1, cursor, budgetId, within: reach })
  return pageOf(rows, limit, presentRaise)
}

/** Ends a raise before its time; one that is over stays as it is. */
export async function endBudgetRaise(
  ctx: Ctx,
  { params }: Pick<Valid<typeof budgetRaiseEnd>, 'params'>,
): Promise<Output<typeof budgetRaiseEnd>> {
  return transaction(ctx, async (ctx) => {
    const raise = await findBudgetRaise(ctx.db, params.budgetRaiseId)
    if (!raise) throw notFound('budget raise')
    const found = await lockBudget(ctx.db, raise.budgetId)
    const budget = letIntoBudget(ctx, budgetRaiseEnd.permission, found, 'budget raise')
    const row = await mustFind(ctx, raise.id)
    if (!row.active) return presentRaise(row)
    await setBudgetRaiseEnded(ctx.db, row.id)
    const [before, after] = [presentRaise(row), presentRaise(await mustFind(ctx, row.id))]
    const { teamId, projectId } = budget
    await audit(ctx, { action: 'budget-raise.end', targetId: row.id, teamId, projectId, before, after })
    await notify(ctx, { topic: 'budget', id: budget.id })
    return after
  })
}

async function mustFind(ctx: Ctx, budgetRaiseId: string): Promise<BudgetRaiseRow> {
  const row = await findBudgetRaise(ctx.db, budgetRaiseId)
  if (!row) throw new Error('a raise is never deleted')
  return row
}

function presentRaise(row: BudgetRaiseRow): Output<typeof budgetRaiseCreate> {
  return {
    id: row.id,
    budgetId: row.budgetId,
    addUsd: formatUsd(row.amountNanoUsd),
    reason: row.reason,
    accessRequestId: row.requestId,
    createdAt: row.createdAt.toISOString(),
    until: row.endsAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    active: row.active,
  }
}
