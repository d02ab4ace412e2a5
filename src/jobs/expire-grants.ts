import { takeGrant } from '../actions/grants.ts'
import type { App } from '../app.ts'
import { lockEndedGrants } from '../db/grants.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/**
 * Writes down that grants have ended. They stopped allowing anything by themselves at their time: this makes lists
 * and the audit say so.
 */
export function expireGrants(app: App): Promise<number> {
  return transaction(jobContext(app, 'expire-grants'), async (ctx) => {
    const ended = await lockEndedGrants(ctx.db, BATCH)
    for (const grant of ended) await takeGrant(ctx, grant, 'grant.expire')
    return ended.length
  })
}
