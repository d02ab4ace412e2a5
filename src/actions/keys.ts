import type { Ctx } from '../app.ts'
import { budgetCreate } from '../contract/budgets.ts'
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
import { findUser } from '../db/users.ts'
import { AppError } from '../domain/errors.ts'
import { newId } from '../ids.ts'
import { requireUnarchived } from './archive.ts'
import { audit } from './audit.ts'
import { authorize, reachedTeam, visible } from './authorize.ts'
import { addBudget } from './budgets.ts'
import { invalid } from './invalid.ts'
import { addSecret } from './key-secrets.ts'
import { lockKeyFor, refuseInState } from './lock-key.ts'
import { writePolicy } from './policies.ts'
import { presentKeys, showKey } from './present-key.ts'
import { openProject } from './projects.ts'
import { addRateLimit } from './rate-limits.ts'
import type { RuleScope } from './rule-scope.ts'

type NewKey = Valid<typeof keyCreate>['body']

/** Creates a key. Its secret is in this answer only: we keep a keyed hash. */
export async function createKey(
  ctx: Ctx,
  { body }: Valid<typeof keyCreate>,
): Promise<Output<typeof keyCreate>> {
  return transaction(ctx, async (ctx) => {
    const found = await findEnvironment(ctx.db, body.environmentId)
    const environment = visible(ctx.actor, 'environment', found, (row) => row.teamId)
    await openProject(ctx, keyCreate.permission, environment.projectId)
    requireUnarchived('environment', environment)
    const id = newId('key')
    await insertKey(ctx.db, {
      id,
      environmentId: environment.id,
      ...(await ownerOf(ctx, body, environment)),
      ...(await validityOf(ctx, body)),
      name: body.name,
      purpose: body.purpose,
      tags: JSON.stringify(body.tags),
      createdBy: ctx.actor.id,
    })
    const secret = await addSecret(ctx, id, environment.kind)
    await addRules(ctx, { type: 'key', id, teamId: environment.teamId }, body)
    const key = await showKey(ctx, id)
    await audit(ctx, { action: 'key.create', targetId: id, teamId: key.teamId, after: key })
    await notify(ctx, { topic: 'key', id })
    return { key, secret }
  })
}

export async function listKeysFor(
  ctx: Ctx,
  { query }: Valid<typeof keyList>,
): Promise<Output<typeof keyList>> {
  authorize(ctx.actor, keyList.permission, ctx.actor.teamId)
  const { limit, cursor, ...filter } = query
  const teamId = reachedTeam(ctx.actor, query.teamId)
  const now = await databaseTime(ctx.db)
  const rows = await listKeys(ctx.db, { ...filter, limit: limit + 1, cursor, teamId, now })
  const data = await presentKeys(ctx, rows.slice(0, limit))
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null }
}

export async function viewKey(ctx: Ctx, { params }: Valid<typeof keyView>): Promise<Output<typeof keyView>> {
  const row = visible(ctx.actor, 'key', await findKey(ctx.db, params.keyId), (key) => key.teamId)
  authorize(ctx.actor, keyView.permission, row.teamId)
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
    if (expiresAt)
      requireAfter(expiresAt, row.notBefore && row.notBefore > now ? row.notBefore : now, '/body/expiresAt')
    await setKey(ctx.db, row.id, {
      ...values,
      tags: tags && JSON.stringify(tags),
      expiresAt: expiresAt == null ? expiresAt : new Date(expiresAt),
    })
    const after = await showKey(ctx, row.id)
    await audit(ctx, { action: 'key.update', targetId: row.id, teamId: row.teamId, before, after })
    await notify(ctx, { topic: 'key', id: row.id })
    return after
  })
}

/** One owner, who is there: the given one, or else who asks. */
async function ownerOf(ctx: Ctx, { userId, serviceAccountId }: NewKey, environment: EnvironmentRow) {
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
  // A person's budgets are spent by whoever holds their keys.
  if (ctx.actor.teamId !== null && ownerId !== ctx.actor.userId) {
    throw new AppError(
      'forbidden',
      "A team's token makes keys for its own user and for service accounts of the team's projects. " +
        'For another person, use a token of the whole organization.',
    )
  }
  const user = await findUser(ctx.db, ownerId)
  if (!user || user.deactivatedAt) throw invalid('/body/userId', 'there is no such active user')
  return { userId: ownerId }
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
    authorize(ctx.actor, policySet.permission, scope.teamId)
    await writePolicy(ctx, scope, policy, { pointer: '/body/policy' })
  }
  if (rateLimit) {
    authorize(ctx.actor, rateLimitCreate.permission, scope.teamId)
    await addRateLimit(ctx, scope, rateLimit, '/body/rateLimit')
  }
  for (const [index, budget] of budgets.entries()) {
    authorize(ctx.actor, budgetCreate.permission, scope.teamId)
    await addBudget(ctx, scope, budget, `/body/budgets/${index}`)
  }
}
