import type { App } from '../app.ts'
import { countTry, forgetTries } from '../db/throttles.ts'
import { AppError } from '../domain/errors.ts'

/** What is counted: `pwd:user:usr_…`, `pwd:ip:203.0.113.7`, `otp:user:…`, `device:…`. */
export type ThrottleKey = `${string}:${string}`

/**
 * Counts a try before it is made, so that guesses in parallel are all counted, or throws `too_many_attempts`.
 * In no transaction of the caller's: a try that fails is counted all the same.
 */
export async function attempt(app: App, keys: readonly ThrottleKey[]): Promise<void> {
  for (const key of keys) {
    const blockedSeconds = await countTry(app.db, key)
    if (blockedSeconds !== null) throw tooMany(blockedSeconds)
  }
}

/** The try was right: what was counted is forgotten. */
export async function succeeded(app: App, keys: readonly ThrottleKey[]): Promise<void> {
  if (keys.length > 0) await forgetTries(app.db, keys)
}

function tooMany(retryAfterSeconds: number): AppError {
  return new AppError('too_many_attempts', `Too many attempts. Try again in ${retryAfterSeconds} seconds.`, {
    retryAfterSeconds,
  })
}
