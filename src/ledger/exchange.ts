import type { Authority } from './authority.ts'
import type { DatabaseClock } from './clock.ts'

const TIMEOUT_MS = 5_000

/**
 * Asks the authority, one question after another. `heard` takes in the answer before the next question is asked, and
 * never one that came too late: what an answer says of a lease holds when it is heard.
 */
export type Exchange = <T>(
  question: (authority: Authority) => Promise<T>,
  heard?: (answer: T) => void,
) => Promise<T>

/**
 * A question that hangs fails after a while, and its outcome is unknown then: it may even be carried out late. A batch
 * books once, and a lease can only turn out larger than this node thinks, because the node lets go of what it gives
 * back before it says so, and because a question that is carried out after a later one changes no lease.
 */
export function createExchange(
  authority: Authority,
  clock: DatabaseClock,
  monotonic: () => number,
): Exchange {
  let last: Promise<unknown> = Promise.resolve()

  async function ask<T>(question: (authority: Authority) => Promise<T>): Promise<T> {
    const sentAt = monotonic()
    const answer = await withTimeout(question(authority), TIMEOUT_MS)
    if (hasTime(answer)) clock.observe(answer.databaseNow.getTime(), sentAt, monotonic())
    return answer
  }

  return (question, heard) => {
    const answer = last.then(async () => {
      const said = await ask(question)
      heard?.(said)
      return said
    })
    last = answer.catch(() => {})
    return answer
  }
}

/** Rejects when `work` takes longer than `ms`. The work itself goes on. */
export function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`The database did not answer within ${ms / 1000} seconds.`))
    const timer = setTimeout(late, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function hasTime(answer: unknown): answer is { databaseNow: Date } {
  return typeof answer === 'object' && answer !== null && 'databaseNow' in answer
}
