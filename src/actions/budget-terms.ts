import type { Ctx } from '../app.ts'
import type { budgetUpdate } from '../contract/budgets.ts'
import type { Valid } from '../contract/operation.ts'
import { type BudgetRow, findWindow } from '../db/budgets.ts'
import type { Budget, BudgetLines, BudgetPeriod } from '../domain/budget.ts'
import { canProrate, problemOfLines, proratedLimit } from '../domain/budget-terms.ts'
import { type NanoUsd, parseUsd } from '../domain/money.ts'
import { invalid } from './invalid.ts'

/** What the window allows in which a limit changed. Null: the limit, as every other window. */
type Proration = Pick<BudgetRow, 'proratedStart' | 'proratedNanoUsd'>
type Windows = { period: BudgetPeriod; timeZone: string }

/** What the window allows in which a budget is created. `pointer` is where its terms are in the input. */
export function proratedAtCreation(
  ctx: Ctx,
  budget: Windows & { limitNanoUsd: NanoUsd },
  pointer: string,
): Promise<Proration> {
  return prorate(ctx, budget, { windowLimit: () => 0n, from: 0n, to: budget.limitNanoUsd }, pointer)
}

/**
 * What the window allows in which a budget is updated. A limit that changes without a word about proration counts in
 * full at once; null when it does not change.
 */
export async function proratedAtUpdate(
  ctx: Ctx,
  row: BudgetRow,
  body: Valid<typeof budgetUpdate>['body'],
): Promise<Proration | null> {
  if (body.limitUsd === undefined) {
    if (body.prorate) throw invalid('/body/prorate', 'only a limit that changes counts in part')
    return null
  }
  if (!body.prorate) return { proratedStart: null, proratedNanoUsd: null }
  const { limitNanoUsd: from, proratedStart, proratedNanoUsd } = row
  const windowLimit = (start: Date) =>
    proratedNanoUsd !== null && proratedStart?.getTime() === start.getTime() ? proratedNanoUsd : from
  return prorate(ctx, row, { windowLimit, from, to: nanoUsd(body.limitUsd) }, '/body')
}

async function prorate(
  ctx: Ctx,
  budget: Windows,
  { windowLimit, from, to }: { windowLimit(start: Date): NanoUsd; from: NanoUsd; to: NanoUsd },
  pointer: string,
): Promise<Proration> {
  if (!canProrate(budget.period)) {
    throw invalid(`${pointer}/prorate`, 'a total and any 24 hours have no part that is left')
  }
  const { at, windowStart, windowEnd } = await findWindow(ctx.db, budget)
  const times = { startMs: windowStart.getTime(), endMs: windowEnd.getTime(), atMs: at.getTime() }
  const proratedNanoUsd = proratedLimit({ windowLimit: windowLimit(windowStart), from, to, ...times })
  return { proratedStart: windowStart, proratedNanoUsd }
}

/** Refuses lines that make no sense together. `pointer` is where they are in the input. */
export function requireLines(budget: BudgetLines & Pick<Budget, 'kind'>, pointer: string): void {
  const problem = problemOfLines(budget.kind, budget)
  if (problem) throw invalid(`${pointer}/${problem.field}`, problem.message)
}

export function nanoUsd(text: string): NanoUsd {
  const nano = parseUsd(text)
  if (nano === null) throw new Error('the contract lets only amounts of USD through')
  return nano
}
