import { sql } from 'kysely'
import type { Db } from '../app.ts'
import { ROLL_UP_TURN } from './usage-roll-up.ts'

/*
 *  usage ──usage_erase()──▶ usage_sums            by quarters of an hour: `usage_counted` adds both up, as reports do
 *                     └───▶ usage_sums_charged    by budget and window: `claviger doctor ledger` adds it to the rows
 */

/** For the advisory lock of whoever erases. */
const TURN = 7_236_542
/** How long gateways may wait, once a day, for the horizon to move: also when whoever moves it stops before it commits. */
const PATIENCE = sql`set local lock_timeout = '200ms'; set local idle_in_transaction_session_timeout = '1s'`

/** Where sums of erased calls begin and end: the contract lets through any moment, and these have no finer parts. */
const SLOT_MS = 15 * 60_000

/** From when on single calls are there; null when none were erased. */
export async function findErasedBefore(db: Db): Promise<Date | null> {
  const { erasedBefore } = await db
    .selectFrom('usageHorizon')
    .select('erasedBefore')
    .executeTakeFirstOrThrow()
  return erasedBefore
}

/** The beginning of the quarter of an hour, where only sums are left; else the moment itself. */
export function countedFrom(moment: Date, erasedBefore: Date | null): Date {
  if (erasedBefore === null || moment >= erasedBefore) return moment
  return new Date(Math.floor(moment.getTime() / SLOT_MS) * SLOT_MS)
}

/** Where the horizon is when calls are kept for so many days: at the beginning of a day, there where the organization is. */
export async function horizonAfter(db: Db, callDays: number): Promise<Date> {
  const { rows } = await sql<{ horizon: Date }>`
    select date_bin('15 minutes',
      (date_trunc('day', now() at time zone time_zone) - make_interval(days => ${callDays})) at time zone time_zone,
      'epoch') as horizon
    from organization`.execute(db)
  const [row] = rows
  if (!row) throw new Error('there are no settings without an organization')
  return row.horizon
}

/** When the oldest single call was let in. */
export async function findOldestCall(db: Db): Promise<Date | null> {
  const oldest = await db
    .selectFrom('usage')
    .select('admittedAt')
    .orderBy('admittedAt')
    .limit(1)
    .executeTakeFirst()
  return oldest?.admittedAt ?? null
}

/**
 * Moves the horizon, and from when this commits no call from before is booked. Waits for gateways that are booking, and
 * fails when that takes long. Last in its transaction, which is to end at once: gateways wait for it.
 */
export async function moveHorizon(db: Db, to: Date): Promise<void> {
  await PATIENCE.execute(db)
  await sql`select pg_advisory_xact_lock(usage_horizon_lock())`.execute(db)
  await sql`
    update usage_horizon set erased_before = ${to} where erased_before is null or erased_before < ${to}`.execute(
    db,
  )
}

/** PostgreSQL gave up waiting for a lock. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}

/**
 * Erases the oldest calls from before the horizon, `most` and their further attempts, and answers how many rows went. To be
 * called in a transaction; of several at once, one works, and none while usage is being added up.
 */
export async function eraseUsage(db: Db, most: number): Promise<number> {
  // What is lost in a crash is erased again: nobody needs to wait for the disk.
  await sql`set local statement_timeout = '60s'; set local synchronous_commit = off`.execute(db)
  const { rows } = await sql<{ taken: boolean; free: boolean }>`
    select pg_try_advisory_xact_lock(${TURN}) as taken, not exists (
      select from pg_locks where locktype = 'advisory' and granted
        and (classid, objid, objsubid) = (0, ${ROLL_UP_TURN}, 1)
        and database = (select oid from pg_database where datname = current_database())) as free`.execute(db)
  if (!rows[0]?.taken || !rows[0].free) return 0
  const erased = await sql<{ erased: number }>`select usage_erase(${most}) as erased`.execute(db)
  return erased.rows[0]?.erased ?? 0
}
