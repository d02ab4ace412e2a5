import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { NanoUsd } from '../domain/money.ts'

export type TrafficRow = {
  secretId: string
  hourCalls: number
  hourNanoUsd: NanoUsd
  dayCalls: number
  dayNanoUsd: NanoUsd
  weekCalls: number
  weekNanoUsd: NanoUsd
}

/** How much each secret of a key was used in the hour, the day and the week before `now`: those that were used at all. */
export async function sumTraffic(db: Db, keyId: string, now: Date): Promise<TrafficRow[]> {
  // Reads the key's own rows of that week once, by the index of keys and times, and sorts none of them.
  const { rows } = await sql<{ [name in keyof TrafficRow]: name extends 'secretId' ? string : bigint }>`
    select secret_id,
      ${since('hour', '1 hour', now)}, ${since('day', '1 day', now)}, ${since('week', '7 days', now)}
    from usage
    where key_id = ${keyId} and admitted_at < ${now} and admitted_at >= ${now}::timestamptz - interval '7 days'
    group by secret_id`.execute(db)
  return rows.map(({ hourCalls, dayCalls, weekCalls, ...row }) => ({
    ...row,
    hourCalls: Number(hourCalls),
    dayCalls: Number(dayCalls),
    weekCalls: Number(weekCalls),
  }))
}

function since(name: string, length: string, now: Date) {
  const within = sql`filter (where admitted_at >= ${now}::timestamptz - ${length}::interval)`
  // All attempts of a call have its secret and its time of admission: the first one stands for it. Of a refused one it is 0.
  const first = sql`filter (where attempt <= 1 and admitted_at >= ${now}::timestamptz - ${length}::interval)`
  return sql`count(*) ${first} as ${sql.ref(`${name}_calls`)},
    coalesce(exact_sum(cost_nano_usd) ${within}, 0) as ${sql.ref(`${name}_nano_usd`)}`
}
