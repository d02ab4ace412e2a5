import { endRequest } from '../actions/access-request-decisions.ts'
import type { App } from '../app.ts'
import { lockEndedRequests, takeTurn } from '../db/access-requests.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/**
 * Takes back what approved requests gave for a time. Roles, keys, models and raises of budgets stop by themselves at
 * their time; raised rate limits go back here.
 */
export function endAccess(app: App): Promise<number> {
  return transaction(jobContext(app, 'end-access'), async (ctx) => {
    await takeTurn(ctx.db)
    const ended = await lockEndedRequests(ctx.db, BATCH)
    for (const request of ended) await endRequest(ctx, request, { early: false })
    return ended.length
  })
}
