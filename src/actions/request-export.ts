import type { Ctx } from '../app.ts'
import type { Valid } from '../contract/operation.ts'
import { requestExport } from '../contract/requests.ts'
import { namesOf } from '../db/names.ts'
import { findOrganization } from '../db/organization.ts'
import { listUsageRows, type UsageFilter, type UsageRow } from '../db/requests.ts'
import { findErasedBefore } from '../db/usage-erase.ts'
import { csvLine } from '../domain/csv.ts'
import { formatUsd } from '../domain/money.ts'
import { audit } from './audit.ts'
import { within } from './authorize.ts'
import { invalid } from './invalid.ts'
import { readRange } from './range.ts'

const BATCH = 1000

/** Times are UTC, amounts decimals of USD: the same file wherever it is read. */
const HEAD = [
  'time',
  'request_id',
  'attempt',
  'team',
  'project',
  'environment',
  'user',
  'service_account',
  'key',
  'key_id',
  'operation',
  'model',
  'served_model',
  'provider',
  'status',
  'error_code',
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_usd',
  'estimated',
  'priced',
  'duration_ms',
  'tags',
  'ip',
]

/** The access log as far as the actor's roles reach. Taking it along is an event, also of one's own. */
export async function exportRequests(
  ctx: Ctx,
  { query }: Pick<Valid<typeof requestExport>, 'query'>,
): Promise<AsyncIterable<string>> {
  const reach = within(ctx.actor, requestExport.permission, query)
  const { from, to, limit, ...narrowing } = query
  const range = readRange(from, to, ctx.clock())
  await requireKept(ctx, range.from)
  await audit(ctx, {
    action: 'request.export',
    targetId: query.teamId ?? (await findOrganization(ctx.db))?.id ?? 'organization',
    teamId: query.teamId ?? null,
    after: { ...query, from: range.from.toISOString(), to: range.to.toISOString(), within: reach },
  })
  return csvLines(ctx, { ...narrowing, ...range, within: reach }, limit)
}

/** A bill that lacks what was erased would look like a whole one. */
async function requireKept({ db }: Ctx, from: Date): Promise<void> {
  const erasedBefore = await findErasedBefore(db)
  if (erasedBefore === null || from >= erasedBefore) return
  throw invalid(
    '/query/from',
    `single calls from before ${erasedBefore.toISOString()} were erased: choose a later time, or sums (claviger usage)`,
  )
}

async function* csvLines(
  ctx: Ctx,
  filter: UsageFilter & { from: Date },
  limit: number,
): AsyncIterable<string> {
  const { db, reportDb } = ctx
  yield csvLine(HEAD)
  let left = limit
  let cursor: string | undefined
  do {
    const asked = Math.min(BATCH, left)
    const rows = await listUsageRows(reportDb, { ...filter, limit: asked, cursor })
    const names = await namesOf(db, [...new Set(rows.flatMap(idsOf))])
    yield rows.map((row) => csvLine(cellsOf(row, names))).join('')
    left -= rows.length
    cursor = rows.length === asked && left > 0 ? rows.at(-1)?.id : undefined
  } while (cursor !== undefined)
  // The oldest come last, and may have been erased meanwhile: then it breaks off.
  if (left > 0) await requireKept(ctx, filter.from)
}

function idsOf(row: UsageRow): string[] {
  return [
    row.teamId,
    row.projectId,
    row.environmentId,
    row.userId,
    row.serviceAccountId,
    row.keyId,
    row.providerId,
  ].filter((id) => id !== null)
}

function cellsOf(row: UsageRow, names: Record<string, string>): (string | number | boolean | null)[] {
  const named = (id: string | null) => id && (names[id] ?? id)
  return [
    row.admittedAt.toISOString(),
    row.requestId,
    row.attempt,
    named(row.teamId),
    named(row.projectId),
    named(row.environmentId),
    named(row.userId),
    named(row.serviceAccountId),
    named(row.keyId),
    row.keyId,
    row.operation,
    row.model,
    row.servedModel,
    named(row.providerId),
    row.status,
    row.errorCode,
    Number(row.inputTokens),
    Number(row.cachedInputTokens),
    Number(row.cacheWriteTokens),
    Number(row.outputTokens),
    Number(row.reasoningTokens),
    formatUsd(row.costNanoUsd),
    row.estimated,
    row.priced,
    row.durationMs,
    JSON.stringify(row.tags),
    row.ip,
  ]
}
