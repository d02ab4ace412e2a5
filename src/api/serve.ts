import type { Ctx, Visit } from '../app.ts'
import type { AnyOperation, Output, Valid } from '../contract/operation.ts'

/** An operation and the action that carries it out. */
export type Route =
  | {
      operation: AnyOperation
      signIn: true
      action: (ctx: Ctx, input: Valid<AnyOperation>) => Promise<unknown>
    }
  | {
      operation: AnyOperation
      signIn: false
      action: (visit: Visit, input: Valid<AnyOperation>) => Promise<unknown>
    }

/** Pairs an operation with its action; the types of both must agree. */
export function serve<O extends AnyOperation>(
  operation: O,
  action: (ctx: Ctx, input: Valid<O>) => Promise<Output<O>>,
): Route {
  // `handle.ts` gives the action only input that this operation's own schemas have accepted.
  return { operation, signIn: true, action: action as (ctx: Ctx, input: unknown) => Promise<unknown> }
}

/** The same for one that answers a file, in pieces: it is written while it is read, once the promise says that it may be. */
export function serveDownload<O extends AnyOperation>(
  operation: O,
  action: (ctx: Ctx, input: Valid<O>) => Promise<AsyncIterable<string>>,
): Route {
  return {
    operation,
    signIn: true,
    // As in `serve`.
    action: action as (ctx: Ctx, input: unknown) => Promise<unknown>,
  }
}

/** The same for one of the few operations that need no sign-in: there is no actor in what its action gets. */
export function serveAnyone<O extends AnyOperation>(
  operation: O & { permission: null },
  action: (visit: Visit, input: Valid<O>) => Promise<Output<O>>,
): Route {
  return { operation, signIn: false, action: action as (visit: Visit, input: unknown) => Promise<unknown> }
}
