import type { Ctx } from '../app.ts'
import { AppError } from '../domain/errors.ts'

/** Throws `precondition_failed` when the caller sent `If-Match` with another version than the row has. */
export function requireVersion(ctx: Ctx, what: string, row: { version: number }): void {
  if (ctx.ifMatch !== null && ctx.ifMatch !== row.version) {
    throw new AppError(
      'precondition_failed',
      `This ${what} changed since you read it: it is at version ${row.version}, you sent ${ctx.ifMatch}. Read it again.`,
    )
  }
}
