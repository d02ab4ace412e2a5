import { AppError } from '../domain/errors.ts'

const running = new Set<string>()

/** A guess: the longest of them ends itself after twenty seconds. */
const RETRY_SECONDS = 5

/**
 * Does `work` unless this process is at the same kind of it for somebody else: it reads so much that many at once would
 * hold up the database. `what` names the kind, as in "a check of the ledger". After it is clear that they may.
 */
export async function alone<T>(what: string, work: () => Promise<T>): Promise<T> {
  if (running.has(what)) {
    throw new AppError(
      'rate_limit_exceeded',
      `This server is busy with ${what} that somebody else asked for: try again in ${RETRY_SECONDS} seconds.`,
      { retryAfterSeconds: RETRY_SECONDS },
    )
  }
  running.add(what)
  try {
    return await work()
  } finally {
    running.delete(what)
  }
}
