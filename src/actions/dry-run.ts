import type { Ctx } from '../app.ts'
import { isTimeout } from '../db/dry-runs.ts'
import { databaseTime } from '../db/time.ts'
import { AppError } from '../domain/errors.ts'
import type { NanoUsd } from '../domain/money.ts'

/** What the dry runs of policies and budgets have in common. */

/** The most lines that an answer has. */
export const MOST_LINES = 200
const DAY_MS = 86_400_000

/** The last `days` by the database's clock, up to now. */
export async function rangeOf(ctx: Ctx, days: number): Promise<{ from: Date; to: Date }> {
  const to = await databaseTime(ctx.db)
  return { from: new Date(to.getTime() - days * DAY_MS), to }
}

/** Says what to do where the database gave up on too many rows. */
export async function asksForLess<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!isTimeout(cause)) throw cause
    throw new AppError(
      'invalid_request',
      'These are too many calls to go through at once: ask for fewer days, or for a narrower scope.',
      { cause },
    )
  }
}

/** A share in percent with one decimal, rounded down: `12.5`; `0.0` of nothing. */
export function percentOf(part: NanoUsd, whole: NanoUsd): string {
  const tenths = whole === 0n ? 0n : (part * 1000n) / whole
  return `${tenths / 10n}.${tenths % 10n}`
}
