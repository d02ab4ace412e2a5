import { sql } from 'kysely'
import type { Db } from '../src/app.ts'
import { rollUpUsage } from '../src/db/usage-roll-up.ts'

/** Adds up usage, as the sweep does, in so many steps at the most. */
export async function rollUp(db: Db, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    if (!(await db.transaction().execute(rollUpUsage))) return
  }
}

/** Moves the organization to another time zone, past the audit trail. */
export async function inZone(db: Db, timeZone: string): Promise<void> {
  await sql`alter table organization disable trigger organization_audited`.execute(db)
  await sql`update organization set time_zone = ${timeZone}`.execute(db)
  await sql`alter table organization enable trigger organization_audited`.execute(db)
}
