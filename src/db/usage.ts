import { expressionBuilder, type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'
import { matching, type UsageFilter } from './requests.ts'
import type { Database } from './schema.ts'
import { type Cover, coverUsage, newestCubeOfAll } from './usage-cover.ts'
import { type Cube, cubeFor, type UsageDimension } from './usage-cubes.ts'
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

/** What to group by: one of these columns, `day`, `hour`, or `tag:NAME`. */
const COLUMNS = {
  team: 'team_id',
  project: 'project_id',
  environment: 'environment_id',
  user: 'user_id',
  serviceAccount: 'service_account_id',
  key: 'key_id',
  model: 'model',
  provider: 'provider_id',
  operation: 'operation',
} as const

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

/** Told of a moment, and of each unit: `day`, `hour`. */
function isTime(name: string): name is 'day' | 'hour' {
  return name === 'day' || name === 'hour'
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

/** What a line is made for: its groups, what it narrows to, and whose days. */
type Told = { dimensions: readonly string[]; timeZone: string; filter: UsageFilter }

/*
 * Lines of three kinds are added up at once, each with its groups (d0, d1, …) and what it counts. Adding up the cells by
 * themselves first would write and read each sum once more, which takes longer than the sums do.
 */

/** Cells, dressed as rows of `usage` whose time is the beginning of their unit. They lie in the time that was asked for. */
function fromCells({ number, holder, service }: Cube, { unitIds }: Cover, told: Told): RawBuilder<unknown> {
  const { dimensions, filter } = told
  const byTime = dimensions.some(isTime)
  const ofTags = filter.tag !== undefined || dimensions.some((name) => name.startsWith('tag:'))
  const joins = [
    ...(byTime ? [sql`join usage_units unit on unit.id = c.unit_id`] : []),
    ...(holder.length > 0 ? [sql`join usage_holders h on h.id = c.holder_id`] : []),
    ...(service ? [sql`join usage_services s on s.id = c.service_id`] : []),
    ...(ofTags ? [sql`join usage_tag_sets t on t.id = c.tag_set_id`] : []),
  ]
  const names = [
    ...(byTime ? [sql`unit.starts_at as admitted_at`] : []),
    ...(holder.length > 0
      ? [sql`h.team_id, h.project_id, h.environment_id, h.user_id, h.service_account_id, h.key_id`]
      : []),
    ...(service ? [sql`s.operation, s.provider_id, s.model`] : []),
    ...(ofTags ? [sql`t.tags`] : []),
  ]
  const holders =
    holder.length > 0 && isOfSome(filter)
      ? sql`and c.holder_id = any(array(${holdersOf(holder, filter)}))`
      : sql``
  const counted = sql`attempts - repeats as calls, attempts, errors`
  return sql`
    select ${sql.join([...named(groupsOf('usage', told)), counted, ...TOKENS.map((name) => sql.ref(name))])}
    from (
      select ${sql.join([sql`c.*`, ...names])} from usage_cells c ${sql.join(joins, sql` `)}
      where c.unit_id = any(${unitIds}) and c.cube = ${sql.lit(number)} ${holders}
    ) usage where ${where({ ...filter, from: undefined, to: undefined })}`
}

const OF_HOLDER = ['teamId', 'projectId', 'environmentId', 'userId', 'serviceAccountId', 'keyId'] as const

function isOfSome(filter: UsageFilter): boolean {
  return filter.within !== 'everything' || OF_HOLDER.some((field) => filter[field] !== undefined)
}

/** What every holder has of this, when its cube tells it apart: others are of other cubes. */
const HAD = { team: 'team_id', project: 'project_id', environment: 'environment_id', key: 'key_id' } as const

/** The numbers of a cube's holders that a filter is about: looked up first, they lead to their cells alone. */
function holdersOf(told: Cube['holder'], filter: UsageFilter): RawBuilder<unknown> {
  const { within } = filter
  const narrowed = Object.fromEntries(OF_HOLDER.map((field) => [field, filter[field]]))
  const shape = Object.entries(HAD).map(([name, column]) =>
    told.some((one) => one === name) ? sql`${sql.ref(column)} is not null` : sql`${sql.ref(column)} is null`,
  )
  return sql`
    select id from usage_holders as usage where ${sql.join([where({ within, ...narrowed }), ...shape], sql` and `)}`
}

/** The rows of what no unit covers. */
function fromRows({ rest }: Cover, told: Told): RawBuilder<unknown> {
  const spans = rest.map(({ from, to }) => sql`(later.admitted_at >= ${from} and later.admitted_at < ${to})`)
  const counted = sql`
    case when repeats then 0 else 1 end::int8 as calls, 1::int8 as attempts, (status >= 400)::int::int8 as errors`
  return sql`
    select ${sql.join([...named(groupsOf('usage', told)), counted, ...TOKENS.map((name) => sql.ref(name))])}
    from (
      select later.*, later.attempt > 1 and ${repeats(told)} as repeats
      from usage later where ${sql.join([...spans, sql`false`], sql` or `)}
    ) usage where ${where(told.filter)}`
}

/** What their cells count as calls of their own, and are none here. */
function fromStrays({ unitIds }: Cover, told: Told): RawBuilder<unknown> {
  const nothing = TOKENS.map((name) => sql`0::int8 as ${sql.ref(name)}`)
  const counted = sql`-1::int8 as calls, 0::int8 as attempts, 0::int8 as errors`
  return sql`
    select ${sql.join([...named(groupsOf('usage', told)), counted, ...nothing])}
    from (
      select later.* from usage_strays stray join usage later on later.id = stray.usage_id
      where stray.unit_id = any(${unitIds}) and ${repeats(told)}
    ) usage where ${where(told.filter)}`
}

/** Whether the attempt `later` has an earlier one of the same call in the same group: then it is no call of its own. */
function repeats(told: Told): RawBuilder<boolean> {
  const later = groupsOf('later', told)
  const together = groupsOf('usage', told).map((value, i) => sql`${value} is not distinct from ${later[i]}`)
  return sql`coalesce((
    select true from usage
    where usage.request_id = later.request_id and usage.attempt < later.attempt
      and ${sql.join([where(told.filter), ...together], sql` and `)} limit 1), false)`
}

/** What a row is grouped by: days as dates, which are shorter than their names. */
function groupsOf(table: 'usage' | 'later', { dimensions, timeZone }: Told): RawBuilder<unknown>[] {
  return dimensions.map((name) => {
    if (isTime(name)) return timeIn(name, timeZone, sql.ref(`${table}.admitted_at`))
    if (name.startsWith('tag:')) return tagOf(`${table}.tags`, name)
    return sql.ref(`${table}.${columnOf(name)}`)
  })
}

function named(groups: RawBuilder<unknown>[]): RawBuilder<unknown>[] {
  return groups.map((value, i) => sql`${value} as ${sql.ref(`d${i}`)}`)
}

function shown(name: string, i: number): RawBuilder<unknown> {
  const value = sql.ref(`line.d${i}`)
  return sql`${name === 'day' ? sql`to_char(${value}, 'YYYY-MM-DD')` : value} as ${sql.ref(`d${i}`)}`
}

function timeIn(name: 'day' | 'hour', timeZone: string, moment: RawBuilder<unknown>): RawBuilder<unknown> {
  // In the zone of the transaction. Its distance from UTC tells apart the two hours that have one name when clocks go back.
  if (name === 'hour') return sql`to_char(${moment}, 'YYYY-MM-DD"T"HH24":00"TZH":"TZM')`
  return sql`(${moment} at time zone ${timeZone})::date`
}

function tagOf(column: string, name: string): RawBuilder<unknown> {
  return sql`${sql.ref(column)} ->> ${name.slice('tag:'.length)}`
}

/** The contract lets no other name through. */
function columnOf(name: string): string {
  return COLUMNS[name as keyof typeof COLUMNS]
}

function where(filter: UsageFilter): RawBuilder<unknown> {
  return sql`${matching(filter)(expressionBuilder<Database, 'usage'>())}`
}

const TOKENS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
] as const
const TOTALS = ['calls', 'attempts', 'errors', ...TOKENS].map(
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
