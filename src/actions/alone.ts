import { AppError } from '../domain/errors.ts'

const running = new Set<string>()

/**
 * A guess. Most take seconds, but a statement of a dry run may take twenty, and each of the ledger's rules five minutes
 * (`db/dry-runs.ts`, `db/ledger-checks.ts`).
 */
const RETRY_SECONDS = 30

/**
 * Does `work` unless this process is at the same kind of it already: it reads so much that many at once would
 * hold up the database. `what` names the kind, as in "a check of the ledger". After it is clear that they may.
 */
export async function alone<T>(what: string, work: () => Promise<T>): Promise<T> {
  if (running.has(what)) {
    throw new AppError(
      'rate_limit_exceeded',
      `On this server ${what} is already under way: try again in ${RETRY_SECONDS} seconds.`,
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
