import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { BusMessage } from '../bus.ts'

export const CHANNEL = 'claviger'

/** Sends `message` to every process when this transaction commits, and not at all if it does not. */
export async function notify({ db }: { db: Db }, message: BusMessage): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${JSON.stringify(message)})`.execute(db)
}
