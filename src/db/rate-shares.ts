import { sql } from 'kysely'
import type { Db } from '../app.ts'
import type { Dimension, Share } from '../domain/rate-share.ts'

/** The calls of the functions of `0021_rate_shares.sql`: the only way the program changes shares of rate limits. */

export type FigureKey = { limitId: string; dimension: Dimension }

/** What a node asks about one figure: it keeps so much of its share, counts so much now, and wants so much more. */
export type ShareRequest = FigureKey & { kept: number; needed: number; wanted: number; wished: number }

export type ShareAnswer = FigureKey & Share

/** One run of a node, from its start to its end: see the table `nodes`. */
export type NodeRun = { nodeId: string; run: bigint }

/** `turn` is higher than that of every question the node asked before: a late one changes nothing. */
export async function takeRateShares(
  db: Db,
  { nodeId, run }: NodeRun,
  turn: bigint,
  requests: readonly ShareRequest[],
): Promise<ShareAnswer[]> {
  const column = <Name extends keyof ShareRequest>(name: Name) => requests.map((request) => request[name])
  const { rows } = await sql<AnswerRow>`
    select limit_id, dimension, most, amount, over, unshared, live
    from rate_take(${nodeId}, ${run}, ${turn}, ${column('limitId')}, ${column('dimension')},
                   ${column('kept')}::int8[], ${column('needed')}::int8[], ${column('wanted')}::int8[],
                   ${column('wished')}::int8[])`.execute(db)
  return rows.map(({ limitId, dimension, most, amount, over, unshared, live }) => ({
    limitId,
    dimension,
    most: most === null ? null : Number(most),
    amount: Number(amount),
    over: Number(over),
    left: Number(unshared),
    liveNodes: live,
  }))
}

type AnswerRow = FigureKey & {
  most: bigint | null
  amount: bigint
  over: bigint
  unshared: bigint
  live: number
}

/** Earlier runs of the node are over: what they cannot have counted in their last minute is free. */
export async function returnPastShares(db: Db, { nodeId, run }: NodeRun): Promise<void> {
  await sql`select rate_return_past(${nodeId}, ${run})`.execute(db)
}
