import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Within } from '../domain/access.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { UsageFilter } from './requests.ts'
import { type Cover, coverUsage, newestCubeOfAll } from './usage-cover.ts'
import { type Cube, cubeFor, type UsageDimension } from './usage-cubes.ts'
import { countedFrom, findErasedBefore } from './usage-erase.ts'
import {
  COUNTS,
  fromCells,
  fromRows,
  fromStrays,
  holdersOf,
  isOfSome,
  isTime,
  type Told,
} from './usage-lines.ts'
import { partsOf } from './usage-parts.ts'
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

type Time = { from: Date; to: Date }

type Asked = {
  dimensions: readonly string[]
  timeZone: string
  /** With an end: what is settled until then. */
  filter: UsageFilter & Time
  limit: number
}

/**
 * Sums per group, exact: dearest first, and by day or hour in order when that is a dimension; and the sum of all of them.
 * All of it as the database is at one moment. `cubes: false` reads every row, and answers the same. Where calls were
 * erased, the time begins and ends with a quarter of an hour: `from` and `to` are what was counted.
 */
export function reportUsage(
  db: Db,
  { dimensions, timeZone, filter: asked, limit }: Asked,
  { cubes } = { cubes: true },
): Promise<{
  from: Date
  to: Date
  groups: { group: (string | null)[]; sums: UsageSums }[]
  total: UsageSums
  unpriced: Unpriced
}> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (db) => {
      const erasedBefore = await findErasedBefore(db)
      const from = countedFrom(asked.from, erasedBefore)
      const to = countedFrom(asked.to, erasedBefore)
      const filter = { ...asked, from, to }
      // While sorting is on: few are to be sorted, and without it all there are would be read in their order.
      const unpriced = await sumUnpriced(db, filter)
      // Where days and hours begin, and what hours are called.
      if (dimensions.some(isTime)) await sql`select set_config('TimeZone', ${timeZone}, true)`.execute(db)
      // Lines come in no order, and how many groups they make is not known before: to sort them all, in order to add up
      // neighbours, takes twice as long as to look each group up. Nor how many cells a holder has: PostgreSQL expects a few
      // where there are thousands, and would go through all sets of tags for each of them.
      await sql`set local enable_sort = off; set local enable_nestloop = off`.execute(db)
      const newestCube = cubes ? await newestCubeOfAll(db) : 0
      const groups = await sumUsage(db, { dimensions, timeZone, filter, limit, newestCube })
      const [whole] = await sumUsage(db, { dimensions: [], timeZone, filter, limit: 1, newestCube })
      if (!whole) throw new Error('a sum without groups is one row')
      return { from, to, groups, total: whole.sums, unpriced }
    })
}

type GroupedRow = Record<string, string | null> & Record<keyof UsageSums, bigint>

async function sumUsage(
  db: Db,
  { dimensions, timeZone, filter, limit, newestCube }: Asked & { newestCube: number },
): Promise<{ group: (string | null)[]; sums: UsageSums }[]> {
  const parts = partsOf(filter, (part) => cubeFor(needed(dimensions, part), newestCube))
  const lines = []
  for (const { filter: part, cube } of parts) {
    const told: Told = { dimensions, filter: part, whole: filter }
    const cover = await coverOf(db, cube, filter, { ...told, timeZone })
    lines.push(fromRows(cover, told))
    if (cube !== null && cover.unitIds.length > 0)
      lines.push(fromCells(cube, cover, told), fromStrays(cover, told))
  }
  const groups = dimensions.map((_, i) => sql.ref(`line.d${i}`))
  const order = [
    // Were they in order as they are grouped, all lines would be sorted to be added up in that order.
    ...(['day', 'hour'] as const)
      .filter((name) => dimensions.includes(name))
      .map((name) => sql`${sql.ref(`line.d${dimensions.indexOf(name)}`)} + interval '0'`),
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

/** The time of a report, as far as units of this cube cover it. */
async function coverOf(
  db: Db,
  cube: Cube | null,
  { from, to }: Time,
  { dimensions, timeZone, filter }: Told & { timeZone: string },
): Promise<Cover> {
  if (cube === null) return { unitIds: [], rest: [{ from, to }] }
  const step = (['hour', 'day'] as const).find((name) => dimensions.includes(name))
  const has = await hasHolders(db, cube, filter)
  const steps = step && has ? { of: step, timeZone } : null
  const { unitIds, rest } = await coverUsage(db, { from, to, grains: cube.grains, steps })
  // Of whom a cube knows nothing, no unit has anything, in any time zone.
  return { unitIds: has ? unitIds : [], rest }
}

/** Whether a cube knows anybody that is meant. */
async function hasHolders(db: Db, { holder }: Cube, filter: UsageFilter): Promise<boolean> {
  if (holder.length === 0 || !isOfSome(filter)) return true
  const { rows } = await sql<{ has: boolean }>`select exists(${holdersOf(holder, filter)}) as has`.execute(db)
  return rows[0]?.has === true
}

/** What a cube must be able to tell apart: by what a report groups, by what it narrows, and what of it its reader may see. */
function needed(dimensions: readonly string[], filter: UsageFilter): ReadonlySet<UsageDimension> {
  const named = dimensions
    .filter((name) => !isTime(name))
    .map((name) => (name.startsWith('tag:') ? 'tags' : (name as UsageDimension)))
  const narrowed = NARROWED.filter(([field]) => filter[field] !== undefined).map(([, name]) => name)
  return new Set([...named, ...narrowed, ...seenBy(filter.within), ...seenBy(filter.except ?? 'everything')])
}

function seenBy(within: Within): UsageDimension[] {
  if (within === 'everything') return []
  return [
    ...(within.teamIds.length > 0 ? (['team'] as const) : []),
    ...(within.projectIds.length > 0 ? (['project'] as const) : []),
    ...(within.ownerUserId !== null ? (['user'] as const) : []),
  ]
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
  return sql`${shownAs(name, sql.ref(`line.d${i}`))} as ${sql.ref(`d${i}`)}`
}

/** An hour with its distance from UTC in it, which tells apart the two of one name when clocks go back: by half an hour, it begins with another. */
function shownAs(name: string, value: RawBuilder<unknown>): RawBuilder<unknown> {
  if (name === 'day') return sql`to_char(${value}, 'YYYY-MM-DD')`
  if (name === 'hour') return sql`to_char(min(line.at), 'YYYY-MM-DD"T"HH24":00"TZH":"TZM')`
  return value
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
