import type { Updateable } from 'kysely'
import type { Ctx } from '../app.ts'
import { keyResume, keyRevoke, keySuspend, type keyView } from '../contract/keys.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import { setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import type { Keys } from '../db/schema.ts'
import { transaction } from '../db/transaction.ts'
import { type KeyEvent, nextKeyState } from '../domain/key-state.ts'
import { audit } from './audit.ts'
import { invalid } from './invalid.ts'
import { lockKeyFor, refuseInState } from './lock-key.ts'
import { showKey } from './present-key.ts'

export function suspendKey(
  ctx: Ctx,
  { params, body }: Valid<typeof keySuspend>,
): Promise<Output<typeof keySuspend>> {
  const change: Change = {
    event: 'suspend',
    done: 'suspended',
    permission: keySuspend.permission,
    reason: body.reason,
  }
  return changeState(ctx, params.keyId, change, (now) => {
    const resumeAt = body.resumeAt === undefined ? null : new Date(body.resumeAt)
    if (resumeAt && resumeAt <= now) throw invalid('/body/resumeAt', 'this moment has passed')
    return { suspendedReason: body.reason, suspendedBy: ctx.actor.userId ?? ctx.actor.id, resumeAt }
  })
}

export function resumeKey(ctx: Ctx, { params }: Valid<typeof keyResume>): Promise<Output<typeof keyResume>> {
  const change: Change = { event: 'resume', done: 'resumed', permission: keyResume.permission }
  return changeState(ctx, params.keyId, change, () => ({
    suspendedReason: null,
    suspendedBy: null,
    resumeAt: null,
  }))
}

/** Revokes a key, for good. Its hashes stay, so that a secret that leaks next year is still recognized. */
export function revokeKey(
  ctx: Ctx,
  { params, body }: Valid<typeof keyRevoke>,
): Promise<Output<typeof keyRevoke>> {
  const change: Change = {
    event: 'revoke',
    done: 'revoked',
    permission: keyRevoke.permission,
    reason: body.reason,
  }
  return changeState(ctx, params.keyId, change, (now) => ({ revokedAt: now }))
}

type Change = { event: KeyEvent; done: string; permission: OperationPermission; reason?: string | undefined }

async function changeState(
  ctx: Ctx,
  keyId: string,
  { event, done, permission, reason }: Change,
  values: (now: Date) => Updateable<Keys>,
): Promise<Output<typeof keyView>> {
  return transaction(ctx, async (ctx) => {
    const { row, state, now } = await lockKeyFor(ctx, permission, keyId)
    const next = nextKeyState(state, event)
    if (next === null) throw refuseInState(state, done)
    const before = await showKey(ctx, row.id)
    await setKey(ctx.db, row.id, { state: next, ...values(now) })
    const after = await showKey(ctx, row.id)
    await audit(ctx, {
      action: `key.${event}`,
      targetId: row.id,
      teamId: row.teamId,
      projectId: row.projectId,
      before,
      after,
      ...(reason && { reason }),
    })
    await notify(ctx, { topic: 'key', id: row.id })
    return after
  })
}
