import type { Ctx } from '../app.ts'
import { AppError } from '../domain/errors.ts'

type Versioned = { version: number }

/** Throws `precondition_failed` when the caller sent `If-Match` with another version than the row has. */
export function requireVersion(ctx: Ctx, what: string, row: Versioned): void {
  if (ctx.ifMatch !== null && ctx.ifMatch !== row.version) {
    throw new AppError(
      'precondition_failed',
      `This ${what} changed since you read it: it is at version ${row.version}, you sent ${ctx.ifMatch}. Read it again.`,
    )
  }
}

/**
 * The same ahead of a confirmation, for what is set as a whole: who merges what they have with what is there sends another
 * request, which is confirmed for itself. Nobody is asked to confirm one that would be refused as old. `reach` lets the actor
 * in, or throws; `now` is looked at only for who is to confirm, and so may do it.
 */
export async function reachAtVersion<Reached>(
  ctx: Ctx,
  what: string,
  reach: () => Promise<Reached>,
  now: () => Promise<Versioned>,
): Promise<Reached> {
  try {
    return await reach()
  } catch (error) {
    if (error instanceof AppError && error.code === 'step_up_required') requireVersion(ctx, what, await now())
    throw error
  }
}
