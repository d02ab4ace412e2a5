import { lapseRequest } from '../actions/access-request-decisions.ts'
import type { App } from '../app.ts'
import { lockLapsedRequests, takeTurn } from '../db/access-requests.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/** Closes requests that nobody decided in time, and those that ask for a time which has passed. */
export function lapseRequests(app: App): Promise<number> {
  return transaction(jobContext(app, 'lapse-requests'), async (ctx) => {
    await takeTurn(ctx.db)
    const late = await lockLapsedRequests(ctx.db, BATCH)
    for (const request of late) await lapseRequest(ctx, request)
    return late.length
  })
}
