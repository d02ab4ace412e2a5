import type { Ctx } from '../app.ts'
import { attestationList, keyAttest } from '../contract/attestations.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { type AttestationRow, listAttestations } from '../db/attestations.ts'
import { type KeyRow, lockKey, setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { NOT_ATTESTED } from '../domain/attestation.ts'
import { keyStateAt } from '../domain/key-state.ts'
import { keyPlace } from '../domain/place.ts'
import { audit } from './audit.ts'
import { authorize, visible, within } from './authorize.ts'
import { answersFor } from './key-holder.ts'
import { refuseInState } from './lock-key.ts'
import { showAnyKey } from './present-key.ts'

/** Who suspends keys for want of an answer: a job. */
export const ATTEST_JOB = 'attest'

/** Which keys are asked for, and when, as far as the actor's roles reach. */
export async function listAttestationsFor(
  ctx: Ctx,
  { query }: Valid<typeof attestationList>,
): Promise<Output<typeof attestationList>> {
  const reach = within(ctx.actor, attestationList.permission, query)
  const { limit, cursor, teamId, due } = query
  const filter = { cursor, teamId, due, reason: NOT_ATTESTED }
  const rows = await listAttestations(ctx.db, { ...filter, within: reach, limit: limit + 1 })
  const data = rows.slice(0, limit).map(presentAttestation)
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.keyId ?? null) : null }
}

/**
 * Takes the answer for a key: from its owner, from who answers for its service account, or from who may change it.
 * Needed: it counts anew from now, and works again if it was suspended for want of this answer, and of nothing else.
 * Not needed: it is revoked.
 */
export async function attestKey(
  ctx: Ctx,
  { params, body }: Valid<typeof keyAttest>,
): Promise<Output<typeof keyAttest>> {
  return transaction(ctx, async (ctx) => {
    const found = await lockKey(ctx.db, params.keyId)
    const ownerUserId = found ? await answersFor(ctx, found) : null
    const placeOf = (row: KeyRow) => ({ ...keyPlace(row), ownerUserId })
    const row = visible(ctx.actor, 'key', found, placeOf)
    const own = ownerUserId !== null && ownerUserId === ctx.actor.self
    if (!body.needed) authorize(ctx.actor, 'key:revoke', placeOf(row))
    else if (!own) authorize(ctx.actor, keyAttest.permission, placeOf(row))
    const now = await databaseTime(ctx.db)
    const state = keyStateAt(row, now)
    if (state === 'revoked' || state === 'expired') throw refuseInState(state, 'attested')
    const before = await showAnyKey(ctx, row.id)
    await setKey(ctx.db, row.id, {
      attestedAt: now,
      attestedBy: ctx.actor.id,
      attestationNotices: 0,
      attestationNoticedAt: null,
      ...(body.needed ? resumed(row) : { state: 'revoked', revokedAt: now }),
    })
    const after = await showAnyKey(ctx, row.id)
    const { teamId, projectId } = row
    await audit(ctx, {
      action: body.needed ? 'key.attest' : 'key.revoke',
      targetId: row.id,
      teamId,
      projectId,
      before,
      after,
      reason: body.note ?? (body.needed ? 'still needed' : 'not needed any more'),
    })
    await notify(ctx, { topic: 'key', id: row.id })
    return after
  })
}

/** A suspension that somebody else is behind, or another reason, stays. */
function resumed({ state, suspendedReason, suspendedBy }: KeyRow) {
  const waited = state === 'suspended' && suspendedBy === ATTEST_JOB && suspendedReason === NOT_ATTESTED
  return waited ? { state: 'active' as const, suspendedReason: null, suspendedBy: null, resumeAt: null } : {}
}

function presentAttestation(row: AttestationRow): Output<typeof attestationList>['data'][number] {
  return {
    keyId: row.keyId,
    keyName: row.keyName,
    environmentId: row.environmentId,
    projectId: row.projectId,
    teamId: row.teamId,
    ownerUserId: row.ownerUserId,
    serviceAccountId: row.serviceAccountId,
    dueAt: row.dueAt.toISOString(),
    notices: row.notices,
    suspended: row.suspendedReason === NOT_ATTESTED,
    attestedAt: row.attestedAt?.toISOString() ?? null,
    attestedBy: row.attestedBy,
  }
}
