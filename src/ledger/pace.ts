/** A node speaks so often at once of a budget that is short, asking or giving back, and after that once in a while. */
const AT_ONCE = 2
const EVERY_MS = 250

/** How often was spoken of late: up to `busyUntilMs` it was more than once in `EVERY_MS`. */
export type Pace = { busyUntilMs: number }

/**
 * Takes the next turn, and says how long to wait for it. First come, first served: neither asking nor giving back waits
 * for the other more than once. In any second there are at most `AT_ONCE + 1000 / EVERY_MS` turns.
 */
export function turnMs(pace: Pace, nowMs: number): number {
  const waitMs = Math.max(0, pace.busyUntilMs - (AT_ONCE - 1) * EVERY_MS - nowMs)
  pace.busyUntilMs = Math.max(pace.busyUntilMs, nowMs) + EVERY_MS
  return waitMs
}

/** Counts one that did not wait for its turn: of many, the next turn waits as after `AT_ONCE`. */
export function spoke(pace: Pace, nowMs: number): void {
  const most = Math.max(pace.busyUntilMs, nowMs + AT_ONCE * EVERY_MS)
  pace.busyUntilMs = Math.min(Math.max(pace.busyUntilMs, nowMs) + EVERY_MS, most)
}
