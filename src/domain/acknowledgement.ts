/** How somebody stands to the current version of a document that concerns them. */
export type Standing = 'acknowledged' | 'exempt' | 'due' | 'overdue'

export type StandingFacts = {
  /** Keys depend on it. What nobody requires is read when there is time, and never late. */
  required: boolean
  publishedAt: Date
  graceDays: number
  /** When the person's account was made. */
  userSince: Date
  /** There is an acknowledgement of this version, and its time is not over. */
  acknowledged: boolean
  exempt: boolean
  /** They acknowledged this version before, and its time is over. */
  lapsed: boolean
}

const DAY_MS = 86_400_000

/**
 * Grace is for who was there when the version came out. Who comes later reads first; so does who was reminded that
 * an acknowledgement ends.
 */
export function standingOf(facts: StandingFacts, now: Date): Standing {
  if (facts.exempt) return 'exempt'
  if (facts.acknowledged) return 'acknowledged'
  const end = dueBy(facts)
  return end === null || now < end ? 'due' : 'overdue'
}

/** When the time to read it is over; null when there is no hurry. */
export function dueBy({ required, publishedAt, graceDays, userSince, lapsed }: StandingFacts): Date | null {
  if (!required) return null
  const inTime = !lapsed && userSince <= publishedAt
  return inTime ? new Date(publishedAt.getTime() + graceDays * DAY_MS) : publishedAt
}
