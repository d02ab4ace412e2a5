import { type Insertable, sql } from 'kysely'
import type { Db } from '../app.ts'
import type { PolicyAllowances } from './schema.ts'

export async function insertPolicyAllowance(db: Db, allowance: Insertable<PolicyAllowances>): Promise<void> {
  await db.insertInto('policyAllowances').values(allowance).execute()
}

export async function setPolicyAllowanceEnded(db: Db, allowanceId: string): Promise<void> {
  await db
    .updateTable('policyAllowances')
    .set({ endedAt: sql<Date>`clock_timestamp()` })
    .where('id', '=', allowanceId)
    .where('endedAt', 'is', null)
    .execute()
}
