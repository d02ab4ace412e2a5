import type { App } from '../app.ts'
import { countTry, findBlockedSeconds, forgetTries, uncountTry } from '../db/throttles.ts'
import { AppError } from '../domain/errors.ts'
import { isIpv4, parseIp } from '../domain/ip-address.ts'

/** What is counted: `pwd:user:usr_…`, `pwd:ip:203.0.113.7`, `otp:user:…`, `device:…`. */
export type ThrottleKey = `${string}:${string}`

/**
 * Counts a try before it is made, so that guesses in parallel are all counted, or throws `too_many_attempts`.
 * Never in the transaction of the caller, which a request with an `Idempotency-Key` is always in: a try that fails is
 * counted all the same.
 */
export async function attempt(app: App, keys: readonly ThrottleKey[]): Promise<void> {
  const db = app.db.isTransaction ? app.gatewayDb : app.db
  for (const key of keys) {
    const blockedSeconds = await countTry(db, key)
    if (blockedSeconds !== null) throw tooMany(blockedSeconds)
  }
}

/** Throws `too_many_attempts` while the key is blocked. For tries that only count once they are known to be bad. */
export async function requireUnblocked(app: App, key: ThrottleKey): Promise<void> {
  const blockedSeconds = await findBlockedSeconds(app.db, key)
  if (blockedSeconds !== null) throw tooMany(blockedSeconds)
}

/** The try was right: what was counted is forgotten. */
export async function succeeded(app: App, keys: readonly ThrottleKey[]): Promise<void> {
  if (keys.length > 0) await forgetTries(app.db, keys)
}

/** The try was no failure, and says nothing of the others: one is taken off what was counted. */
export async function forgiven(app: App, key: ThrottleKey): Promise<void> {
  await uncountTry(app.db, key)
}

/** The key of where a try comes from: an IPv4 address, or the network of 64 bits that one household has in IPv6. */
export function ipKey(what: string, ip: string | null): ThrottleKey {
  const address = ip === null ? null : parseIp(ip)
  if (address === null) return `${what}:ip:unknown`
  return `${what}:ip:${(isIpv4(address) ? address : address.slice(0, 4)).join('.')}`
}

function tooMany(retryAfterSeconds: number): AppError {
  return new AppError('too_many_attempts', `Too many attempts. Try again in ${retryAfterSeconds} seconds.`, {
    retryAfterSeconds,
  })
}
