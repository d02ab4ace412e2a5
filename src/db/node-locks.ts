import type pg from 'pg'
import { connectOnce } from './connect.ts'

const DATA_DIRECTORY = 7_236_502
const GATEWAY = 7_236_503

/** Why this process may not run: another one holds what it needs. */
export type Taken = 'data-directory' | 'gateway'

export type NodeLocks = { taken: Taken | null; release(): Promise<void> }

/**
 * Takes this data directory (known by the node id kept in it), which only one process may have, and a share of this
 * database's gateway: any number may have one, but for a version that wants it for itself. The locks belong to a connection of their own and die with the process. When the database goes
 * away so do they; the node takes them again when it is back.
 */
export async function lockNode(
  url: string,
  nodeId: string,
  servesGateway: boolean,
  onTaken: (taken: Taken) => void,
): Promise<NodeLocks> {
  let closed = false
  let retry: NodeJS.Timeout | undefined
  let client = await connectOnce(url, 'node')
  const taken = await takeLocks(client, nodeId, servesGateway)
  if (taken) await client.end()
  else watch()

  function watch(): void {
    client.once('end', retake)
  }

  function retake(): void {
    if (closed) return
    retry = setTimeout(async () => {
      try {
        client = await connectOnce(url, 'node')
        if (closed) return void client.end()
        const taken = await takeLocks(client, nodeId, servesGateway)
        if (taken) return onTaken(taken)
        watch()
      } catch {
        retake()
      }
    }, 1_000)
  }

  return {
    taken,
    async release() {
      closed = true
      clearTimeout(retry)
      await client.end().catch(() => {})
    },
  }
}

async function takeLocks(client: pg.Client, nodeId: string, servesGateway: boolean): Promise<Taken | null> {
  if (!(await take(client, 'pg_try_advisory_lock', DATA_DIRECTORY, nodeId))) return 'data-directory'
  if (servesGateway && !(await take(client, 'pg_try_advisory_lock_shared', GATEWAY, 'gateway')))
    return 'gateway'
  return null
}

type Lock = 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared'

async function take(client: pg.Client, lock: Lock, space: number, name: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`select ${lock}($1, hashtext($2)) as taken`, [
    space,
    name,
  ])
  return rows[0]?.taken === true
}
