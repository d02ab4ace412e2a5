import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import { GRAINS, type Grain } from './usage-cubes.ts'

/** A range of time, parted into units that were added up and the rest, which is read row by row. */
export type Cover = { unitIds: number[]; rest: { from: Date; to: Date }[] }

type Step = 'day' | 'hour'

type Asked = {
  from: Date
  to: Date
  /** What the cube has. */
  grains: readonly Grain[]
  /** When days or hours are told apart: units that lie in one of this zone only. */
  steps: { of: Step; timeZone: string } | null
}

/**
 * The highest number of a cube that all units have, of those that they can have: units that were made before a cube was
 * thought of get it by and by. What reads by it must be in the same snapshot.
 */
export async function newestCubeOfAll(db: Db): Promise<number> {
  const { rows } = await sql<{ newest: number | null }>`
    select min(highest_cube) as newest from usage_units`.execute(db)
  return rows[0]?.newest ?? 0
}

/**
 * Covers the time from `from` up to `to` with the longest units there are, leaving out those in which something was
 * written since they were added up. Units of a grain never overlap, of those that count here: of days abroad, those of
 * the zone that was asked for. What reads by it must be in the same snapshot.
 */
export async function coverUsage(db: Db, { from, to, grains, steps: told }: Asked): Promise<Cover> {
  const steps = GRAINS.filter((grain) => grains.includes(grain)).flatMap((grain) => {
    const fits = told === null ? WHOLE[grain] : IN_ONE[told.of][grain]?.(told.timeZone)
    return fits ? [{ grain, fits }] : []
  })
  if (steps.length === 0) return { unitIds: [], rest: [{ from, to }] }
  const open = (step: number) => sql.ref(`open_${step}`)
  const taken = steps.map(
    ({ grain, fits }, i) => sql`,
    ${sql.ref(grain)} as (
      select id, tstzrange(starts_at, ends_at) as span from ${open(i)}, unnest(span) gap cross join lateral (
        select * from usage_units where grain = ${grain} and starts_at >= lower(gap) and ends_at <= upper(gap) offset 0) unit
      where ${fits}
        and not exists (select from touched where hour < ends_at and hour + interval '1 hour' > starts_at)
    ), ${open(i + 1)} as (
      select span - coalesce((select range_agg(span) from ${sql.ref(grain)}), '{}') as span from ${open(i)}
    )`,
  )
  const ids = steps.map(({ grain }) => sql`select id from ${sql.ref(grain)}`)
  const { rows } = await sql<{ unitIds: number[]; froms: Date[]; tos: Date[] }>`
    with touched as materialized (select distinct hour from usage_touched),
    ${open(0)} as (select tstzmultirange(tstzrange(${from}, ${to})) as span)${sql.join(taken, sql``)},
    gaps as (select lower(gap) as gap_from, upper(gap) as gap_to from ${open(steps.length)}, unnest(span) gap)
    select array(${sql.join(ids, sql` union all `)}) as unit_ids,
      array(select gap_from from gaps order by 1) as froms, array(select gap_to from gaps order by 1) as tos`.execute(
    db,
  )
  const [row] = rows
  if (!row) throw new Error('select without from answers one row')
  return {
    unitIds: row.unitIds,
    rest: row.froms.map((start, i) => ({ from: start, to: row.tos[i] ?? start })),
  }
}

/** Which units count when neither days nor hours are told apart. */
const WHOLE: Record<Grain, RawBuilder<unknown> | null> = {
  quarter: sql`true`,
  month: sql`true`,
  week: sql`true`,
  day: sql`true`,
  abroad: null,
  hour: sql`true`,
}

type OfZone = (timeZone: string) => RawBuilder<unknown>

const inOne =
  (step: Step): OfZone =>
  (zone) =>
    sql`date_trunc(${step}, starts_at at time zone ${zone})
      = date_trunc(${step}, (ends_at - interval '1 microsecond') at time zone ${zone})`

/** As days are made (usage-abroad.ts), so that those of different zones are not taken together. */
const isOneDay: OfZone = (zone) => sql`
  ${inOne('day')(zone)} and starts_at = date_trunc('day', starts_at at time zone ${zone}) at time zone ${zone}
  and ends_at = (date_trunc('day', starts_at at time zone ${zone}) + interval '1 day') at time zone ${zone}`

/** Which units count when days or hours of a zone are told apart. */
const IN_ONE: Record<Step, Partial<Record<Grain, OfZone>>> = {
  day: { day: inOne('day'), abroad: isOneDay, hour: inOne('day') },
  hour: { hour: inOne('hour') },
}
