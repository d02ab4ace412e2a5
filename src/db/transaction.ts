import type { Db } from '../app.ts'

/**
 * Runs `work` in one transaction and hands it the same context with the transaction as its `db`, under the same
 * name on purpose: it hides the outer one. Within a transaction it joins it.
 */
export async function transaction<C extends { db: Db }, T>(ctx: C, work: (ctx: C) => Promise<T>): Promise<T> {
  if (ctx.db.isTransaction) return work(ctx)
  return ctx.db.transaction().execute((db) => work({ ...ctx, db }))
}
