import { audit } from '../actions/audit.ts'
import type { App } from '../app.ts'
import { lockExpiredKeys } from '../db/key-deadlines.ts'
import { setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/**
 * Writes down that keys have expired. They stopped working by themselves at their time: this makes lists and the
 * audit say so.
 */
export function expireKeys(app: App): Promise<number> {
  return transaction(jobContext(app, 'expire-keys'), async (ctx) => {
    const keys = await lockExpiredKeys(ctx.db, BATCH)
    for (const { id, state, teamId } of keys) {
      await setKey(ctx.db, id, { state: 'expired', resumeAt: null })
      await audit(ctx, {
        action: 'key.expire',
        targetId: id,
        teamId,
        before: { state },
        after: { state: 'expired' },
      })
      await notify(ctx, { topic: 'key', id })
    }
    return keys.length
  })
}
