import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '../../src/app.ts'
import type { Random } from '../simulation/random.ts'
import type { TcpProxy } from '../tcp-proxy.ts'
import type { Cluster, ClusterNode } from './cluster.ts'

type Strike = {
  cluster: Cluster
  node: ClusterNode
  random: Random
  /** Past all wires. */
  db: Db
}

export type Fault = {
  name: string
  /** Breaks something, and mends what would not mend by itself in earnest. */
  strike(strike: Strike): Promise<void>
}

const SHORT_MS = 300
const LONG_MS = 2_500

export const FAULTS: Fault[] = [
  {
    name: 'SIGKILL, restarted',
    async strike({ cluster, node, random }) {
      node.process.program.process.kill('SIGKILL')
      await node.process.program.ended
      await sleep(random.int(SHORT_MS))
      await cluster.restart(node)
    },
  },
  {
    name: 'SIGKILL again while it starts',
    async strike({ cluster, node, random }) {
      node.process.program.process.kill('SIGKILL')
      await node.process.program.ended
      const starting = cluster.restart(node).catch(() => {})
      await sleep(random.int(LONG_MS))
      node.process.program.process.kill('SIGKILL')
      await node.process.program.ended
      await starting
      await cluster.restart(node)
    },
  },
  {
    name: 'SIGTERM, restarted',
    async strike({ cluster, node }) {
      node.process.program.process.kill('SIGTERM')
      await node.process.program.ended
      await cluster.restart(node)
    },
  },
  {
    name: 'SIGSTOP, SIGCONT',
    async strike({ node, random }) {
      node.process.program.process.kill('SIGSTOP')
      await sleep(SHORT_MS + random.int(LONG_MS))
      node.process.program.process.kill('SIGCONT')
    },
  },
  wire(
    'database: cut',
    ({ node }) => node.database,
    (line) => line.cut(),
    LONG_MS,
  ),
  wire(
    'database: stalls',
    ({ node }) => node.database,
    (line) => line.stall(),
    LONG_MS,
  ),
  wire(
    'database: answers are lost',
    ({ node }) => node.database,
    (line) => line.muteServer(),
    LONG_MS,
  ),
  {
    name: 'database: ends every session',
    async strike({ db }) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()`.execute(db)
    },
  },
  wire(
    'provider: cut',
    ({ cluster }) => cluster.provider,
    (line) => line.cut(),
    SHORT_MS,
  ),
  wire(
    'provider: stalls',
    ({ cluster }) => cluster.provider,
    (line) => line.stall(),
    LONG_MS,
  ),
  wire(
    'callers: cut',
    ({ node }) => node.callers,
    (line) => line.cut(),
    SHORT_MS,
  ),
]

/** A wire fails for a while. Muting breaks it in the end: an answer that is lost does not come later. */
function wire(
  name: string,
  which: (strike: Strike) => TcpProxy,
  fail: (line: TcpProxy) => void,
  longestMs: number,
): Fault {
  return {
    name,
    async strike(strike) {
      const line = which(strike)
      fail(line)
      await sleep(strike.random.int(longestMs))
      if (name.includes('lost')) line.cut()
      line.restore()
    },
  }
}
