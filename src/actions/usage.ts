import type { Ctx } from '../app.ts'
import type { Output, Valid } from '../contract/operation.ts'
import { MOST_HOURS, usageReport } from '../contract/usage.ts'
import { namesOf } from '../db/names.ts'
import { reportUsage as sumUsage, type UsageSums } from '../db/usage.ts'
import { noteZone } from '../db/usage-abroad.ts'
import { formatUsd } from '../domain/money.ts'
import { within } from './authorize.ts'
import { invalid } from './invalid.ts'
import { noteUsageReading } from './note-usage-reading.ts'
import { readRange } from './range.ts'
import { timeZoneOf } from './time-zone.ts'

const HOUR_MS = 3_600_000

/** Sums up usage, as far as the actor's roles reach. */
export async function reportUsage(
  ctx: Ctx,
  { query }: Valid<typeof usageReport>,
): Promise<Output<typeof usageReport>> {
  const reach = within(ctx.actor, usageReport.permission, query)
  const { by, limit, timeZone: wantedZone, from, to, ...narrowing } = query
  const range = readRange(from, to, ctx.clock())
  if (by.includes('hour') && range.to.getTime() - range.from.getTime() > MOST_HOURS * HOUR_MS)
    throw invalid('/query/by', 'hours are told apart in at most 7 days: choose a shorter time, or days')
  const timeZone = await timeZoneOf(ctx, wantedZone, '/query/timeZone')
  const filter = { ...narrowing, ...range, within: reach }
  const [{ from: countedFrom, to: countedTo, groups, total, unpriced }] = await Promise.all([
    sumUsage(ctx.reportDb, { dimensions: by, timeZone, filter, limit: limit + 1 }),
    noteUsageReading(ctx, 'usage.report', query, filter),
    by.includes('day') && wantedZone !== undefined ? noteZone(ctx.db, timeZone) : undefined,
  ])
  const shown = groups.slice(0, limit)
  return {
    from: countedFrom.toISOString(),
    to: countedTo.toISOString(),
    timeZone,
    data: shown.map(({ group, sums }) => ({
      group: Object.fromEntries(by.map((dimension, i) => [dimension, group[i] ?? null])),
      ...presentSums(sums),
    })),
    total: presentSums(total),
    unpriced: { calls: unpriced.calls, costUsd: formatUsd(unpriced.costNanoUsd) },
    truncated: groups.length > limit,
    names: await namesOf(ctx.db, [...new Set(shown.flatMap(({ group }) => group.filter(isId)))]),
  }
}

function isId(value: string | null): value is string {
  return value !== null && /^[a-z]+_[0-9A-Z]{26}$/.test(value)
}

function presentSums({ costNanoUsd, ...counts }: UsageSums) {
  return { ...counts, costUsd: formatUsd(costNanoUsd) }
}
