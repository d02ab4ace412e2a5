import { expressionBuilder, type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'
import { matching, type UsageFilter } from './requests.ts'
import type { Database } from './schema.ts'
import { type Cover, coverUsage } from './usage-cover.ts'
import { type Cube, cubeFor, type UsageDimension } from './usage-cubes.ts'

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

/** What to group by: one of these columns, `day`, or `tag:NAME`. */
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
 * Sums per group, exact: dearest first, and by day in order when `day` is a dimension; and the sum of all of them. All
 * of it as the database is at one moment. `cubes: false` reads every row, and answers the same.
 */
export function reportUsage(
  db: Db,
  { dimensions, timeZone, filter, limit }: Asked,
  { cubes } = { cubes: true },
): Promise<{ groups: { group: (string | null)[]; sums: UsageSums }[]; total: UsageSums }> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (db) => {
      const groups = await sumUsage(db, { dimensions, timeZone, filter, limit, cubes })
      const [whole] = await sumUsage(db, { dimensions: [], timeZone, filter, limit: 1, cubes })
      if (!whole) throw new Error('a sum without groups is one row')
      return { groups, total: whole.sums }
    })
}

type GroupedRow = Record<string, string | null> & Record<keyof UsageSums, bigint>

async function sumUsage(
  db: Db,
  { dimensions, timeZone, filter, limit, cubes }: Asked & { cubes: boolean },
): Promise<{ group: (string | null)[]; sums: UsageSums }[]> {
  const cube = cubes ? cubeFor(needed(dimensions, filter)) : null
  const byDay = dimensions.includes('day')
  const { from, to } = filter
  const cover =
    cube === null
      ? { unitIds: [], rest: [{ from, to }] }
      : await coverUsage(db, { from, to, grains: cube.grains, days: byDay ? { timeZone } : null })
  const parts = [
    ...(cube === null || cover.unitIds.length === 0 ? [] : [fromCells(cube, cover, byDay, filter)]),
    ...(cover.rest.length === 0 ? [] : [fromRows(cover, filter)]),
    fromRepeats(cover, dimensions, timeZone, filter),
  ].map(
    ({ lines, sums, where }) => sql`
      select ${sql.join([...dimensions.map((name, i) => sql`${dimension(name, timeZone)} as ${sql.ref(`d${i}`)}`), ...sums])}
      from ${lines} as usage where ${where}
      ${dimensions.length > 0 ? sql`group by ${numbers(dimensions)}` : sql``}`,
  )
  const order = [
    ...(byDay ? [sql.lit(dimensions.indexOf('day') + 1)] : []),
    sql`cost_nano_usd desc, attempts desc`,
    ...dimensions.map((_, i) => sql.lit(i + 1)),
  ]
  const { rows } = await sql<GroupedRow>`
    select ${sql.join([...dimensions.map((_, i) => sql.ref(`d${i}`)), ...TOTALS])}
    from (${sql.join(parts, sql` union all `)}) parts
    ${dimensions.length > 0 ? sql`group by ${numbers(dimensions)} having sum(attempts) > 0` : sql``}
    order by ${sql.join(order)} limit ${limit}`.execute(db)
  return rows.map((row) => ({ group: dimensions.map((_, i) => row[`d${i}`] ?? null), sums: toSums(row) }))
}

/** What a report must be able to tell apart: by what it groups, by what it narrows, and what its reader may see. */
function needed(dimensions: readonly string[], filter: UsageFilter): ReadonlySet<UsageDimension> {
  const named = dimensions
    .filter((name) => name !== 'day')
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
  ['providerId', 'provider'],
  ['model', 'model'],
  ['operation', 'operation'],
] as const satisfies [keyof UsageFilter, UsageDimension][]

/** One of several readings that are added: lines that look like `usage`, their sums, and which lines count. */
type Part = { lines: RawBuilder<unknown>; sums: RawBuilder<unknown>[]; where: RawBuilder<unknown> }

/**
 * Cells, dressed as rows of `usage` whose time is the beginning of their unit. They are added by number first: names are
 * long, and there are fewer of them than cells.
 */
function fromCells(cube: Cube, { unitIds }: Cover, byDay: boolean, filter: UsageFilter): Part {
  const { holder, service, tags } = cube
  const numbers = [
    ...(byDay ? [sql`c.unit_id`] : []),
    ...(holder.length > 0 ? [sql`c.holder_id`] : []),
    ...(service ? [sql`c.service_id`] : []),
    ...(tags ? [sql`c.tag_set_id`] : []),
  ]
  const joins = [
    ...(byDay ? [sql`join usage_units unit on unit.id = c.unit_id`] : []),
    ...(holder.length > 0 ? [sql`join usage_holders h on h.id = c.holder_id`] : []),
    ...(service ? [sql`join usage_services s on s.id = c.service_id`] : []),
    ...(tags ? [sql`join usage_tag_sets t on t.id = c.tag_set_id`] : []),
  ]
  const told = [
    ...(byDay ? [sql`unit.starts_at as admitted_at`] : []),
    ...(holder.length > 0
      ? [sql`h.team_id, h.project_id, h.environment_id, h.user_id, h.service_account_id, h.key_id`]
      : []),
    ...(service ? [sql`s.operation, s.provider_id, s.model`] : []),
    ...(tags ? [sql`t.tags`] : []),
  ]
  const holders =
    holder.length > 0 && isOfSome(filter) ? sql`and c.holder_id in (${holdersOf(filter)})` : sql``
  return {
    lines: sql`(
      select c.*, ${sql.join(told)}
      from (
        select ${sql.join([...numbers, sql`sum(attempts - repeats)::int8 as calls`, ...SUMMED.map(summed)])}
        from usage_cells c
        where c.unit_id = any(${unitIds}) and c.cube = ${sql.lit(cube.number)} ${holders}
        group by ${sql.join(numbers)}
      ) c ${sql.join(joins, sql` `)})`,
    sums: [sql`sum(calls)::int8 as calls`, ...SUMMED.map(summed)],
    // They lie in the time that was asked for.
    where: where({ ...filter, from: undefined, to: undefined }),
  }
}

function summed(name: string): RawBuilder<unknown> {
  return sql`sum(${sql.ref(name)})::int8 as ${sql.ref(name)}`
}

const OF_HOLDER = ['teamId', 'projectId', 'environmentId', 'userId', 'serviceAccountId', 'keyId'] as const

function isOfSome(filter: UsageFilter): boolean {
  return filter.within !== 'everything' || OF_HOLDER.some((field) => filter[field] !== undefined)
}

function holdersOf(filter: UsageFilter): RawBuilder<unknown> {
  const { within } = filter
  const narrowed = Object.fromEntries(OF_HOLDER.map((field) => [field, filter[field]]))
  return sql`select id from usage_holders as usage where ${where({ within, ...narrowed })}`
}

/** The rows themselves. Attempts that repeat a call are taken off by `fromRepeats`. */
function fromRows({ rest }: Cover, filter: UsageFilter): Part {
  const spans = rest.map(({ from, to }) => sql`(admitted_at >= ${from} and admitted_at < ${to})`)
  return {
    lines: sql`usage`,
    sums: [
      sql`count(*) as calls, count(*) as attempts, count(*) filter (where status >= 400) as errors`,
      ...TOKENS.map((name) => sql`sum(${sql.ref(name)})::int8 as ${sql.ref(name)}`),
    ],
    where: sql`${where(filter)} and (${sql.join(spans, sql` or `)})`,
  }
}

/**
 * Attempts of which an earlier one of the same call is in the same group: they are no call of their own. Of the units
 * that were added up only the strays, since their cells know of all others.
 */
function fromRepeats(
  { unitIds, rest }: Cover,
  dimensions: readonly string[],
  timeZone: string,
  filter: UsageFilter,
): Part {
  const spans = rest.map(({ from, to }) => sql`(u.admitted_at >= ${from} and u.admitted_at < ${to})`)
  const same = dimensions.map(
    (name) =>
      sql`${dimension(name, timeZone, 'usage')} is not distinct from ${dimension(name, timeZone, 'later')}`,
  )
  return {
    lines: sql`(
      select later.* from (
        select u.* from usage u where u.attempt > 1 and (${sql.join([...spans, sql`false`], sql` or `)})
        union all
        select u.* from usage_strays stray join usage u on u.id = stray.usage_id where stray.unit_id = any(${unitIds})
      ) later
      where (
        select true from usage
        where usage.request_id = later.request_id and usage.attempt < later.attempt
          and ${sql.join([where(filter), ...same], sql` and `)} limit 1))`,
    sums: [
      sql`-count(*) as calls, 0::int8 as attempts, 0::int8 as errors`,
      ...TOKENS.map((name) => sql`0::int8 as ${sql.ref(name)}`),
    ],
    where: where(filter),
  }
}

function where(filter: UsageFilter): RawBuilder<unknown> {
  return sql`${matching(filter)(expressionBuilder<Database, 'usage'>())}`
}

function numbers(dimensions: readonly string[]): RawBuilder<unknown> {
  return sql.join(dimensions.map((_, i) => sql.lit(i + 1)))
}

const TOKENS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
] as const
const SUMMED = ['attempts', 'errors', ...TOKENS] as const
/** PostgreSQL sums int8 as numeric, which cannot overflow; as int8 again it is read as bigint. */
const TOTALS = ['calls', ...SUMMED].map(
  (name) => sql`coalesce(sum(${sql.ref(name)}), 0)::int8 as ${sql.ref(name)}`,
)

function dimension(
  name: string,
  timeZone: string,
  table: 'usage' | 'later' = 'usage',
): RawBuilder<string | null> {
  if (name === 'day')
    return sql`to_char(${sql.ref(`${table}.admitted_at`)} at time zone ${timeZone}, 'YYYY-MM-DD')`
  if (name.startsWith('tag:')) return sql`${sql.ref(`${table}.tags`)} ->> ${name.slice('tag:'.length)}`
  // The contract lets no other name through.
  return sql`${sql.ref(`${table}.${COLUMNS[name as keyof typeof COLUMNS]}`)}`
}

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
