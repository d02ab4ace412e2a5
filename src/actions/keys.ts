import type { Ctx } from '../app.ts'
import { budgetCreate } from '../contract/budgets.ts'
import type { deliveryCreate } from '../contract/key-deliveries.ts'
import { keyCreate, keyList, keyUpdate, keyView } from '../contract/keys.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { policySet } from '../contract/policies.ts'
import { rateLimitCreate } from '../contract/rate-limits.ts'
import { type EnvironmentRow, findEnvironment } from '../db/environments.ts'
import { findKey, insertKey, listKeys, setKey } from '../db/keys.ts'
import { notify } from '../db/notify.ts'
import { findServiceAccount } from '../db/service-accounts.ts'
import { databaseTime } from '../db/time.ts'
import { transaction } from '../db/transaction.ts'
import { lockUser } from '../db/users.ts'
import { decide } from '../domain/access.ts'
import { environmentPlace, keyPlace, type Place } from '../domain/place.ts'
import { newId } from '../ids.ts'
import { requireUnarchived } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, requireEndsInTime, visible, within } from './authorize.ts'
import { addBudget } from './budgets.ts'
import { createDelivery } from './deliveries.ts'
import { requireAcknowledged } from './gate.ts'
import { invalid } from './invalid.ts'
import { requireMayHoldFor } from './key-holder.ts'
import { requireOwnership } from './key-requirements.ts'
import { addSecret } from './key-secrets.ts'
import { lockKeyFor, refuseInState } from './lock-key.ts'
import { writePolicy } from './policies.ts'
import { presentKeys, showKey } from './present-key.ts'
import { principalActor } from './principal.ts'
import { openProject } from './projects.ts'
import { addRateLimit } from './rate-limits.ts'
import type { RuleScope } from './rule-scope.ts'

type NewKey = Valid<typeof keyCreate>['body']

/** Creates a key. Its secret is in this answer only: we keep a keyed hash. */
export async function createKey(
  ctx: Ctx,
  { body }: Valid<typeof keyCreate>,
): Promise<Output<typeof keyCreate>> {
  const { key, secret } = await makeKey(ctx, body)
  if (secret === null) throw new Error('a key that is not delivered has its secret at once')
  return { key, secret }
}

/** Creates a key that has no secret yet: its owner makes it by opening the delivery, and nobody else ever sees it. */
export async function createDeliveredKey(
  ctx: Ctx,
  { body }: Valid<typeof deliveryCreate>,
): Promise<Output<typeof deliveryCreate>> {
  return transaction(ctx, async (ctx) => {
    const { key } = await makeKey(ctx, body, { deliver: true })
    return { key, delivery: await createDelivery(ctx, key, body.userId) }
  })
}

/** Makes a key. What is delivered, or is given out by a trust rule, has no secret yet. */
export async function makeKey(ctx: Ctx, body: NewKey, { deliver } = { deliver: false }) {
  return transaction(ctx, async (ctx) => {
    const found = await findEnvironment(ctx.db, body.environmentId)
    const environment = visible(ctx.actor, 'environment', found, environmentPlace)
    const place = environmentPlace(environment)
    await openProject(ctx, keyCreate.permission, environment.projectId, () => place)
    requireUnarchived('environment', environment)
    const validity = await validityOf(ctx, body)
    requireEndsInTime(ctx.actor, keyCreate.permission, place, validity.expiresAt)
    const owner = await ownerOf(ctx, body, environment, deliver)
    // Of a key that is delivered, its owner gets the secret: they are asked when they open it.
    if (!deliver) await requireAcknowledged(ctx, ctx.actor.userId)
    await requireOwnership(ctx, body)
    const id = newId('key')
    await insertKey(ctx.db, {
      id,
      environmentId: environment.id,
      ...owner,
      ...validity,
      name: body.name,
      purpose: body.purpose,
      application: body.application,
      tags: JSON.stringify(body.tags),
      createdBy: ctx.actor.userId ?? ctx.actor.id,
    })
    const secret = deliver ? null : await addSecret(ctx, id, environment.kind)
    const { teamId, projectId } = environment
    await addRules(ctx, { type: 'key', id, teamId, projectId, place }, body)
    const key = await showKey(ctx, id)
    await audit(ctx, { action: 'key.create', targetId: id, teamId, projectId, after: key })
    await notify(ctx, { topic: 'key', id })
    return { key, secret }
  })
}

export async function listKeysFor(
  ctx: Ctx,
  { query }: Valid<typeof keyList>,
): Promise<Output<typeof keyList>> {
  const reach = within(ctx.actor, keyList.permission, query)
  const { limit, cursor, expiresBefore, ...filter } = query
  const now = await databaseTime(ctx.db)
  const rows = await listKeys(ctx.db, {
    ...filter,
    expiresBefore: expiresBefore === undefined ? undefined : new Date(expiresBefore),
    limit: limit + 1,
    cursor,
    within: reach,
    now,
  })
  const data = await presentKeys(ctx, rows.slice(0, limit))
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null }
}

export async function viewKey(ctx: Ctx, { params }: Valid<typeof keyView>): Promise<Output<typeof keyView>> {
  const row = visible(ctx.actor, 'key', await findKey(ctx.db, params.keyId), keyPlace)
  authorize(ctx.actor, keyView.permission, keyPlace(row))
  return showKey(ctx, row.id)
}

export async function updateKey(
  ctx: Ctx,
  { params, body }: Valid<typeof keyUpdate>,
): Promise<Output<typeof keyUpdate>> {
  return transaction(ctx, async (ctx) => {
    const { row, state, now } = await lockKeyFor(ctx, keyUpdate.permission, params.keyId)
    const before = await showKey(ctx, row.id)
    const { tags, expiresAt, ...values } = body
    if (expiresAt !== undefined && (state === 'revoked' || state === 'expired'))
      throw refuseInState(state, 'extended')
    if (expiresAt !== undefined) {
      const end = expiresAt === null ? null : new Date(expiresAt)
      requireEndsInTime(ctx.actor, keyUpdate.permission, keyPlace(row), end)
    }
    if (expiresAt)
      requireAfter(expiresAt, row.notBefore && row.notBefore > now ? row.notBefore : now, '/body/expiresAt')
    await requireOwnership(ctx, {
      purpose: body.purpose === undefined ? row.purpose : body.purpose,
      application: body.application === undefined ? row.application : body.application,
      // Written only from the contract, which lets only text to text through.
      tags: tags ?? (row.tags as Record<string, string>),
    })
    await setKey(ctx.db, row.id, {
      ...values,
      tags: tags && JSON.stringify(tags),
      expiresAt: expiresAt == null ? expiresAt : new Date(expiresAt),
    })
    const after = await showKey(ctx, row.id)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'key.update', targetId: row.id, teamId, projectId, before, after })
    await notify(ctx, { topic: 'key', id: row.id })
    return after
  })
}

/** One owner, who is there: the given one, or else who asks. */
async function ownerOf(
  ctx: Ctx,
  { userId, serviceAccountId }: NewKey,
  environment: EnvironmentRow,
  deliver: boolean,
) {
  if (serviceAccountId !== undefined) {
    const account = await findServiceAccount(ctx.db, serviceAccountId)
    if (account?.projectId !== environment.projectId || account.deactivatedAt) {
      throw invalid(
        '/body/serviceAccountId',
        'the project of this environment has no such active service account',
      )
    }
    return { serviceAccountId }
  }
  const ownerId = userId ?? ctx.actor.userId
  if (ownerId === null) throw invalid('/body/userId', 'say who owns the key: a user or a service account')
  if (!deliver) requireMayHoldFor(ctx, ownerId, 'delivery create')
  // Locked, so that nobody gets a key in the moment in which they leave.
  const user = await lockUser(ctx.db, ownerId)
  if (!user || user.deactivatedAt) throw invalid('/body/userId', 'there is no such active user')
  await requireMayHoldKeys(ctx, ownerId, environmentPlace(environment))
  return { userId: ownerId }
}

/** A key works only while its owner has a role where it is used: one without would never work. */
async function requireMayHoldKeys(ctx: Ctx, userId: string, place: Place): Promise<void> {
  const owner = await principalActor(ctx.db, { userId, serviceAccountId: null })
  const decision = decide(owner, 'key:use', place)
  if (decision.allowed) return
  const where =
    decision.why === 'production' ? 'in the project, with production, first' : 'in the project first'
  throw invalid(
    '/body/userId',
    `give them a role ${where}: a key works only while its owner may use keys there`,
  )
}

async function validityOf(ctx: Ctx, { notBefore, expiresAt }: NewKey) {
  const now = await databaseTime(ctx.db)
  const start = notBefore === undefined ? now : new Date(notBefore)
  const pending = start > now
  if (expiresAt !== undefined) requireAfter(expiresAt, pending ? start : now, '/body/expiresAt')
  return {
    state: pending ? ('pending' as const) : ('active' as const),
    notBefore: notBefore === undefined ? null : start,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
  }
}

function requireAfter(time: string, start: Date, pointer: string): void {
  if (new Date(time) <= start) throw invalid(pointer, 'the key would be expired before it begins')
}

/** The rules that came with the key. Who may create a key may not thereby do more: each needs its own permission. */
async function addRules(ctx: Ctx, scope: RuleScope, { policy, rateLimit, budgets }: NewKey): Promise<void> {
  if (policy) {
    authorize(ctx.actor, policySet.permission, scope.place)
    await writePolicy(ctx, scope, policy, { pointer: '/body/policy' })
  }
  if (rateLimit) {
    authorize(ctx.actor, rateLimitCreate.permission, scope.place)
    await addRateLimit(ctx, scope, rateLimit, '/body/rateLimit')
  }
  for (const [index, budget] of budgets.entries()) {
    authorize(ctx.actor, budgetCreate.permission, scope.place)
    await addBudget(ctx, scope, budget, `/body/budgets/${index}`)
  }
}
