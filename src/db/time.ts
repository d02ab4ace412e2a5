import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** The database's time: the one clock by which keys begin, end and resume, whichever machine asks. */
export async function databaseTime(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const [row] = rows
  if (!row) throw new Error('select without from answers one row')
  return row.now
}

/**
 * What the database calls this time zone, however its letters were typed; null when it does not know it. Intl and
 * PostgreSQL may know different time zones; days and windows are PostgreSQL's.
 */
export async function timeZoneNamed(db: Db, typed: string): Promise<string | null> {
  const { rows } = await sql<{ name: string }>`
    select name from pg_timezone_names where lower(name) = lower(${typed}) limit 1`.execute(db)
  return rows[0]?.name ?? null
}
