/** Without vowels, so that no word comes out, and without digits that look like letters (RFC 8628, 6.1). */
export const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
export const USER_CODE_LENGTH = 8

/** What is kept of a device code: all that says what a poll is answered. */
export type DeviceCode = {
  expiresAt: Date
  usedAt: Date | null
  decidedAt: Date | null
  /** Where somebody said yes; null with `decidedAt` is a no. */
  sessionId: string | null
  lastPollAt: Date | null
  intervalSeconds: number
}

export type PollAnswer = 'pending' | 'slow_down' | 'approved' | 'denied' | 'expired' | 'used'

/** Clocks and networks are not exact: a poll may be so much early. */
const TOLERANCE_MS = 1000

/** What the device is told that asks at `now`. */
export function pollAnswer(code: DeviceCode, now: Date): PollAnswer {
  if (code.usedAt !== null) return 'used'
  if (code.expiresAt <= now) return 'expired'
  const { lastPollAt, intervalSeconds } = code
  if (lastPollAt && now.getTime() - lastPollAt.getTime() < intervalSeconds * 1000 - TOLERANCE_MS) {
    return 'slow_down'
  }
  if (code.decidedAt === null) return 'pending'
  return code.sessionId === null ? 'denied' : 'approved'
}

/** `WDJBMJHT` → `WDJB-MJHT`, as people read it. */
export function showUserCode(code: string): string {
  return `${code.slice(0, USER_CODE_LENGTH / 2)}-${code.slice(USER_CODE_LENGTH / 2)}`
}

/** What somebody typed, as it was given out: case, blanks and dashes do not count. Null when it cannot be one. */
export function readUserCode(typed: string): string | null {
  const letters = typed.toUpperCase().replace(/[\s\-–—.]/g, '')
  return letters.length === USER_CODE_LENGTH && [...letters].every((one) => USER_CODE_LETTERS.includes(one))
    ? letters
    : null
}
