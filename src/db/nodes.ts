import { sql } from 'kysely'
import type { Db } from '../app.ts'

/** The calls of the functions in `0019_nodes.sql`: who works on this database, by the database's time. */

export type NodeStart = { databaseNow: Date; run: bigint; trustedUntil: Date }
export type NodeBeat = { databaseNow: Date; trustedUntil: Date; liveNodes: number }

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

/** Throws when the node never started: its row is gone. */
export async function beatNode(db: Db, nodeId: string, trustedSeconds: number): Promise<NodeBeat> {
  const { rows } = await sql<NodeBeat>`
    select clock_timestamp() as database_now, beat.* from node_beat(${nodeId}, ${trustedSeconds}) beat`.execute(
    db,
  )
  return answered(rows)
}

export async function stopNode(db: Db, nodeId: string): Promise<void> {
  await sql`select node_stop(${nodeId})`.execute(db)
}

function answered<Row>([row]: Row[]): Row {
  if (!row) throw new Error('The database does not know this node.')
  return row
}
