import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** The database's time: the one clock by which keys begin, end and resume, whichever machine asks. */
export async function databaseTime(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const [row] = rows
  if (!row) throw new Error('select without from answers one row')
  return row.now
}

/** Intl and PostgreSQL may know different time zones; days and windows are PostgreSQL's. */
export async function knowsTimeZone(db: Db, name: string): Promise<boolean> {
  const { rows } =
    await sql`select from pg_timezone_names where lower(name) = lower(${name}) limit 1`.execute(db)
  return rows.length > 0
}
