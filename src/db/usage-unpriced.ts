import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'
import { matching, type UsageFilter } from './requests.ts'

/** Calls of which the model that served has no known price, and what was held for them instead. */
export type Unpriced = { calls: number; costNanoUsd: NanoUsd }

/** Of the usage that is meant, those calls: by an index of their own, row by row, since there are few. */
export async function sumUnpriced(db: Db, filter: UsageFilter): Promise<Unpriced> {
  const { calls, costNanoUsd } = await db
    .selectFrom('usage')
    .select([
      sql<bigint>`count(distinct request_id)`.as('calls'),
      sql<NanoUsd>`coalesce(sum(cost_nano_usd), 0)::int8`.as('costNanoUsd'),
    ])
    .where(matching(filter))
    .where(({ eb }) => eb.not(eb.ref('priced')))
    .executeTakeFirstOrThrow()
  return { calls: Number(calls), costNanoUsd }
}
