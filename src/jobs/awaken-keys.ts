import { audit } from '../actions/audit.ts'
import type { App } from '../app.ts'
import { lockAwakenedKeys } from '../db/key-deadlines.ts'
import { setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

const AWAKE = { state: 'active', suspendedReason: null, suspendedBy: null, resumeAt: null } as const

/** Writes down that suspended keys have resumed, and pending ones begun. They worked again from their time on. */
export function awakenKeys(app: App): Promise<number> {
  return transaction(jobContext(app, 'awaken-keys'), async (ctx) => {
    const keys = await lockAwakenedKeys(ctx.db, BATCH)
    for (const { id, state, teamId } of keys) {
      const action = state === 'pending' ? 'key.activate' : 'key.resume'
      await setKey(ctx.db, id, AWAKE)
      await audit(ctx, { action, targetId: id, teamId, before: { state }, after: { state: 'active' } })
      await notify(ctx, { topic: 'key', id })
    }
    return keys.length
  })
}
