import { type RawBuilder, sql } from 'kysely'
import { matching, type UsageFilter } from './requests.ts'
import type { Cover } from './usage-cover.ts'
import { AMOUNTS, type Cube, HOLDER_COLUMNS } from './usage-cubes.ts'

/**
 * What a line is made for: its groups, what it narrows to, and all that the report is about, of which that may be a part: an
 * earlier attempt of a call may be in another one.
 */
export type Told = {
  dimensions: readonly string[]
  filter: UsageFilter
  whole: UsageFilter
}

/*
 * Lines of three kinds are added up at once, each with its groups (d0, d1, …), when it was where hours are told apart (at),
 * and what it counts. Names are longer than numbers: unless time is told apart, the cells of all units are added up by their
 * numbers first, and named then. Days and hours are those of the time zone that is set for the transaction.
 */

/** Cells, dressed as rows of `usage` whose time is the beginning of their unit. They lie in the time that was asked for. */
export function fromCells(cube: Cube, cover: Cover, told: Told): RawBuilder<unknown> {
  const { dimensions, filter } = told
  const byTime = dimensions.some(isTime)
  const tags = dimensions.flatMap((name, i) => (name.startsWith('tag:') ? [{ name, i }] : []))
  // Each set of tags is looked into once, whatever the number of its cells.
  const tagged = tags.map(({ name, i }) => sql`, ${tagOf('tags', name)} as ${sql.ref(`d${i}`)}`)
  const parts = [
    ...(byTime
      ? [
          {
            number: sql`c.unit_id`,
            join: sql`join usage_units unit on unit.id = c.unit_id`,
            names: [sql`unit.starts_at as admitted_at`],
          },
        ]
      : []),
    ...(cube.holder.length > 0
      ? [
          {
            number: sql`c.holder_id`,
            join: sql`join usage_holders h on h.id = c.holder_id`,
            names: [
              sql`h.team_id, h.project_id, h.environment_id, h.user_id, h.service_account_id, h.key_id`,
            ],
          },
        ]
      : []),
    ...(cube.service
      ? [
          {
            number: sql`c.service_id`,
            join: sql`join usage_services s on s.id = c.service_id`,
            names: [sql`s.operation, s.provider_id, s.model`],
          },
        ]
      : []),
    ...(filter.tag !== undefined || tags.length > 0
      ? [
          {
            number: sql`c.tag_set_id`,
            join: sql`
              join (select id, tags${sql.join(tagged, sql``)} from usage_tag_sets offset 0) t on t.id = c.tag_set_id`,
            names: [sql`t.tags`, ...tags.map(({ i }) => sql.ref(`t.d${i}`))],
          },
        ]
      : []),
  ]
  const groups = groupsOf('usage', told).map((value, i) =>
    tags.some((tag) => tag.i === i) ? sql.ref(`usage.d${i}`) : value,
  )
  const cells = cellsOf(cube, cover, filter, { by: parts.map(({ number }) => number), summed: !byTime })
  const named = [sql`c.*`, ...parts.flatMap(({ names }) => names)]
  return sql`
    select ${sql.join([...groupsAs(groups, told), ...COUNTS.map((name) => sql.ref(name))])}
    from (
      select ${sql.join(named)} from (${cells}) c ${sql.join(
        parts.map(({ join }) => join),
        sql` `,
      )}
    ) usage where ${where({ ...filter, from: undefined, to: undefined })}`
}

/** Cells by the numbers that they have: those of each unit, or of all of them together. */
function cellsOf(
  { number, holder }: Cube,
  { unitIds }: Cover,
  filter: UsageFilter,
  { by, summed }: { by: RawBuilder<unknown>[]; summed: boolean },
): RawBuilder<unknown> {
  const holders =
    holder.length > 0 && isOfSome(filter)
      ? sql`and c.holder_id = any(array(${holdersOf(holder, filter)}))`
      : sql``
  const counts = COUNTS.map((name) => {
    const count = name === 'calls' ? sql`attempts - repeats` : sql.ref(name)
    return sql`${summed ? sql`exact_sum(${count})` : count} as ${sql.ref(name)}`
  })
  return sql`
    select ${sql.join([...by, ...counts])} from usage_cells c
    where c.unit_id = any(${unitIds}) and c.cube = ${sql.lit(number)} ${holders}
    ${summed ? sql`group by ${sql.join(by)}` : sql``}`
}

const OF_HOLDER = ['teamId', 'projectId', 'environmentId', 'userId', 'serviceAccountId', 'keyId'] as const

/** Whether a filter is about some holders only. */
export function isOfSome(filter: UsageFilter): boolean {
  return filter.within !== 'everything' || OF_HOLDER.some((field) => filter[field] !== undefined)
}

/** What every holder has of this, when its cube tells it apart: others are of other cubes. */
const HAD = { team: 'team_id', project: 'project_id', environment: 'environment_id', key: 'key_id' } as const

/** The numbers of a cube's holders that a filter is about: looked up first, they lead to their cells alone. */
export function holdersOf(told: Cube['holder'], filter: UsageFilter): RawBuilder<unknown> {
  const { within, except } = filter
  const narrowed = Object.fromEntries(OF_HOLDER.map((field) => [field, filter[field]]))
  const shape = Object.entries(HAD).map(([name, column]) =>
    told.some((one) => one === name) ? sql`${sql.ref(column)} is not null` : sql`${sql.ref(column)} is null`,
  )
  return sql`
    select id from usage_holders as usage where ${sql.join([where({ within, except, ...narrowed }), ...shape], sql` and `)}`
}

/** The rows of what no unit covers, and what erased ones add up to. */
export function fromRows({ rest }: Cover, told: Told): RawBuilder<unknown> {
  const counted = sql`
    case when repeats then 0 else attempts end as calls, attempts, errors`
  return sql`
    select ${sql.join([...groupsAs(groupsOf('usage', told), told), counted, ...AMOUNTS.map((name) => sql.ref(name))])}
    from (select later.*, later.attempt > 1 and ${repeats(told)} as repeats from ${rowsOf(rest, told)} later) usage`
}

/** More spans are not spelled out: each would be planned by itself, which for a year of days takes longer than to read them. */
const MOST_SPELLED = 8

/** The rows of these spans, and what erased ones add up to, that the filter lets through. The offset keeps it to one look into an index for each span. */
function rowsOf(spans: Cover['rest'], { filter }: Told): RawBuilder<unknown> {
  const meant = where({ ...filter, from: undefined, to: undefined })
  if (spans.length > MOST_SPELLED) {
    const froms = spans.map(({ from }) => from)
    const tos = spans.map(({ to }) => to)
    return sql`(
      select usage.* from unnest(${froms}::timestamptz[], ${tos}::timestamptz[]) span (starts_at, ends_at)
      cross join lateral (
        select * from usage_counted usage
        where admitted_at >= span.starts_at and admitted_at < span.ends_at and ${meant} offset 0) usage)`
  }
  const within = spans.map(({ from, to }) => sql`(admitted_at >= ${from} and admitted_at < ${to})`)
  return sql`(
    select * from usage_counted usage where (${sql.join([...within, sql`false`], sql` or `)}) and ${meant})`
}

/** What their cells count as calls of their own, and are none here. */
export function fromStrays({ unitIds }: Cover, told: Told): RawBuilder<unknown> {
  const nothing = AMOUNTS.map((name) => sql`0::int8 as ${sql.ref(name)}`)
  const counted = sql`-1::int8 as calls, 0::int8 as attempts, 0::int8 as errors`
  return sql`
    select ${sql.join([...groupsAs(groupsOf('usage', told), told), counted, ...nothing])}
    from (
      select later.* from usage_counted later
      where later.id = any(array(select usage_id from usage_strays where unit_id = any(${unitIds})))
        and ${repeats(told)}
    ) usage where ${where(told.filter)}`
}

/** Whether the attempt `later` has an earlier one of the same call in the same group: then it is no call of its own. */
function repeats(told: Told): RawBuilder<boolean> {
  const later = groupsOf('later', told)
  const together = groupsOf('usage', told).map((value, i) => sql`${value} is not distinct from ${later[i]}`)
  return sql`coalesce((
    select true from usage_counted usage
    where usage.request_id = later.request_id and usage.attempt < later.attempt
      and ${sql.join([where(told.whole), ...together], sql` and `)} limit 1), false)`
}

/** What a row is grouped by: days as dates and hours by their beginning, which take less than their names. */
function groupsOf(table: 'usage' | 'later', { dimensions }: Told): RawBuilder<unknown>[] {
  return dimensions.map((name) => {
    if (name === 'day') return sql`${sql.ref(`${table}.admitted_at`)}::date`
    if (name === 'hour') return sql`date_trunc('hour', ${sql.ref(`${table}.admitted_at`)})`
    if (name.startsWith('tag:')) return tagOf(`${table}.tags`, name)
    return sql.ref(`${table}.${columnOf(name)}`)
  })
}

function groupsAs(groups: RawBuilder<unknown>[], { dimensions }: Told): RawBuilder<unknown>[] {
  const named = groups.map((value, i) => sql`${value} as ${sql.ref(`d${i}`)}`)
  return dimensions.includes('hour') ? [...named, sql`usage.admitted_at as at`] : named
}

function tagOf(column: string, name: string): RawBuilder<unknown> {
  return sql`${sql.ref(column)} ->> ${name.slice('tag:'.length)}`
}

/** What to group by: one of these columns, `day`, `hour`, or `tag:NAME`. */
const COLUMNS = {
  ...HOLDER_COLUMNS,
  model: 'model',
  provider: 'provider_id',
  operation: 'operation',
} as const

/** The contract lets no other name through. */
function columnOf(name: string): string {
  return COLUMNS[name as keyof typeof COLUMNS]
}

function where(filter: UsageFilter): RawBuilder<unknown> {
  return sql`${matching(filter)}`
}

/** What each line counts. */
export const COUNTS = ['calls', 'attempts', 'errors', ...AMOUNTS] as const

/** Told of a moment, and of each unit: `day`, `hour`. */
export function isTime(name: string): name is 'day' | 'hour' {
  return name === 'day' || name === 'hour'
}
