import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'
import { matching, type UsageFilter } from './requests.ts'

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

type Report = {
  dimensions: readonly string[]
  timeZone: string
  filter: UsageFilter
  limit: number
}

/** Sums per group, exact: dearest first, and by day in order when `day` is a dimension. */
export async function sumUsage(
  db: Db,
  { dimensions, timeZone, filter, limit }: Report,
): Promise<{ group: (string | null)[]; sums: UsageSums }[]> {
  const numbers = dimensions.map((_, i) => i + 1)
  const day = dimensions.indexOf('day') + 1
  const rows = await db
    .selectFrom('usage')
    .select(dimensions.map((name, i) => dimension(name, timeZone).as(`d${i}`)))
    .select(SUMS)
    .where(matching(filter))
    .groupBy(numbers.map((number) => sql.lit(number)))
    .$if(day > 0, (query) => query.orderBy(sql.lit(day)))
    .orderBy('costNanoUsd', 'desc')
    .orderBy('attempts', 'desc')
    .$call((query) => numbers.reduce((ordered, number) => ordered.orderBy(sql.lit(number)), query))
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    // Dimensions are selected under names made here, which the row's type cannot know.
    group: dimensions.map((_, i) => (row as unknown as Record<string, string | null>)[`d${i}`] ?? null),
    sums: toSums(row),
  }))
}

export async function totalUsage(db: Db, filter: UsageFilter): Promise<UsageSums> {
  return toSums(await db.selectFrom('usage').select(SUMS).where(matching(filter)).executeTakeFirstOrThrow())
}

/** The names of whatever has one of these ids. */
export async function namesOf(db: Db, ids: string[]): Promise<Record<string, string>> {
  const named = (
    table: 'teams' | 'projects' | 'environments' | 'users' | 'serviceAccounts' | 'keys' | 'providers',
  ) => db.selectFrom(table).select(['id', 'name']).where('id', 'in', ids)
  if (ids.length === 0) return {}
  const rows = await named('teams')
    .unionAll(named('projects'))
    .unionAll(named('environments'))
    .unionAll(named('users'))
    .unionAll(named('serviceAccounts'))
    .unionAll(named('keys'))
    .unionAll(named('providers'))
    .execute()
  return Object.fromEntries(rows.map(({ id, name }) => [id, name]))
}

function dimension(name: string, timeZone: string): RawBuilder<string | null> {
  if (name === 'day') return sql`to_char(admitted_at at time zone ${timeZone}, 'YYYY-MM-DD')`
  if (name.startsWith('tag:')) return sql`tags ->> ${name.slice('tag:'.length)}`
  // The contract lets no other name through.
  return sql`${sql.ref(COLUMNS[name as keyof typeof COLUMNS])}`
}

/** PostgreSQL sums int8 as numeric, which cannot overflow; as int8 again it is read as bigint. */
const SUMS = [
  sql<bigint>`count(distinct request_id)`.as('calls'),
  sql<bigint>`count(*)`.as('attempts'),
  sql<bigint>`count(*) filter (where status >= 400)`.as('errors'),
  ...(
    [
      'inputTokens',
      'cachedInputTokens',
      'cacheWriteTokens',
      'outputTokens',
      'reasoningTokens',
      'costNanoUsd',
    ] as const
  ).map((name) => sql<bigint>`coalesce(sum(${sql.ref(name)}), 0)::int8`.as(name)),
]

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
