import { type Alert, countAlert, tellOverruns, tellReached, tellRefusing } from '../actions/tell-alerts.ts'
import type { App, Ctx } from '../app.ts'
import { lookAgain } from '../db/alerts.ts'
import { deleteOldBurn, sampleBurn } from '../db/budget-burn.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/** Tells people and channels what budgets reached. */
export async function tellBudgetAlerts(app: App): Promise<number> {
  // By itself, so that the rows of windows are not locked while people are told.
  const looked = await lookAgain(app.db, BATCH)
  return Math.max(looked, await told(app, 'tell-alerts', (ctx) => tellReached(ctx, BATCH)))
}

/** Tells of budgets that refuse many calls. */
export function tellRefusingBudgets(app: App): Promise<number> {
  return told(app, 'tell-refusing', tellRefusing)
}

/** Notes how budgets are spent, and tells of those that will not last. */
export async function projectBudgets(app: App): Promise<number> {
  await sampleBurn(app.db)
  await told(app, 'project-budgets', tellOverruns)
  return deleteOldBurn(app.db, BATCH)
}

async function told(app: App, name: string, tell: (ctx: Ctx) => Promise<Alert[]>): Promise<number> {
  const alerts = await transaction(jobContext(app, name), tell)
  for (const alert of alerts) countAlert(app, alert)
  return alerts.length
}
