import type { Ctx } from '../app.ts'
import { lockGrant } from '../db/grants.ts'
import { findKey, lockKey, setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import {
  deleteWaysIn,
  endOffersOf,
  listAccountsOwnedBy,
  listTokensOf,
  lockGrantIdsOf,
  lockKeyIdsOf,
} from '../db/offboarding.ts'
import { lockServiceAccount, setServiceAccount } from '../db/service-accounts.ts'
import { databaseTime } from '../db/time.ts'
import { lockToken, setTokenRevoked } from '../db/tokens.ts'
import { decide } from '../domain/access.ts'
import { keyStateAt } from '../domain/key-state.ts'
import { keyPlace } from '../domain/place.ts'
import { audit } from './audit.ts'
import { raiseFinding } from './findings.ts'
import { takeGrant } from './grants.ts'
import { invalid } from './invalid.ts'
import { showKey } from './present-key.ts'
import { principalActor } from './principal.ts'
import { presentServiceAccount } from './service-accounts.ts'
import { endSessions } from './sessions.ts'
import { presentToken } from './tokens.ts'

/** Who leaves, and what becomes of what they had. */
export type Leaver = {
  userId: string
  successorId: string | null
  keys: 'revoke' | 'transfer'
  reason: string
}

/** What a step did, for the answer. */
export type Done = { revokedKeyIds?: string[]; transferredKeyIds?: string[]; serviceAccountIds?: string[] }

/**
 * All that ends when somebody leaves, in this order, in one transaction: the roles last, so that what they held can
 * be decided with until then. Whatever else a person can hold gets its step here; `offboard.test.ts` names each
 * column that points to a person and has none.
 */
export const OFFBOARD_STEPS: ((ctx: Ctx, leaver: Leaver) => Promise<Done>)[] = [
  endKeys,
  handOnServiceAccounts,
  revokeTokens,
  endTheirSessions,
  endOffers,
  forgetWaysIn,
  revokeGrants,
]

async function endKeys(ctx: Ctx, leaver: Leaver): Promise<Done> {
  const ids: string[] = []
  for (const { id } of await lockKeyIdsOf(ctx.db, leaver.userId)) {
    const row = await lockKey(ctx.db, id)
    const now = await databaseTime(ctx.db)
    if (!row || ['revoked', 'expired'].includes(keyStateAt(row, now))) continue
    const before = await showKey(ctx, id)
    if (leaver.keys === 'transfer') await transferKey(ctx, id, leaver)
    else await setKey(ctx.db, id, { state: 'revoked', revokedAt: now, resumeAt: null })
    const { teamId, projectId } = row
    await audit(ctx, {
      action: leaver.keys === 'transfer' ? 'key.transfer' : 'key.revoke',
      targetId: id,
      teamId,
      projectId,
      before,
      after: await showKey(ctx, id),
      reason: leaver.reason,
    })
    await notify(ctx, { topic: 'key', id })
    ids.push(id)
  }
  return leaver.keys === 'transfer' ? { transferredKeyIds: ids } : { revokedKeyIds: ids }
}

/** Its secret is still the one that the leaver may know: somebody has to see to that. */
async function transferKey(ctx: Ctx, keyId: string, { userId, successorId }: Leaver): Promise<void> {
  const row = await findKey(ctx.db, keyId)
  if (!row || successorId === null) throw new Error('a key is transferred to somebody')
  const successor = await principalActor(ctx.db, { userId: successorId, serviceAccountId: null })
  const place = keyPlace(row)
  if (!decide(successor, 'key:use', place).allowed) {
    throw invalid(
      '/body/successorId',
      `give them a role where the key "${row.name}" is used first, or revoke the keys: a key works only while its owner may use keys there`,
    )
  }
  await setKey(ctx.db, keyId, { userId: successorId })
  await raiseFinding(ctx, {
    kind: 'key-known-to-leaver',
    severity: 'high',
    targetId: keyId,
    place,
    detail: { formerOwnerId: userId, ownerId: successorId, advice: 'Rotate the key.' },
  })
}

async function handOnServiceAccounts(ctx: Ctx, { userId, successorId, reason }: Leaver): Promise<Done> {
  const owned = await listAccountsOwnedBy(ctx.db, userId)
  if (owned.length > 0 && successorId === null) {
    throw invalid(
      '/body/successorId',
      `they answer for ${owned.length === 1 ? 'a service account' : `${owned.length} service accounts`}: say who does from now on`,
    )
  }
  for (const { id } of owned) {
    const row = await lockServiceAccount(ctx.db, id)
    if (!row || row.ownerUserId !== userId) continue
    await setServiceAccount(ctx.db, id, { ownerUserId: successorId })
    const before = presentServiceAccount(row)
    const { teamId, projectId } = row
    const after = { ...before, ownerUserId: successorId, version: before.version + 1 }
    const action = 'service-account.update'
    await audit(ctx, { action, targetId: id, teamId, projectId, before, after, reason })
  }
  return { serviceAccountIds: owned.map(({ id }) => id) }
}

async function revokeTokens(ctx: Ctx, { userId, reason }: Leaver): Promise<Done> {
  for (const { id } of await listTokensOf(ctx.db, userId)) {
    const row = await lockToken(ctx.db, id)
    if (!row || row.revokedAt !== null) continue
    const after = presentToken(await setTokenRevoked(ctx.db, id, ctx.clock()))
    const before = presentToken(row)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'token.revoke', targetId: id, teamId, projectId, before, after, reason })
  }
  return {}
}

async function endTheirSessions(ctx: Ctx, { userId }: Leaver): Promise<Done> {
  await endSessions(ctx, { userId }, 'offboarded')
  return {}
}

async function endOffers(ctx: Ctx, { userId, reason }: Leaver): Promise<Done> {
  for (const { kind, id } of await endOffersOf(ctx.db, userId))
    await audit(ctx, { action: kind, targetId: id, reason })
  return {}
}

async function forgetWaysIn(ctx: Ctx, { userId, reason }: Leaver): Promise<Done> {
  if (await deleteWaysIn(ctx.db, userId))
    await audit(ctx, { action: 'user.forget', targetId: userId, reason })
  return {}
}

async function revokeGrants(ctx: Ctx, { userId }: Leaver): Promise<Done> {
  for (const { id } of await lockGrantIdsOf(ctx.db, userId)) {
    const row = await lockGrant(ctx.db, id)
    if (row) await takeGrant(ctx, row, 'grant.revoke')
  }
  return {}
}
