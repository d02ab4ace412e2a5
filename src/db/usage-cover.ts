import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Grain } from './usage-cubes.ts'

/** A range of time, parted into units that were added up and the rest, which is read row by row. */
export type Cover = { unitIds: number[]; rest: { from: Date; to: Date }[] }

type Asked = {
  from: Date
  to: Date
  /** What the cube has. */
  grains: readonly Grain[]
  /** When days are told apart: units that lie in one day of this zone only. */
  days: { timeZone: string } | null
}

/**
 * Covers the time from `from` up to `to` with the longest units there are, leaving out those in which something was
 * written since they were added up. Units of a grain never overlap. What reads by it must be in the same snapshot.
 */
export async function coverUsage(db: Db, { from, to, grains, days }: Asked): Promise<Cover> {
  const inOneDay =
    days === null
      ? sql`true`
      : sql`(starts_at at time zone ${days.timeZone})::date
          = ((ends_at - interval '1 microsecond') at time zone ${days.timeZone})::date`
  const usable = (grain: Grain) => sql`
    select id, tstzrange(starts_at, ends_at) as span from usage_units
    where grain = ${grain} and grain = any(${grains}) and starts_at >= ${from} and ends_at <= ${to} and ${inOneDay}
      and not exists (select from touched where hour < ends_at and hour + interval '1 hour' > starts_at)`
  const { rows } = await sql<{ unitIds: number[]; froms: Date[]; tos: Date[] }>`
    with touched as materialized (select distinct hour from usage_touched),
    months as (${usable('month')}),
    besides_months as (
      select tstzmultirange(tstzrange(${from}, ${to})) - coalesce(range_agg(span), '{}') as open from months
    ), weeks as (
      select id, span from (${usable('week')}) week, besides_months where open @> span
    ), besides_weeks as (
      select open - coalesce((select range_agg(span) from weeks), '{}') as open from besides_months
    ), days as (
      select id, span from (${usable('day')}) day, besides_weeks where open @> span
    ), besides_days as (
      select open - coalesce((select range_agg(span) from days), '{}') as open from besides_weeks
    ), hours as (
      select id, span from (${usable('hour')}) hour, besides_days where open @> span
    ), besides_hours as (
      select open - coalesce((select range_agg(span) from hours), '{}') as open from besides_days
    ), gaps as (
      select lower(gap) as gap_from, upper(gap) as gap_to from besides_hours, unnest(open) gap
    )
    select
      array(select id from months union all select id from weeks union all select id from days union all select id from hours) as unit_ids,
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
