const MINUTE = 60
const HOUR = 60 * MINUTE

/** How long to wait after each failed attempt: about a day in all. */
const DELAYS_SECONDS = [5, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR]

/** Seconds from the failure of attempt number `attempts` (the first is 1) to the next; null when it was the last. */
export function retryDelaySeconds(attempts: number): number | null {
  return DELAYS_SECONDS[attempts - 1] ?? null
}
