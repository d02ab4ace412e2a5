import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { UsageFilter } from './requests.ts'
import { coverUsage, newestCubeOfAll } from './usage-cover.ts'
import { cubeFor, type UsageDimension } from './usage-cubes.ts'
import { COUNTS, fromCells, fromRows, fromStrays, isTime } from './usage-lines.ts'
import { sumUnpriced, type Unpriced } from './usage-unpriced.ts'

export type UsageSums = {
  calls: number
  attempts: number
  errors: number
  inputTokens: number
  cachedInputTokens: number
  cacheWriteTokens: number
  outputTokens: number
  reasoningTokens: number
  costNanoUsd: NanoUsd
}

type Asked = {
  dimensions: readonly string[]
  timeZone: string
  /** With an end: what is settled until then. */
  filter: UsageFilter & { from: Date; to: Date }
  limit: number
}

/**
 * Sums per group, exact: dearest first, and by day or hour in order when that is a dimension; and the sum of all of them.
 * All of it as the database is at one moment. `cubes: false` reads every row, and answers the same.
 */
export function reportUsage(
  db: Db,
  { dimensions, timeZone, filter, limit }: Asked,
  { cubes } = { cubes: true },
): Promise<{
  groups: { group: (string | null)[]; sums: UsageSums }[]
  total: UsageSums
  unpriced: Unpriced
}> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (db) => {
      // While sorting is on: few are to be sorted, and without it all there are would be read in their order.
      const unpriced = await sumUnpriced(db, filter)
      // Where hours begin, and what they are called.
      if (dimensions.includes('hour')) await sql`select set_config('TimeZone', ${timeZone}, true)`.execute(db)
      // Lines come in no order, and how many groups they make is not known before: to sort them all, in order to add up
      // neighbours, takes twice as long as to look each group up.
      await sql`set local enable_sort = off`.execute(db)
      const groups = await sumUsage(db, { dimensions, timeZone, filter, limit, cubes })
      const [whole] = await sumUsage(db, { dimensions: [], timeZone, filter, limit: 1, cubes })
      if (!whole) throw new Error('a sum without groups is one row')
      return { groups, total: whole.sums, unpriced }
    })
}

type GroupedRow = Record<string, string | null> & Record<keyof UsageSums, bigint>

async function sumUsage(
  db: Db,
  { dimensions, timeZone, filter, limit, cubes }: Asked & { cubes: boolean },
): Promise<{ group: (string | null)[]; sums: UsageSums }[]> {
  const cube = cubes ? cubeFor(needed(dimensions, filter), await newestCubeOfAll(db)) : null
  const step = (['hour', 'day'] as const).find((name) => dimensions.includes(name))
  const { from, to } = filter
  const cover =
    cube === null
      ? { unitIds: [], rest: [{ from, to }] }
      : await coverUsage(db, { from, to, grains: cube.grains, steps: step ? { of: step, timeZone } : null })
  const told = { dimensions, timeZone, filter }
  const lines = [
    fromRows(cover, told),
    ...(cube === null || cover.unitIds.length === 0
      ? []
      : [fromCells(cube, cover, told), fromStrays(cover, told)]),
  ]
  const groups = dimensions.map((_, i) => sql.ref(`line.d${i}`))
  const order = [
    ...(dimensions.includes('day') ? [sql.ref(`line.d${dimensions.indexOf('day')}`)] : []),
    // As text, the second of two hours of one name would come first.
    ...(dimensions.includes('hour')
      ? [sql`${sql.ref(`line.d${dimensions.indexOf('hour')}`)}::timestamptz`]
      : []),
    sql`cost_nano_usd desc, attempts desc`,
    ...groups,
  ]
  const { rows } = await sql<GroupedRow>`
    select ${sql.join([...dimensions.map(shown), ...TOTALS])}
    from (${sql.join(lines, sql` union all `)}) line
    ${dimensions.length > 0 ? sql`group by ${sql.join(groups)} having exact_sum(line.attempts) > 0` : sql``}
    order by ${sql.join(order)} limit ${limit}`.execute(db)
  return rows.map((row) => ({ group: dimensions.map((_, i) => row[`d${i}`] ?? null), sums: toSums(row) }))
}

/** What a report must be able to tell apart: by what it groups, by what it narrows, and what its reader may see. */
function needed(dimensions: readonly string[], filter: UsageFilter): ReadonlySet<UsageDimension> {
  const named = dimensions
    .filter((name) => !isTime(name))
    .map((name) => (name.startsWith('tag:') ? 'tags' : (name as UsageDimension)))
  const narrowed = NARROWED.filter(([field]) => filter[field] !== undefined).map(([, name]) => name)
  const { within } = filter
  if (within === 'everything') return new Set([...named, ...narrowed])
  const seen: UsageDimension[] = [
    ...(within.teamIds.length > 0 ? (['team'] as const) : []),
    ...(within.projectIds.length > 0 ? (['project'] as const) : []),
    ...(within.ownerUserId !== null ? (['user'] as const) : []),
  ]
  return new Set([...named, ...narrowed, ...seen])
}

const NARROWED = [
  ['teamId', 'team'],
  ['projectId', 'project'],
  ['environmentId', 'environment'],
  ['userId', 'user'],
  ['serviceAccountId', 'serviceAccount'],
  ['keyId', 'key'],
  ['secretId', 'secret'],
  ['providerId', 'provider'],
  ['model', 'model'],
  ['operation', 'operation'],
  ['priced', 'priced'],
  ['tag', 'tags'],
] as const satisfies [keyof UsageFilter, UsageDimension][]

function shown(name: string, i: number): RawBuilder<unknown> {
  const value = sql.ref(`line.d${i}`)
  return sql`${name === 'day' ? sql`to_char(${value}, 'YYYY-MM-DD')` : value} as ${sql.ref(`d${i}`)}`
}

const TOTALS = COUNTS.map(
  (name) => sql`coalesce(exact_sum(${sql.ref(`line.${name}`)}), 0) as ${sql.ref(name)}`,
)

type SumRow = Record<keyof UsageSums, bigint>

function toSums(row: SumRow): UsageSums {
  return {
    calls: Number(row.calls),
    attempts: Number(row.attempts),
    errors: Number(row.errors),
    inputTokens: Number(row.inputTokens),
    cachedInputTokens: Number(row.cachedInputTokens),
    cacheWriteTokens: Number(row.cacheWriteTokens),
    outputTokens: Number(row.outputTokens),
    reasoningTokens: Number(row.reasoningTokens),
    costNanoUsd: row.costNanoUsd,
  }
}
