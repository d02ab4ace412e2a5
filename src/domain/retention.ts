/**
 * For how long what is kept only for a while is kept. What erases it goes by these, and the page Settings says them. Single
 * calls are kept for as long as the organization says (`retention`). All else that says who did what is kept for good; what
 * is only under way is swept by its own end.
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

/** How far back a dry run goes through real calls. */
export const DRY_RUN_DAYS = 31

/**
 * Single calls are kept for at least so many days, so that nothing that reads them finds too few: a dry run begins with the
 * quarter of a year, 92 days and a changed clock, in which its first day lies. All else needs less: who may go on from a
 * stored response is looked up here, and providers keep these for 30 days.
 */
export const LEAST_CALL_DAYS = DRY_RUN_DAYS + 92 + 1

/** A hundred years: more is for good. */
export const MOST_CALL_DAYS = 36_500
