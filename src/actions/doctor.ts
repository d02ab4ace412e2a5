import type { Ctx } from '../app.ts'
import { type doctorLedger, doctorReconcile } from '../contract/doctor.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { checkLedger } from '../db/ledger-checks.ts'
import { listStranded, writeOffNode } from '../db/nodes.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { formatUsd } from '../domain/money.ts'
import { CONFIDENTIAL } from '../domain/place.ts'
import { alone } from './alone.ts'
import { audit } from './audit.ts'
import { authorize, notFound } from './authorize.ts'
import { readRange } from './range.ts'
import { sharedPlace } from './shared-place.ts'

/** Recomputes the ledger's sums from what they are the sums of, in one snapshot of the database. */
export async function checkLedgerFor(
  ctx: Ctx,
  { query }: Valid<typeof doctorLedger>,
): Promise<Output<typeof doctorLedger>> {
  authorize(ctx.actor, 'audit:read', CONFIDENTIAL)
  const { from } = readRange(query.from, undefined, ctx.clock())
  const [checks, stranded] = await alone('a check of the ledger', async () => [
    await checkLedger(ctx.db, from),
    await listStranded(ctx.db),
  ])
  return {
    ok: checks.every(({ faults }) => faults === 0),
    from: from.toISOString(),
    checks,
    stranded: stranded.map(({ nodeId, heartbeatAt, amountNanoUsd, windows }) => ({
      nodeId,
      heardOfAt: heartbeatAt?.toISOString() ?? null,
      setAsideUsd: formatUsd(amountNanoUsd),
      windows,
    })),
  }
}

/**
 * Gives back what a node that is gone for good had set aside. What it spent without reporting is not counted then: the
 * provider's bill has it. Refused while the node may still let calls in.
 */
export async function reconcileNode(
  ctx: Ctx,
  { params, body }: Valid<typeof doctorReconcile>,
): Promise<Output<typeof doctorReconcile>> {
  const { production } = await sharedPlace(ctx.db)
  authorize(ctx.actor, doctorReconcile.permission, { ...CONFIDENTIAL, production })
  const { nodeId } = params
  const reconcile = async (ctx: Ctx) => {
    const windows = await writeOffNode(ctx.db, nodeId)
    if (windows === null) throw notFound('node')
    const givenBackUsd = formatUsd(windows.reduce((sum, { amountNanoUsd }) => sum + amountNanoUsd, 0n))
    const after = { givenBackUsd, windows: windows.length }
    await audit(ctx, { action: 'doctor.reconcile', targetId: nodeId, after, reason: body.reason })
    for (const { budgetId } of windows) await notify(ctx, { topic: 'budget', id: budgetId })
    return { nodeId, ...after }
  }
  return alone('a reconciliation of a node', () => transaction(ctx, reconcile))
}
