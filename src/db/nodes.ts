import { sql } from 'kysely'
import type { Db } from '../app.ts'
import { AppError } from '../domain/errors.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { WindowKey } from './ledger.ts'
import type { NodeRun } from './rate-shares.ts'

/** The calls of the functions in `0019_nodes.sql` and `0039_node_return.sql`: who works on this database, by the database's time. */

export type NodeStart = { databaseNow: Date; run: bigint; trustedUntil: Date }
export type NodeBeat = { databaseNow: Date; trustedUntil: Date; liveNodes: number }
export type NodeReturn = { databaseNow: Date; trustedUntil: Date }

export type NodeTerms = {
  /** Only a gateway takes leases for calls. */
  gateway: boolean
  /** How long the node may use what it holds while the database does not hear from it. */
  trustedSeconds: number
}

export async function startNode(
  db: Db,
  nodeId: string,
  { gateway, trustedSeconds }: NodeTerms,
): Promise<NodeStart> {
  const { rows } = await sql<NodeStart>`
    select clock_timestamp() as database_now, started.* from node_start(${nodeId}, ${gateway}, ${trustedSeconds}) started`.execute(
    db,
  )
  return answered(rows)
}

/** Throws `UnknownNode` when this run of the node never started here. */
export async function beatNode(db: Db, { nodeId, run }: NodeRun, trustedSeconds: number): Promise<NodeBeat> {
  const { rows } = await sql<NodeBeat>`
    select clock_timestamp() as database_now, beat.* from node_beat(${nodeId}, ${trustedSeconds}) beat
    where exists (select from nodes where id = ${nodeId} and run >= ${run})`.execute(db)
  return answered(rows)
}

/** This run of the node is there again, in a database that does not know it. */
export async function returnNode(
  db: Db,
  { nodeId, run }: NodeRun,
  { gateway, trustedSeconds }: NodeTerms,
): Promise<NodeReturn> {
  const { rows } = await sql<NodeReturn>`
    select clock_timestamp() as database_now, back.*
    from node_return(${nodeId}, ${gateway}, ${trustedSeconds}, ${run}) back`.execute(db)
  return answered(rows)
}

export async function stopNode(db: Db, nodeId: string): Promise<void> {
  await sql`select node_stop(${nodeId})`.execute(db)
}

/** The node's row is not there, or is that of an earlier run: what is there now is a backup from before it started. */
export class UnknownNode extends Error {
  override name = 'UnknownNode'
}

function answered<Row>([row]: Row[]): Row {
  if (!row) throw new UnknownNode('The database does not know this node.')
  return row
}

export type Stranded = { nodeId: string; heartbeatAt: Date | null; amountNanoUsd: NanoUsd; windows: number }

/** What is set aside for nodes that are gone, by node. */
export async function listStranded(db: Db): Promise<Stranded[]> {
  const { rows } = await sql<Stranded>`
    select node_id, max(heartbeat_at) as heartbeat_at, sum(amount_nano_usd)::int8 as amount_nano_usd,
           count(*)::int as windows
    from stranded_leases group by node_id order by node_id`.execute(db)
  return rows
}

/**
 * Gives back what is set aside for a node that will never return, window by window; null when there is no such node.
 * Throws a conflict while the node may still let calls in.
 */
export async function writeOffNode(
  db: Db,
  nodeId: string,
): Promise<(WindowKey & { amountNanoUsd: NanoUsd })[] | null> {
  const known = await sql`
    select from nodes where id = ${nodeId} union all select from leases where node_id = ${nodeId} limit 1`.execute(
    db,
  )
  if (known.rows.length === 0) return null
  try {
    const { rows } = await sql<WindowKey & { amountNanoUsd: NanoUsd }>`
      select * from ledger_write_off(${nodeId})`.execute(db)
    return rows
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== OBJECT_IN_USE) throw error
    const what = `The node ${nodeId} may still let calls in: stop it, or wait until it is no longer trusted.`
    throw new AppError('conflict', what, { cause: error })
  }
}

const OBJECT_IN_USE = '55006'
