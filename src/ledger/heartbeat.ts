import type { Logger } from 'pino'
import { UnknownNode } from '../db/nodes.ts'
import type { Authority } from './authority.ts'
import type { DatabaseClock } from './clock.ts'
import { withTimeout } from './exchange.ts'

const EVERY_MS = 2_000
const TIMEOUT_MS = 5_000
const RETURNED =
  'a backup of the database from before this gateway started was restored: the gateway is known to it again'
const STRANGER =
  'the database does not know this gateway, since an older backup of it was restored, and does not take it back: it refuses calls that have a budget or a rate limit, and tries again every two seconds. If that goes on, restart this gateway'

/** Says every two seconds that this node is there, beside all other questions: a long one does not hold it up. */
export type Heartbeat = {
  /** How many gateways there were at the last beat, this one included. */
  liveNodes(): number
  /** In database time: from here on nothing may be let in on what this node holds of budgets and rate limits, for others may think it gone. */
  trustedUntilMs(): number
  stop(): void
}

type Parts = {
  authority: Authority
  trustedUntil: Date
  clock: DatabaseClock
  monotonic: () => number
  log: Logger
  /** The database hears from this node again, after it was not trusted or not known any more: what it held may be gone. */
  lapsed(): void
}

export function startHeartbeat({ authority, trustedUntil, clock, monotonic, log, lapsed }: Parts): Heartbeat {
  let liveNodes = 1
  let trustedUntilMs = trustedUntil.getTime()
  let beating = false
  let stranger = false

  async function beat(): Promise<void> {
    if (beating) return
    beating = true
    try {
      const sentAt = monotonic()
      const answer = await withTimeout(authority.beat(), TIMEOUT_MS)
      clock.observe(answer.databaseNow.getTime(), sentAt, monotonic())
      if (clock.now() >= trustedUntilMs) lapsed()
      liveNodes = Math.max(1, answer.liveNodes)
      trustedUntilMs = answer.trustedUntil.getTime()
    } catch (error) {
      if (error instanceof UnknownNode) await comeBack()
      else log.debug({ err: error }, 'the database does not hear that this node is there')
    } finally {
      beating = false
    }
  }

  /** Nothing is set aside for us in this database: nothing may be held on what we think we have. */
  async function comeBack(): Promise<void> {
    trustedUntilMs = 0
    try {
      const sentAt = monotonic()
      const answer = await withTimeout(authority.comeBack(), TIMEOUT_MS)
      clock.observe(answer.databaseNow.getTime(), sentAt, monotonic())
      lapsed()
      trustedUntilMs = answer.trustedUntil.getTime()
      stranger = false
      log.warn({}, RETURNED)
    } catch (error) {
      if (!stranger) log.error({ err: error }, STRANGER)
      stranger = true
    }
  }

  const timer = setInterval(beat, EVERY_MS)
  timer.unref()
  beat()
  return {
    liveNodes: () => liveNodes,
    trustedUntilMs: () => trustedUntilMs,
    stop: () => clearInterval(timer),
  }
}
