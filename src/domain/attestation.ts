/** Days before its time at which the owner of a key is asked whether it is still needed. */
export const ATTESTATION_NOTICE_DAYS = [14, 3, 0] as const

/** What the keys say that were suspended for want of an answer: an answer resumes exactly those. */
export const NOT_ATTESTED = 'Nobody said that it is still needed.'

export type Attestation = {
  dueAt: Date
  /** How often the owner was asked in this round, and when last. */
  notices: number
  noticedAt: Date | null
  graceDays: number
}

export type AttestationStep = { step: 'ask'; notices: number } | { step: 'suspend' } | null

const DAY_MS = 86_400_000

/**
 * What is to be done about a key now. It is suspended only after it was asked for to the end, and the grace days
 * count from the last notice: where nobody could be asked for a while, nobody is surprised.
 */
export function attestationStep(attestation: Attestation, now: Date): AttestationStep {
  const { dueAt, notices, noticedAt, graceDays } = attestation
  const passed = ATTESTATION_NOTICE_DAYS.filter((days) => addDays(dueAt, -days) <= now).length
  if (notices < passed) return { step: 'ask', notices: passed }
  if (notices < ATTESTATION_NOTICE_DAYS.length) return null
  const last = noticedAt !== null && noticedAt > dueAt ? noticedAt : dueAt
  return addDays(last, graceDays) <= now ? { step: 'suspend' } : null
}

function addDays(time: Date, days: number): Date {
  return new Date(time.getTime() + days * DAY_MS)
}
