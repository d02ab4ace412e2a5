import { announceBudget } from '../actions/budgets.ts'
import { sayLapsed } from '../actions/credits.ts'
import type { App } from '../app.ts'
import { lockLapsedAccounts, setAccountLimit, tellLapsed } from '../db/credits.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/**
 * Writes down that credits have lapsed. The ledger lets nothing more be spent of them from their end on: this makes
 * lists and the audit say so, also of accounts that nobody uses.
 */
export function lapseCredits(app: App): Promise<number> {
  return transaction(jobContext(app, 'lapse-credits'), async (ctx) => {
    const accounts = await lockLapsedAccounts(ctx.db, BATCH)
    for (const budgetId of accounts) {
      await setAccountLimit(ctx.db, budgetId)
      await sayLapsed(ctx, await tellLapsed(ctx.db, budgetId))
      await announceBudget(ctx, budgetId)
    }
    return accounts.length
  })
}
