import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'
import { matching, type UsageFilter } from './requests.ts'

/** Calls of which the model that served has no known price, and what was held for them instead. */
export type Unpriced = { calls: number; costNanoUsd: NanoUsd }

/** Of the usage that is meant, those calls: by an index of their own, row by row, since there are few. */
export async function sumUnpriced(db: Db, filter: UsageFilter): Promise<Unpriced> {
  const { rows } = await sql<{ calls: bigint; costNanoUsd: NanoUsd }>`
    select count(distinct request_id) + coalesce(exact_sum(attempts) filter (where request_id is null), 0) as calls,
      coalesce(exact_sum(cost_nano_usd), 0) as cost_nano_usd
    from usage_counted usage
    where ${matching(filter)} and not priced`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a sum without groups is one row')
  return { calls: Number(row.calls), costNanoUsd: row.costNanoUsd }
}
