import type { z } from 'zod'
import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { type RequestAttempt, requestList, requestView } from '../contract/requests.ts'
import { findUsageRows, listUsageRows, type UsageRow } from '../db/requests.ts'
import { findErasedBefore } from '../db/usage-erase.ts'
import { formatUsd } from '../domain/money.ts'
import { type Place, projectPlace } from '../domain/place.ts'
import { authorize, visible, within } from './authorize.ts'
import { noteCallReading, noteUsageReading } from './note-usage-reading.ts'
import { pageOf } from './page.ts'
import { readRange } from './range.ts'

/** The access log, as far as the actor's roles reach; an owner of keys sees their calls. */
export async function listRequestsFor(
  ctx: Ctx,
  { query }: Valid<typeof requestList>,
): Promise<Output<typeof requestList>> {
  const reach = within(ctx.actor, requestList.permission, query)
  const { limit, from, to, ...narrowing } = query
  const filter = {
    ...narrowing,
    ...readRange(from, to, ctx.clock()),
    within: reach,
  }
  const [rows, erasedBefore] = await Promise.all([
    listUsageRows(ctx.reportDb, { ...filter, limit: limit + 1 }),
    findErasedBefore(ctx.db),
    noteUsageReading(ctx, 'request.list', query, filter),
  ])
  return {
    ...pageOf(rows, limit, presentAttempt),
    erasedBefore: erasedBefore?.toISOString() ?? null,
  }
}

export async function viewRequest(
  ctx: Ctx,
  { params }: Valid<typeof requestView>,
): Promise<Output<typeof requestView>> {
  const rows = await findUsageRows(ctx.db, params.requestId)
  const first = visible(ctx.actor, 'request', rows[0], placeOf)
  authorize(ctx.actor, requestView.permission, placeOf(first))
  await noteCallReading(ctx, first)
  return { requestId: first.requestId, attempts: rows.map(presentAttempt) }
}

/** Where the call was made. Reading asks of nobody that they reach production. */
function placeOf({ teamId, projectId, userId }: UsageRow): Place {
  return { ...projectPlace({ id: projectId, teamId }), ownerUserId: userId }
}

function presentAttempt(row: UsageRow): z.output<typeof RequestAttempt> {
  return {
    id: row.id,
    requestId: row.requestId,
    attempt: row.attempt,
    admittedAt: row.admittedAt.toISOString(),
    settledAt: row.settledAt.toISOString(),
    keyId: row.keyId,
    secretId: row.secretId,
    userId: row.userId,
    serviceAccountId: row.serviceAccountId,
    environmentId: row.environmentId,
    projectId: row.projectId,
    teamId: row.teamId,
    // Written by the ledger from values of these types.
    tags: row.tags as Record<string, string>,
    operation: row.operation,
    model: row.model,
    upstreamModel: row.upstreamModel,
    servedModel: row.servedModel,
    providerId: row.providerId,
    credentialId: row.credentialId,
    stream: row.stream,
    status: row.status,
    errorCode: row.errorCode,
    inputTokens: Number(row.inputTokens),
    cachedInputTokens: Number(row.cachedInputTokens),
    cacheWriteTokens: Number(row.cacheWriteTokens),
    outputTokens: Number(row.outputTokens),
    reasoningTokens: Number(row.reasoningTokens),
    quantities: row.quantities as Record<string, number>,
    costUsd: formatUsd(row.costNanoUsd),
    estimated: row.estimated,
    priced: row.priced,
    priceVersion: row.priceVersion,
    serviceTier: row.serviceTier,
    modifiers: row.modifiers,
    durationMs: row.durationMs,
    firstByteMs: row.firstByteMs,
    ip: row.ip,
  }
}
