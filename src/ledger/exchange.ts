import { setTimeout as sleep } from 'node:timers/promises'
import type { Authority } from './authority.ts'
import type { DatabaseClock } from './clock.ts'

const TIMEOUT_MS = 5_000

/** Asks the authority, one question after another: what an answer says of a window then holds when it arrives. */
export type Exchange = <T>(question: (authority: Authority) => Promise<T>) => Promise<T>

/**
 * A question that hangs fails after a while, and its outcome is unknown then. Every question may be asked again and may
 * even be carried out late: a batch books once, and a lease can only turn out larger than this node thinks.
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

  return (question) => {
    const answer = last.then(() => ask(question))
    last = answer.catch(() => {})
    return answer
  }
}

/** Rejects when `work` takes longer than `ms`. The work itself goes on. */
export async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  const stop = new AbortController()
  const timeout = sleep(ms, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`The database did not answer within ${ms / 1000} seconds.`)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    timeout.catch(() => {})
    stop.abort()
  }
}

function hasTime(answer: unknown): answer is { databaseNow: Date } {
  return typeof answer === 'object' && answer !== null && 'databaseNow' in answer
}
