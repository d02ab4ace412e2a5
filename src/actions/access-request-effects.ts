import type { z } from 'zod'
import type { Ctx } from '../app.ts'
import type { AccessRequest } from '../contract/access-requests.ts'
import { budgetRaiseCreate } from '../contract/budget-raises.ts'
import { grantCreate } from '../contract/grants.ts'
import { policySet } from '../contract/policies.ts'
import type { AccessRequestRow } from '../db/access-requests.ts'
import { lockBudget } from '../db/budgets.ts'
import { lockGrant } from '../db/grants.ts'
import { lockKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { insertPolicyAllowance, setPolicyAllowanceEnded } from '../db/policy-allowances.ts'
import { lockRateLimit } from '../db/rate-limits.ts'
import { databaseTime } from '../db/time.ts'
import { decide, endOf } from '../domain/access.ts'
import type { RequestKind, Terms } from '../domain/access-request.ts'
import { programActor } from '../domain/actor.ts'
import { AppError } from '../domain/errors.ts'
import { formatUsd } from '../domain/money.ts'
import { heldPlace, keyPlace } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { authorize, requireEndsInTime } from './authorize.ts'
import { addBudgetRaise, endBudgetRaise } from './budget-raises.ts'
import { nanoUsd } from './budget-terms.ts'
import { letIntoBudget, updateBudget } from './budgets.ts'
import { createDelivery } from './deliveries.ts'
import { giveGrant, takeGrant } from './grants.ts'
import { revokeKey } from './key-state.ts'
import { makeKey, updateKey } from './keys.ts'
import { principalActor } from './principal.ts'
import { updateRateLimit } from './rate-limits.ts'
import { reachScope } from './rule-scope.ts'

/** What an approval did, with all that undoing it takes. Kept with the request. */
export type Effect = NonNullable<z.output<typeof AccessRequest>['effects']>[number]

type Asked = { request: AccessRequestRow; terms: Terms; endsAt: Date | null }

/**
 * Does what was asked for, with what `ctx`'s actor, the last approver, may do: the same actions as by hand, so nobody
 * gives what they lack. Throws `forbidden` when they lack it.
 */
export async function applyRequest(ctx: Ctx, asked: Asked): Promise<Effect[]> {
  return APPLY[asked.request.kind](ctx, asked)
}

const APPLY: Record<RequestKind, (ctx: Ctx, asked: Asked) => Promise<Effect[]>> = {
  async key(ctx, { request, terms, endsAt }) {
    const { requesterId, targetId: environmentId } = request
    const { serviceAccountId, purpose, name = request.id } = terms
    // A program needs no role to have a key; who answers for it opens it.
    const owner = serviceAccountId === undefined ? { userId: requesterId } : { serviceAccountId }
    const grants =
      serviceAccountId === undefined ? [await grantTo(ctx, request, { role: 'viewer', endsAt })] : []
    const expiresAt = endsAt?.toISOString()
    const asked = { environmentId, name, purpose, ...owner, expiresAt, tags: {}, budgets: [] }
    const { key } = await makeKey(ctx, asked, { deliver: true })
    const delivery = await createDelivery(ctx, key, requesterId)
    return [...grants, { type: 'key', id: key.id, deliveryId: delivery.id }]
  },

  async production(ctx, { request, terms, endsAt }) {
    return [await grantTo(ctx, request, { role: terms.role ?? 'viewer', endsAt })]
  },

  async team(ctx, { request, terms, endsAt }) {
    return [await grantTo(ctx, request, { role: terms.role ?? 'viewer', endsAt })]
  },

  async model(ctx, { request, terms, endsAt }) {
    const { targetType, targetId: id } = request
    if (endsAt === null || targetType === 'budget' || targetType === 'rate_limit') {
      throw new Error('a request for models has a scope and an end')
    }
    const { place, teamId, projectId } = await reachScope(ctx, policySet.permission, { type: targetType, id })
    requireEndsInTime(ctx.actor, policySet.permission, place, endsAt)
    const models = terms.models ?? []
    const allowance = { id: newId('alw'), scopeType: targetType, scopeId: id, models, expiresAt: endsAt }
    await insertPolicyAllowance(ctx.db, { ...allowance, requestId: request.id })
    const after = { ...allowance, requestId: request.id }
    await audit(ctx, { action: 'policy.allow', targetId: allowance.id, teamId, projectId, after })
    await notify(ctx, { topic: 'access' })
    return [{ type: 'allowance', id: allowance.id }]
  },

  async budget(ctx, { request, terms, endsAt }) {
    if (endsAt === null) throw new Error('a request for more budget has an end')
    const found = await lockBudget(ctx.db, request.targetId)
    if (!found) throw new AppError('conflict', 'The budget is not there any more.')
    const budget = letIntoBudget(ctx, budgetRaiseCreate.permission, found)
    const amountNanoUsd = nanoUsd(terms.addUsd ?? '')
    const raise = { amountNanoUsd, reason: request.reason, endsAt, requestId: request.id }
    const { id, addUsd } = await addBudgetRaise(ctx, budget, raise)
    return [{ type: 'raise', id, budgetId: budget.id, addedUsd: addUsd }]
  },

  async rate(ctx, { request, terms }) {
    const asked = {
      requestsPerMinute: terms.addRequestsPerMinute ?? 0,
      tokensPerMinute: terms.addTokensPerMinute ?? 0,
    }
    const added = await addToRateLimit(ctx, request.targetId, asked)
    if (added.requestsPerMinute === 0 && added.tokensPerMinute === 0) {
      throw new AppError('conflict', 'The rate limit does not limit what was asked for more of.')
    }
    return [{ type: 'rate', id: request.targetId, ...added }]
  },

  async expiry(ctx, { request, endsAt }) {
    const key = await lockKey(ctx.db, request.targetId)
    if (!key || endsAt === null) throw new Error('a request for a longer life names a key and an end')
    if (key.expiresAt === null || key.expiresAt >= endsAt) {
      throw new AppError('conflict', 'The key lives as long as that by now.')
    }
    const grants = await grantForOwner(ctx, request, key.userId, endsAt)
    await updateKey(
      { ...ctx, ifMatch: null },
      { params: { keyId: key.id }, query: {}, body: { expiresAt: endsAt.toISOString() } },
    )
    const [before, after] = [key.expiresAt.toISOString(), endsAt.toISOString()]
    return [...grants, { type: 'expiry', id: key.id, before, after }]
  },
}

/** A key lives no longer than its owner may use keys there: when that ends before, they get a role as well. */
async function grantForOwner(
  ctx: Ctx,
  request: AccessRequestRow,
  userId: string | null,
  endsAt: Date,
): Promise<Effect[]> {
  if (userId === null) return []
  const key = await lockKey(ctx.db, request.targetId)
  if (!key) throw new Error('a locked key is there')
  const owner = await principalActor(ctx.db, { userId, serviceAccountId: null })
  const place = keyPlace(key)
  const end = endOf(owner, 'key:use', place)
  if (decide(owner, 'key:use', place).allowed && (end === null || end >= endsAt)) return []
  return [await grantTo(ctx, { ...request, requesterId: userId }, { role: 'viewer', endsAt })]
}

async function grantTo(
  ctx: Ctx,
  request: AccessRequestRow,
  { role, endsAt }: { role: string; endsAt: Date | null },
): Promise<Effect> {
  const { teamId, projectId, production, requesterId: userId } = request
  authorize(ctx.actor, grantCreate.permission, heldPlace({ teamId, projectId }))
  const grant = await giveGrant(
    ctx,
    { userId, serviceAccountId: null },
    { role, teamId, projectId, production, expiresAt: endsAt },
    { source: 'request', sourceId: request.id },
  )
  return { type: 'grant', id: grant.id }
}

/**
 * Takes back what an approval gave, whoever decided so: `early` before its time, else because the time has come. What
 * others changed meanwhile stays as they left it.
 */
export async function undoEffects(
  ctx: Ctx,
  request: AccessRequestRow,
  effects: Effect[],
  early: boolean,
): Promise<void> {
  // Who may end what was given needs no more than that: it was given with somebody else's permissions.
  const { layers } = programActor('job', ctx.actor.id)
  const stepUp = ctx.actor.stepUp === 'needed' ? 'none' : ctx.actor.stepUp
  const able = { ...ctx, ifMatch: null, actor: { ...ctx.actor, layers, stepUp } }
  // The keys before the grants that they need.
  for (const effect of effects.toReversed()) await UNDO[effect.type](able, effect as never, request, early)
}

type Undo = {
  [Type in Effect['type']]: (
    ctx: Ctx,
    effect: Extract<Effect, { type: Type }>,
    request: AccessRequestRow,
    early: boolean,
  ) => Promise<void>
}

const UNDO: Undo = {
  async grant(ctx, { id }, _request, early) {
    const row = await lockGrant(ctx.db, id)
    if (row && row.revokedAt === null) await takeGrant(ctx, row, early ? 'grant.revoke' : 'grant.expire')
  },

  async key(ctx, { id }, _request, early) {
    // Its end is the key's own. Who let it live longer meanwhile meant it.
    if (early) await revokeIfAlive(ctx, id)
  },

  async allowance(ctx, { id }, { teamId, projectId }) {
    await setPolicyAllowanceEnded(ctx.db, id)
    await audit(ctx, { action: 'policy.disallow', targetId: id, teamId, projectId })
    await notify(ctx, { topic: 'access' })
  },

  async raise(ctx, { id, budgetId }) {
    // At its time it has ended by itself.
    if (await lockBudget(ctx.db, budgetId)) {
      await endBudgetRaise(ctx, { params: { budgetRaiseId: id } })
    }
  },

  async budget(ctx, { id, addedUsd }) {
    const row = await lockBudget(ctx.db, id)
    if (!row) return
    const limit = row.limitNanoUsd - nanoUsd(addedUsd)
    const body = { limitUsd: formatUsd(limit > 0n ? limit : 0n) }
    await updateBudget({ ...ctx, ifMatch: null }, { params: { budgetId: id }, query: {}, body })
  },

  async rate(ctx, { id, requestsPerMinute, tokensPerMinute }) {
    if (!(await lockRateLimit(ctx.db, id))) return
    await addToRateLimit(ctx, id, {
      requestsPerMinute: -requestsPerMinute,
      tokensPerMinute: -tokensPerMinute,
    })
  },

  async expiry(ctx, { id, before, after }, _request, early) {
    const key = await lockKey(ctx.db, id)
    // Somebody else gave it another end meanwhile.
    if (!early || key?.expiresAt?.getTime() !== Date.parse(after)) return
    if (Date.parse(before) <= (await databaseTime(ctx.db)).getTime()) return revokeIfAlive(ctx, id)
    await updateKey(ctx, { params: { keyId: id }, query: {}, body: { expiresAt: before } })
  },
}

async function revokeIfAlive(ctx: Ctx, keyId: string): Promise<void> {
  const key = await lockKey(ctx.db, keyId)
  if (!key || key.state === 'revoked') return
  const reason = 'The request that it was made for was taken back.'
  await revokeKey(ctx, { params: { keyId }, query: {}, body: { reason } })
}

type Rates = { requestsPerMinute: number; tokensPerMinute: number }

/** Adds to a rate limit in what it limits, or takes away again: never below one. Answers what was added. */
async function addToRateLimit(ctx: Ctx, rateLimitId: string, asked: Rates): Promise<Rates> {
  const row = await lockRateLimit(ctx.db, rateLimitId)
  if (!row) throw new AppError('conflict', 'The rate limit is not there any more.')
  const added = {
    requestsPerMinute: row.requestsPerMinute === null ? 0 : asked.requestsPerMinute,
    tokensPerMinute: row.tokensPerMinute === null ? 0 : asked.tokensPerMinute,
  }
  if (added.requestsPerMinute === 0 && added.tokensPerMinute === 0) return added
  const body = {
    requestsPerMinute: row.requestsPerMinute && Math.max(1, row.requestsPerMinute + added.requestsPerMinute),
    tokensPerMinute: row.tokensPerMinute && Math.max(1, row.tokensPerMinute + added.tokensPerMinute),
  }
  await updateRateLimit({ ...ctx, ifMatch: null }, { params: { rateLimitId }, query: {}, body })
  return added
}
