/** A node speaks so often at once of a budget that is short, asking or giving back, and after that once in a while. */
const AT_ONCE = 2
const EVERY_MS = 250

/** How often was spoken of late: up to `busyUntilMs` it was more than once in `EVERY_MS`. */
export type Pace = { busyUntilMs: number }

/** How long to wait before the next time. In no second there are more than `AT_ONCE + 1000 / EVERY_MS`. */
export function paceMs({ busyUntilMs }: Pace, nowMs: number): number {
  return Math.max(0, busyUntilMs - (AT_ONCE - 1) * EVERY_MS - nowMs)
}

/** Counts one, also one that did not wait. */
export function spoke(pace: Pace, nowMs: number): void {
  const most = nowMs + AT_ONCE * EVERY_MS
  pace.busyUntilMs = Math.min(Math.max(pace.busyUntilMs, nowMs) + EVERY_MS, most)
}
