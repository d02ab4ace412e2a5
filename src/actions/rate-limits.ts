import type { z } from 'zod'
import type { Ctx } from '../app.ts'
import type { OperationPermission, Output, Valid } from '../contract/operation.ts'
import {
  limitsSomething,
  type RateLimit,
  type RateLimitTerms,
  rateLimitCreate,
  type rateLimitDelete,
  rateLimitList,
  rateLimitUpdate,
  rateLimitView,
} from '../contract/rate-limits.ts'
import { notify } from '../db/notify.ts'
import {
  findRateLimit,
  insertRateLimit,
  listRateLimits,
  lockRateLimit,
  type RateLimitRow,
  setRateLimit,
  setRateLimitParts,
} from '../db/rate-limits.ts'
import type { Lying } from '../db/scopes.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../domain/errors.ts'
import { type FoundScope, rulePlace } from '../domain/place.ts'
import type { ScopeType } from '../domain/scope.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { visible, within } from './authorize.ts'
import { invalid } from './invalid.ts'
import { pageOf } from './page.ts'
import { requireVersion } from './require-version.ts'
import { authorizeRule, type RuleScope, reachScope, requireMembers, requireProvider } from './rule-scope.ts'

export async function createRateLimit(
  ctx: Ctx,
  { body }: Valid<typeof rateLimitCreate>,
): Promise<Output<typeof rateLimitCreate>> {
  const { scope, ...terms } = body
  requireMembers(terms.perMember, scope)
  return transaction(ctx, async (ctx) => {
    return addRateLimit(ctx, await reachScope(ctx, rateLimitCreate.permission, scope), terms, '/body')
  })
}

/** Adds a rate limit to a scope that the actor was let into. `pointer` is where its terms are in the input. */
export async function addRateLimit(
  ctx: Ctx,
  { type, id, teamId, projectId }: RuleScope,
  terms: z.output<typeof RateLimitTerms> & { perMember?: boolean },
  pointer: string,
): Promise<Output<typeof rateLimitCreate>> {
  await requireProvider(ctx, terms.providerId, `${pointer}/providerId`)
  const row = await insertRateLimit(ctx.db, { id: newId('rlm'), scopeType: type, scopeId: id, ...terms })
  const after = presentRateLimit(row)
  await audit(ctx, { action: 'rate-limit.create', targetId: row.id, teamId, projectId, after })
  await notify(ctx, { topic: 'access' })
  return after
}

export async function listRateLimitsFor(
  ctx: Ctx,
  { query }: Valid<typeof rateLimitList>,
): Promise<Output<typeof rateLimitList>> {
  const reach = within(ctx.actor, rateLimitList.permission)
  const { limit, cursor, scopeType, scopeId, userId } = query
  const filter = { limit: limit + 1, cursor, scopeType, scopeId, userId, within: reach }
  const rows = await listRateLimits(ctx.db, filter)
  return pageOf(rows, limit, presentRateLimit)
}

export async function viewRateLimit(
  ctx: Ctx,
  { params }: Valid<typeof rateLimitView>,
): Promise<Output<typeof rateLimitView>> {
  const found = await findRateLimit(ctx.db, params.rateLimitId)
  return presentRateLimit(letInto(ctx, rateLimitView.permission, found))
}

export async function updateRateLimit(
  ctx: Ctx,
  { params, body }: Valid<typeof rateLimitUpdate>,
): Promise<Output<typeof rateLimitUpdate>> {
  return transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.rateLimitId)
    if (!limitsSomething({ ...row, ...body })) {
      throw invalid('/body', 'this would leave no limit at all: delete it instead')
    }
    const after = presentRateLimit(await setRateLimit(ctx.db, row.id, body))
    await setRateLimitParts(ctx.db, row.id, body)
    const before = presentRateLimit(row)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'rate-limit.update', targetId: row.id, teamId, projectId, before, after })
    await notify(ctx, { topic: 'access' })
    return after
  })
}

export async function deleteRateLimit(ctx: Ctx, { params }: Valid<typeof rateLimitDelete>): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const row = await lockForChange(ctx, params.rateLimitId)
    const gone = { deletedAt: ctx.clock() }
    await setRateLimit(ctx.db, row.id, gone)
    await setRateLimitParts(ctx.db, row.id, gone)
    const before = presentRateLimit(row)
    const { teamId, projectId } = row
    await audit(ctx, { action: 'rate-limit.delete', targetId: row.id, teamId, projectId, before })
    await notify(ctx, { topic: 'access' })
  })
}

async function lockForChange(ctx: Ctx, rateLimitId: string): Promise<RateLimitRow> {
  const row = letInto(ctx, rateLimitUpdate.permission, await lockRateLimit(ctx.db, rateLimitId))
  requireVersion(ctx, 'rate limit', row)
  if (row.memberOf !== null) {
    throw new AppError(
      'conflict',
      `This follows the rate limit ${row.memberOf} for each member: change that one.`,
    )
  }
  return row
}

function letInto(ctx: Ctx, permission: OperationPermission, found: RateLimitRow | undefined): RateLimitRow {
  const row = visible(ctx.actor, 'rate limit', found, (row) => rulePlace(scopeOf(row)))
  authorizeRule(ctx.actor, permission, scopeOf(row))
  return row
}

function scopeOf(row: RateLimitRow): FoundScope {
  // Written only by `addRateLimit`, whose scope has one of these types.
  return { ...row, scopeType: row.scopeType as ScopeType }
}

function presentRateLimit(row: Omit<RateLimitRow, keyof Lying>): z.output<typeof RateLimit> {
  return {
    id: row.id,
    // Written only by `addRateLimit`, whose scope has one of these types.
    scope: { type: row.scopeType as ScopeType, id: row.scopeId },
    requestsPerMinute: row.requestsPerMinute,
    tokensPerMinute: row.tokensPerMinute,
    concurrentCalls: row.concurrentCalls,
    providerId: row.providerId,
    modelPattern: row.modelPattern,
    perMember: row.perMember,
    memberOf: row.memberOf,
    userId: row.userId,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
  }
}
