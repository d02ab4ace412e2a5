import type { Ctx } from '../app.ts'
import type { doctorLedger } from '../contract/doctor.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { checkLedger } from '../db/ledger-checks.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { authorize } from './authorize.ts'
import { readRange } from './range.ts'

/** Recomputes the ledger's sums from what they are the sums of, in one snapshot of the database. */
export async function checkLedgerFor(
  ctx: Ctx,
  { query }: Valid<typeof doctorLedger>,
): Promise<Output<typeof doctorLedger>> {
  authorize(ctx.actor, 'audit:read', CONFIDENTIAL)
  const { from } = readRange(query.from, undefined, ctx.clock())
  const checks = await checkLedger(ctx.db, from)
  return { ok: checks.every(({ faults }) => faults === 0), from: from.toISOString(), checks }
}
