/**
 * For how long what is kept only for a while is kept. What erases it goes by these, and the page Settings says them. All
 * else that says who did what is kept for good; what is only under way is swept by its own end. No setting changes any of
 * it.
 */
export const RETENTION = {
  /** After a notice was sent, or given up: that it was. What it said is erased as soon as it is sent. */
  noticeDays: 30,
  /** After its end the secret of a workload is still told from one that was never there. */
  workloadSecretDays: 90,
  /** After a person was last seen with a browser: that it is theirs. */
  deviceDays: 180,
  /** After a request with an `Idempotency-Key`: what it was answered. */
  repeatedHours: 24,
} as const
