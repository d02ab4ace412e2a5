import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import { forgetZones, missingAbroad } from './usage-abroad.ts'
import { AMOUNTS, CUBES, type Cube, type Grain, HOLDER_COLUMNS, NEWEST_CUBE } from './usage-cubes.ts'

/*
 *  usage ──▶ hours, days abroad             a unit is over before it is made; `usage_touched` names the hours in which
 *    └─────▶ days ──▶ weeks                 something was written since, and what overlaps them is added up anew
 *              └────▶ months ──▶ quarters
 *
 *  Of `usage`, and of what erased calls add up to: `usage_counted` is both, and adds up to the same before and after.
 */

/** Hours that are added up anew, or made, in one step. */
const HOURS = 24
/** How many units of a grain get the cubes they lack in one step: a day may have as many rows as many hours. */
const COMPLETED_AT_ONCE: Record<Grain, number> = {
  hour: 24,
  day: 1,
  abroad: 8,
  week: 1,
  month: 1,
  quarter: 1,
}
/** A day's last calls are settled before it is added up for the first time; later ones cost adding it up again. */
const SETTLING = sql`interval '15 minutes'`
/** For the advisory lock of whoever adds up. */
export const ROLL_UP_TURN = 7_236_531

/** Parts before what is added up from them. */
const PARTS_FIRST = ['day', 'hour', 'abroad', 'week', 'month', 'quarter'] as const satisfies Grain[]

type UnitRef = { id: number; grain: Grain }

/**
 * One step: adds up what was touched since; or else makes the newest units that are missing; or else gives units that
 * were made before a cube was thought of what they lack. True when it did something, and there may be more. To be called
 * in a transaction; of several at once, one works.
 */
export async function rollUpUsage(db: Db): Promise<boolean> {
  // A day may have millions of rows. Nobody waits for this, and it holds nothing that others wait for.
  await sql`set local statement_timeout = '30min'; set local work_mem = '64MB'`.execute(db)
  const turn = await sql<{
    taken: boolean
  }>`select pg_try_advisory_xact_lock(${ROLL_UP_TURN}) as taken`.execute(db)
  const organization = await db.selectFrom('organization').select('timeZone').executeTakeFirst()
  if (!turn.rows[0]?.taken || !organization) return false
  const { timeZone } = organization
  await dropElsewhere(db, timeZone)
  const touched = await takeTouched(db)
  if (touched.units.length > 0) {
    await addUp(db, touched.units)
    return true
  }
  const made = await makeUnits(db, timeZone)
  if (made.length > 0) {
    await addUp(db, made)
    return true
  }
  return (await complete(db)) || touched.more
}

/** Units of another zone's days are right, but would overlap with those of this one; days abroad that nobody asks for. */
async function dropElsewhere(db: Db, timeZone: string): Promise<void> {
  await forgetZones(db, timeZone)
  const { rows } = await sql<{ id: number }>`
    delete from usage_units
    where case grain when 'abroad' then days_of not in (select time_zone from usage_zones)
      else days_of <> ${timeZone} end
    returning id`.execute(db)
  await emptyUnits(
    db,
    rows.map(({ id }) => id),
  )
}

/**
 * Adds the cubes that they lack to the newest units that were made before these: to days and hours first. Their strays
 * are there: which attempts are strays does not depend on the cubes.
 */
async function complete(db: Db): Promise<boolean> {
  const { rows } = await sql<UnitRef & { highestCube: number }>`
    with old as (
      select id, grain, highest_cube, starts_at, array_position(${[...PARTS_FIRST]}, grain) as turn
      from usage_units where highest_cube < ${NEWEST_CUBE}
    )
    select id, grain, highest_cube from old
    where (turn, highest_cube) = (select turn, highest_cube from old order by turn, highest_cube limit 1)
    order by starts_at desc limit ${Math.max(...Object.values(COMPLETED_AT_ONCE))}`.execute(db)
  const [first] = rows
  if (!first) return false
  const { grain, highestCube } = first
  const units = rows.slice(0, COMPLETED_AT_ONCE[grain])
  // A unit that was made anew from parts of which some lack a cube has that cube of the others; and cells of cubes that
  // there are no more are of no use.
  const kept = CUBES.map(({ number }) => number).filter((number) => number <= highestCube)
  await sql`
    delete from usage_cells where cube <> all(${kept}) and unit_id = any(${units.map(({ id }) => id)})`.execute(
    db,
  )
  await makeCells(
    db,
    units,
    CUBES.filter(({ number }) => number > highestCube),
  )
  return true
}

/**
 * The units that overlap with the newest touched hours. The marks are taken away first and the rows read after: what is
 * committed in between is read, and stays marked.
 */
async function takeTouched(db: Db): Promise<{ units: UnitRef[]; more: boolean }> {
  const { rows: marks } = await sql<{ hour: Date }>`
    delete from usage_touched where hour in
      (select distinct hour from usage_touched order by hour desc limit ${HOURS})
    returning hour`.execute(db)
  const hours = [...new Set(marks.map(({ hour }) => hour.getTime()))].map((ms) => new Date(ms))
  const { rows: units } = await sql<UnitRef>`
    select id, grain from usage_units u
    where exists (select from unnest(${hours}::timestamptz[]) hour
      where hour < u.ends_at and hour + interval '1 hour' > u.starts_at)`.execute(db)
  return { units, more: hours.length === HOURS }
}

/**
 * Makes the newest day that is over and has no unit, hours and days abroad that are over, and weeks, months and quarters all of whose
 * parts are there: from the first day of the month in which there is anything, so that an older row finds its day when these are made anew.
 */
async function makeUnits(db: Db, timeZone: string): Promise<UnitRef[]> {
  const { rows } = await sql<UnitRef>`
    with known as (
      select min(admitted_at) as first, now() as now, now() at time zone ${timeZone} as local,
        min(admitted_at) at time zone ${timeZone} as local_first
      from usage_counted
    ), missing_day as (
      select d at time zone ${timeZone} as starts_at, (d + interval '1 day') at time zone ${timeZone} as ends_at
      from known, generate_series(date_trunc('month', local_first), date_trunc('day', local), interval '1 day') d
      where (d + interval '1 day') at time zone ${timeZone} + ${SETTLING} <= now
        and not exists (select from usage_units u where u.grain = 'day' and u.starts_at = d at time zone ${timeZone})
      order by d desc limit 1
    ), missing_hours as (
      select h as starts_at, h + interval '1 hour' as ends_at
      from known, generate_series(date_trunc('hour', first, 'UTC'), date_trunc('hour', now, 'UTC') - interval '1 hour', interval '1 hour') h
      where not exists (select from usage_units u where u.grain = 'hour' and u.starts_at = h)
      order by h desc limit ${HOURS}
    ), missing_weeks as (${missingOfParts('week', timeZone)}
    ), missing_months as (${missingOfParts('month', timeZone)}
    ), missing_quarters as (${missingOfParts('quarter', timeZone)}
    ), missing_abroad as (${missingAbroad(SETTLING)}
    )
    insert into usage_units (grain, starts_at, ends_at, days_of)
    select 'day', starts_at, ends_at, ${timeZone} from missing_day
    union all select 'hour', starts_at, ends_at, null from missing_hours
    union all select 'week', starts_at, ends_at, ${timeZone} from missing_weeks
    union all select 'month', starts_at, ends_at, ${timeZone} from missing_months
    union all select 'quarter', starts_at, ends_at, ${timeZone} from missing_quarters
    union all select 'abroad', starts_at, ends_at, time_zone from missing_abroad
    returning id, grain`.execute(db)
  return rows
}

/** What longer units are added up from, and how long both are. */
const PARTS = {
  week: { length: '1 week', part: 'day', partLength: '1 day' },
  month: { length: '1 month', part: 'day', partLength: '1 day' },
  quarter: { length: '3 months', part: 'month', partLength: '1 month' },
} as const

/** The newest weeks, months or quarters of which every part is there. */
function missingOfParts(grain: keyof typeof PARTS, timeZone: string): RawBuilder<unknown> {
  const { part } = PARTS[grain]
  const length = sql.lit(PARTS[grain].length)
  const partLength = sql.lit(PARTS[grain].partLength)
  return sql`
      select m at time zone ${timeZone} as starts_at, (m + interval ${length}) at time zone ${timeZone} as ends_at
      from known, generate_series(date_trunc(${grain}, local_first), date_trunc(${grain}, local), interval ${length}) m
      where not exists (
          select from usage_units u where u.grain = ${grain} and u.starts_at = m at time zone ${timeZone})
        and not exists (
          select from generate_series(m, m + interval ${length} - interval ${partLength}, interval ${partLength}) p
          where not exists (
            select from usage_units u where u.grain = ${part} and u.starts_at = p at time zone ${timeZone}))
      order by m desc limit 4`
}

/** Makes these units anew: of hours and days from the rows, of what is longer from its parts. */
async function addUp(db: Db, units: UnitRef[]): Promise<void> {
  await emptyUnits(
    db,
    units.map(({ id }) => id),
  )
  await makeCells(db, units, CUBES)
  await listStrays(db, units)
}

async function emptyUnits(db: Db, unitIds: number[]): Promise<void> {
  if (unitIds.length === 0) return
  await sql`delete from usage_cells where unit_id = any(${unitIds})`.execute(db)
  await sql`delete from usage_strays where unit_id = any(${unitIds})`.execute(db)
}

const OF_ROWS = ['hour', 'day', 'abroad'] as const satisfies Grain[]
const OF_PARTS = ['week', 'month', 'quarter'] as const satisfies Grain[]

function idsOf(units: UnitRef[], grain: Grain): number[] {
  return units.filter((unit) => unit.grain === grain).map(({ id }) => id)
}

/** Makes these cells of units that have none of them. */
async function makeCells(db: Db, units: UnitRef[], cubes: readonly Cube[]): Promise<void> {
  for (const grain of OF_ROWS) {
    const made = idsOf(units, grain)
    const its = cubes.filter(({ grains }) => grains.includes(grain))
    if (made.length > 0 && its.length > 0) await addUpRows(db, made, its)
    await sql`update usage_units set highest_cube = ${NEWEST_CUBE} where id = any(${made})`.execute(db)
  }
  for (const grain of OF_PARTS) {
    const made = idsOf(units, grain)
    if (made.length > 0) await addUpParts(db, made, PARTS[grain].part, cubes)
  }
}

/** Lists the attempts that have an earlier one of the same call, but not in all their cells. */
async function listStrays(db: Db, units: UnitRef[]): Promise<void> {
  const ofRows = OF_ROWS.flatMap((grain) => idsOf(units, grain))
  if (ofRows.length > 0) {
    await sql`
      insert into usage_strays (unit_id, usage_id)
      select unit.id, u.id ${rowsWithin(ofRows)} and u.attempt > 1 and not ${REPEATS}`.execute(db)
  }
  for (const grain of OF_PARTS) {
    const made = idsOf(units, grain)
    if (made.length === 0) continue
    await sql`
      insert into usage_strays (unit_id, usage_id)
      select long.id, s.usage_id ${partsOf(PARTS[grain].part)} join usage_strays s on s.unit_id = part.id
      where long.id = any(${made})`.execute(db)
  }
}

/** The rows `u` of each `unit`. The offset keeps it to one look into the index for each. */
function rowsWithin(unitIds: number[]): RawBuilder<unknown> {
  return sql`from usage_units unit cross join lateral (
      select * from usage_counted where admitted_at >= unit.starts_at and admitted_at < unit.ends_at offset 0) u
    where unit.id = any(${unitIds})`
}

/** The units of this grain, `part`, that lie in each `long` one. */
function partsOf(grain: Grain): RawBuilder<unknown> {
  return sql`
    from usage_units long
    join usage_units part on part.grain = ${grain} and part.starts_at >= long.starts_at and part.ends_at <= long.ends_at`
}

async function addUpRows(db: Db, unitIds: number[], cubes: readonly Cube[]): Promise<void> {
  const within = rowsWithin(unitIds)
  await nameFacts(db, within, cubes)
  const cells = cubes.map(
    (cube) => sql`
      select unit_id, ${sql.lit(cube.number)}::int, h.id, s.id, t.id, ${SUMS} from lines
      left join usage_holders h on h.facts = ${cube.holder.length > 0 ? holderFacts(cube) : sql`null`}
      left join usage_services s on s.facts = ${cube.service ? SERVICE_FACTS : sql`null`}
      left join usage_tag_sets t on t.facts = ${cube.tags ? TAG_FACTS : sql`null`}
      group by 1, 2, 3, 4, 5`,
  )
  await sql`
    with lines as materialized (
      select unit.id as unit_id, u.team_id, u.project_id, u.environment_id, u.user_id, u.service_account_id, u.key_id,
        u.operation, u.provider_id, u.model, u.tags, exact_sum(u.attempts) as attempts,
        count(*) filter (where u.attempt > 1 and ${REPEATS}) as repeats,
        exact_sum(u.errors) as errors, exact_sum(u.input_tokens) as input_tokens,
        exact_sum(u.cached_input_tokens) as cached_input_tokens, exact_sum(u.cache_write_tokens) as cache_write_tokens,
        exact_sum(u.output_tokens) as output_tokens, exact_sum(u.reasoning_tokens) as reasoning_tokens,
        exact_sum(u.cost_nano_usd) as cost_nano_usd
      ${within} group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    )
    insert into usage_cells ${sql.join(cells, sql` union all `)}`.execute(db)
}

/** Gives a number to each holder, service and set of tags that has none yet. */
async function nameFacts(db: Db, within: RawBuilder<unknown>, cubes: readonly Cube[]): Promise<void> {
  const holders = cubes
    .filter(({ holder }) => holder.length > 0)
    .map(
      (cube) => sql`, ${sql.ref(`cube_${cube.number}`)} as (
        insert into usage_holders (team_id, project_id, environment_id, user_id, service_account_id, key_id)
        select distinct ${sql.join(holderColumns(cube))} from lines on conflict do nothing)`,
    )
  await sql`
    with lines as materialized (
      select distinct u.team_id, u.project_id, u.environment_id, u.user_id, u.service_account_id, u.key_id,
        u.operation, u.provider_id, u.model, u.tags ${within}
    ) ${sql.join(holders, sql` `)}, services as (
      insert into usage_services (operation, provider_id, model)
      select distinct operation, provider_id, model from lines on conflict do nothing
    )
    insert into usage_tag_sets (tags) select distinct tags from lines on conflict do nothing`.execute(db)
}

async function addUpParts(
  db: Db,
  unitIds: number[],
  grain: 'day' | 'month',
  cubes: readonly Cube[],
): Promise<void> {
  const numbers = cubes.map(({ number }) => number)
  const parts = partsOf(grain)
  await sql`
    insert into usage_cells
    select long.id, c.cube, c.holder_id, c.service_id, c.tag_set_id, ${SUMS}
    ${parts} join usage_cells c on c.unit_id = part.id and c.cube = any(${numbers})
    where long.id = any(${unitIds}) group by 1, 2, 3, 4, 5`.execute(db)
  // A part may still lack a cube, when something was written in it before it was completed.
  await sql`
    update usage_units u set highest_cube = made.highest_cube
    from (select long.id, min(part.highest_cube) as highest_cube ${parts} where long.id = any(${unitIds}) group by 1) made
    where u.id = made.id`.execute(db)
}

const SUMS = sql.join(
  ['attempts', 'repeats', 'errors', ...AMOUNTS].map((name) => sql`exact_sum(${sql.ref(name)})`),
)

/**
 * Whether the attempt `u` has an earlier one of the same call that is in all its cells, whatever they tell apart. It is
 * asked of few, by their index: `exists` would be made a join, for which PostgreSQL reads every call there is as soon as
 * more than a few units are added up.
 */
const REPEATS = sql`(
  select true from usage_counted e
  where e.request_id = u.request_id and e.attempt < u.attempt and e.admitted_at = u.admitted_at
    and (e.key_id, e.environment_id, e.project_id, e.team_id, e.operation, e.tags)
      = (u.key_id, u.environment_id, u.project_id, u.team_id, u.operation, u.tags)
    and e.user_id is not distinct from u.user_id and e.service_account_id is not distinct from u.service_account_id
    and e.provider_id is not distinct from u.provider_id and e.model is not distinct from u.model
  limit 1) is not null`

/** All six, null where the cube does not tell them apart. */
function holderColumns(cube: Cube): RawBuilder<unknown>[] {
  return Object.entries(HOLDER_COLUMNS).map(([name, column]) =>
    cube.holder.some((told) => told === name) ? sql.ref(`lines.${column}`) : sql`null`,
  )
}

/** As the generated columns of the tables spell it (migrations/0031_usage_rollups.sql). */
function holderFacts(cube: Cube): RawBuilder<unknown> {
  const parts = holderColumns(cube).map((column) => sql`coalesce(${column}, '')`)
  return sql`(${sql.join(parts, sql` || '/' || `)})`
}

const SERVICE_FACTS = sql`(lines.operation || '/' || coalesce(lines.provider_id, '') || '/' || coalesce('=' || lines.model, ''))`
const TAG_FACTS = sql`(md5(lines.tags::text) || md5('tags' || lines.tags::text))`
