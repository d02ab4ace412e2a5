import { randomBytes } from 'node:crypto'
import type { Ctx } from '../app.ts'
import { keyRotate } from '../contract/keys.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { endGracePeriods, findCurrentSecretId, insertKeySecret, retireSecret } from '../db/key-secrets.ts'
import { setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { formatKey, hintOf, SECRET_RANDOM_BYTES } from '../domain/key-format.ts'
import type { EnvironmentKind } from '../domain/scope.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { requireAcknowledged } from './gate.ts'
import { requireMayHoldFor } from './key-holder.ts'
import { lockKeyFor, refuseInState, refuseRuledKey } from './lock-key.ts'
import { showKey } from './present-key.ts'

/** Makes a new secret for a key that has no current one, or one with an end; keeps its hash, and returns it: this once. */
export async function addSecret(
  ctx: Ctx,
  keyId: string,
  kind: EnvironmentKind,
  expiresAt: Date | null = null,
): Promise<string> {
  const secret = formatKey(kind, randomBytes(SECRET_RANDOM_BYTES))
  const hash = ctx.keyring.hashSecret(secret)
  await insertKeySecret(ctx.db, { id: newId('sec'), keyId, hash, hint: hintOf(secret), expiresAt })
  return secret
}

/**
 * Gives a key a new secret; the old one works on for the grace period. Without one every older secret ends. Each rotation replaces the secret that was
 * current when it was asked for, so of two at the same time one gets `conflict`, and nobody holds a secret that a
 * stranger's rotation has just replaced.
 */
export async function rotateKey(
  ctx: Ctx,
  { params, body }: Valid<typeof keyRotate>,
): Promise<Output<typeof keyRotate>> {
  return transaction(ctx, async (ctx) => {
    const replaced = await findCurrentSecretId(ctx.db, params.keyId)
    const { row, state, now } = await lockKeyFor(ctx, keyRotate.permission, params.keyId)
    if (state === 'revoked' || state === 'expired') throw refuseInState(state, 'rotated')
    await refuseRuledKey(ctx, row.id)
    if (row.userId !== null) requireMayHoldFor(ctx, row.userId, 'key deliver')
    await requireAcknowledged(ctx, ctx.actor.userId)
    const before = await showKey(ctx, row.id)
    const graceEnd = new Date(now.getTime() + body.graceSeconds * 1000)
    if (replaced === undefined) {
      throw new AppError('conflict', 'The key has no secret yet: it waits for its owner to open it.')
    }
    if (!(await retireSecret(ctx.db, replaced, graceEnd))) {
      throw new AppError(
        'conflict',
        'The key was rotated by somebody else at the same time. Look at it again.',
      )
    }
    if (body.graceSeconds === 0) await endGracePeriods(ctx.db, row.id, now)
    const secret = await addSecret(ctx, row.id, row.environmentKind)
    await setKey(ctx.db, row.id, {})
    const key = await showKey(ctx, row.id)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'key.rotate', targetId: row.id, teamId, projectId, before, after: key })
    await notify(ctx, { topic: 'key', id: row.id })
    return { key, secret }
  })
}
