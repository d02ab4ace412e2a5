import { sql } from 'kysely'
import type { Db } from '../../src/app.ts'

export type Booked = {
  requestId: string
  admittedAt: Date
  attempt: number
  keyId: string
  operation: string
  stream: boolean
  objectId: string | null
  cost: bigint
  hold: bigint
  estimated: boolean
}

/** One window of one budget: what the ledger says was spent in it, and what its usage rows add up to. */
export type BookedWindow = { budgetId: string; limit: bigint; spent: bigint; over: bigint; charged: bigint }

/** Everything our database says about money, read in one moment. */
export function readBooks(db: Db): Promise<{ rows: Booked[]; windows: BookedWindow[] }> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (db) => {
      const { rows } = await sql<Booked>`
      select request_id, admitted_at, attempt, key_id, operation, stream, object_id, cost_nano_usd as cost, hold_nano_usd as hold, estimated
      from usage order by id`.execute(db)
      const { rows: windows } = await sql<BookedWindow>`
      with charges as (
        select budget_id, window_start, sum(cost_nano_usd)::int8 as charged
        from (
          select charged_to.*, cost_nano_usd
          from usage, unnest(budget_ids, budget_window_starts) as charged_to (budget_id, window_start)
          union all select budget_id, window_start, cost_nano_usd from usage_sums_charged
        ) charge
        group by 1, 2
      )
      select budget_id, limit_nano_usd as "limit", spent_nano_usd as spent, over_nano_usd as over,
             coalesce(charged, 0) as charged
      from budget_windows full join charges using (budget_id, window_start)`.execute(db)
      return { rows, windows }
    })
}
