import { hash, verify } from '@node-rs/argon2'
import { AppError } from './domain/errors.ts'
import { isTooLong } from './domain/password.ts'
import type { Keyring } from './keyring.ts'

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. Argon2id is this library's default algorithm. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Each takes a processor and 19 MiB: calls through the gateway go on while many people sign in. */
const AT_ONCE = 2
const MOST_WAITING = 32

/** The Argon2id hash of a password, as a PHC string. */
export function hashPassword({ passwordPepper }: Keyring, password: string): Promise<string> {
  return oneOfFew(() => hash(password.normalize('NFC'), { ...COST, secret: passwordPepper }))
}

/**
 * Whether this is the password. Without a hash it takes as long to say no: whether somebody has a password cannot be
 * told from the time. What is longer than a password can be is not hashed at all.
 */
export function verifyPassword(keyring: Keyring, stored: string | null, password: string): Promise<boolean> {
  if (isTooLong(password)) return Promise.resolve(false)
  return oneOfFew(async () => {
    const secret = keyring.passwordPepper
    const right = await verify(stored ?? (await nobodys(keyring)), password.normalize('NFC'), { secret })
    return right && stored !== null
  })
}

let nobody: Promise<string> | undefined

/** The hash of a password that nobody has. Made once, of the same cost. */
function nobodys({ passwordPepper }: Keyring): Promise<string> {
  nobody ??= hash('nobody has this password', { ...COST, secret: passwordPepper })
  return nobody
}

let running = 0
const waiting: (() => void)[] = []

async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (running < AT_ONCE) running += 1
  else {
    if (waiting.length >= MOST_WAITING) {
      const message = 'Too many people are signing in at this moment. Try again in a few seconds.'
      throw new AppError('too_many_attempts', message, { retryAfterSeconds: 5 })
    }
    // Who leaves hands its place on.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}
