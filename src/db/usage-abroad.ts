import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'

/*
 * Days abroad: the days of a time zone that is not the organization's. Whoever asks for them lets the sweep add them up;
 * until it has, a report reads hours, and rows where a day begins within one. A zone that nobody asks for is forgotten.
 */

/** More at a time are not added up: the next one waits until one is forgotten. */
const MOST_ZONES = 12
const FORGOTTEN_AFTER = sql`interval '30 days'`
/** Days that are added up in one step; they have small cubes only. */
const DAYS_AT_ONCE = 8

/** Remembers that somebody asked for days of this zone, by the name that the database has for it; to the day, so that mostly nothing is written. */
export async function noteZone(db: Db, timeZone: string): Promise<void> {
  await sql`
    insert into usage_zones (time_zone) select ${timeZone}
    where not exists (select from organization where lower(time_zone) = lower(${timeZone}))
      and not exists (
        select from usage_zones where time_zone = ${timeZone} and asked_at > now() - interval '1 day')
      and (exists (select from usage_zones where time_zone = ${timeZone})
        or (select count(*) from usage_zones) < ${MOST_ZONES})
    on conflict (time_zone) do update set asked_at = excluded.asked_at`.execute(db)
}

/** Forgets zones that nobody asked for in a while, and the organization's, which has days of its own. */
export async function forgetZones(db: Db, organizationZone: string): Promise<void> {
  await sql`
    delete from usage_zones
    where asked_at < now() - ${FORGOTTEN_AFTER} or lower(time_zone) = lower(${organizationZone})`.execute(db)
}

/** The newest days abroad that are over and missing: \`starts_at\`, \`ends_at\`, \`time_zone\`. */
export function missingAbroad(settling: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select distinct on (ends_at, starts_at) starts_at, ends_at, time_zone
    from usage_zones, (select min(admitted_at) as first, now() as now from usage_counted) known,
    lateral (
      select d at time zone time_zone as starts_at, (d + interval '1 day') at time zone time_zone as ends_at
      from generate_series(date_trunc('month', first at time zone time_zone),
        date_trunc('day', now at time zone time_zone), interval '1 day') d
    ) day
    where ends_at + ${settling} <= now and not exists (
      select from usage_units u
      where u.grain in ('day', 'abroad') and u.starts_at = day.starts_at and u.ends_at = day.ends_at)
    order by ends_at desc, starts_at desc limit ${DAYS_AT_ONCE}`
}
