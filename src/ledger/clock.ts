/** Our clock and the database's drift apart by less than this: a quarter of a second in an hour. */
const DRIFT = 70e-6

/**
 * The database's time, tracked against a monotonic clock: jumps of this machine's clock do not move it.
 * Each exchange tells it to within half its round trip; the sharpest answer counts, aged by the drift.
 */
export type DatabaseClock = {
  /** Milliseconds since 1970, by the database. */
  now(): number
  /** The database said `databaseMs` somewhere between two moments of the monotonic clock. */
  observe(databaseMs: number, sentAt: number, receivedAt: number): void
}

export function createDatabaseClock(monotonic: () => number): DatabaseClock {
  let offset = 0
  let errorMs = Number.POSITIVE_INFINITY
  let measuredAt = 0

  return {
    now: () => monotonic() + offset,
    observe(databaseMs, sentAt, receivedAt) {
      const fresh = databaseMs - (sentAt + receivedAt) / 2
      const freshErrorMs = (receivedAt - sentAt) / 2
      const agedErrorMs = errorMs + (receivedAt - measuredAt) * DRIFT
      const disagree = Math.abs(fresh - offset) > freshErrorMs + agedErrorMs
      if (freshErrorMs > agedErrorMs && !disagree) return
      offset = fresh
      errorMs = freshErrorMs
      measuredAt = receivedAt
    },
  }
}
