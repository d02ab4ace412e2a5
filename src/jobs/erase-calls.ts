import { setTimeout as pause } from 'node:timers/promises'
import { audit } from '../actions/audit.ts'
import type { App } from '../app.ts'
import { findRetention, lockRetention, type RetentionRow } from '../db/retention.ts'
import { transaction } from '../db/transaction.ts'
import {
  eraseUsage,
  findErasedBefore,
  findOldestCall,
  horizonAfter,
  isLockTimeout,
  moveHorizon,
} from '../db/usage-erase.ts'
import { BATCH, jobContext } from './sweep.ts'

const CALLS_AT_ONCE = 1000
/** After each step four times as long as it took: of the database's time a fifth at most, for each process that sweeps. */
const REST = 4
const MOST_REST_MS = 5_000

/** Erases single calls that have been kept for as long as the organization wants, in steps; what they add up to stays. */
export async function eraseCalls(app: App): Promise<number> {
  const ctx = jobContext(app, 'erase-calls')
  try {
    await transaction(ctx, async (ctx) => {
      if ((await nextHorizon(ctx.db, await findRetention(ctx.db))) === null) return
      // Whoever changes it at this moment is waited for.
      const before = await nextHorizon(ctx.db, await lockRetention(ctx.db))
      if (before === null) return
      await audit(ctx, {
        action: 'usage.erase',
        targetId: 'usage',
        after: { erasedBefore: before.toISOString() },
      })
      await moveHorizon(ctx.db, before)
    })
  } catch (error) {
    // Gateways are booking: the next sweep tries again.
    if (!isLockTimeout(error)) throw error
  }
  const begun = performance.now()
  const erased = await transaction(ctx, ({ db }) => eraseUsage(db, CALLS_AT_ONCE))
  if (erased === 0) return 0
  await pause(Math.min(MOST_REST_MS, REST * (performance.now() - begun)))
  return BATCH
}

/** Where the horizon is to be, when it is to move: past the oldest call that is left. */
async function nextHorizon(db: App['db'], { callDays }: RetentionRow): Promise<Date | null> {
  if (callDays === null) return null
  const [horizon, erasedBefore, oldest] = [
    await horizonAfter(db, callDays),
    await findErasedBefore(db),
    await findOldestCall(db),
  ]
  if (oldest === null || oldest >= horizon) return null
  return erasedBefore === null || erasedBefore < horizon ? horizon : null
}
