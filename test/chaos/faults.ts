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
  /** A fault of the database strikes together with it: a start may fail. */
  databaseFails: boolean
}

export type Fault = {
  name: string
  /** What of a node it hits. */
  part: 'process' | 'database' | 'provider' | 'callers'
  /** How many calls of each caller it can break at the most: one is under way at a time. */
  callsOfEach: number
  /** Breaks something, and mends what would not mend by itself in earnest. */
  strike(strike: Strike): Promise<void>
}

const SHORT_MS = 300
const LONG_MS = 2_500
/** After ten seconds without a word a node counts as gone. */
const GONE_MS = 12_000

export const FAULTS: Fault[] = [
  {
    name: 'SIGKILL, restarted',
    part: 'process',
    callsOfEach: 1,
    async strike({ cluster, node, random, databaseFails }) {
      node.process.program.process.kill('SIGKILL')
      await node.process.program.ended
      await sleep(random.int(SHORT_MS))
      await cluster.restart(node, databaseFails)
    },
  },
  {
    name: 'SIGKILL again while it starts',
    part: 'process',
    // The first it may serve again are under way when it is killed once more.
    callsOfEach: 2,
    async strike({ cluster, node, random, databaseFails }) {
      node.process.program.process.kill('SIGKILL')
      await node.process.program.ended
      const starting = cluster.start(node).catch(() => {})
      await sleep(random.int(LONG_MS))
      node.process.program.process.kill('SIGKILL')
      await node.process.program.ended
      await starting
      await cluster.restart(node, databaseFails)
    },
  },
  {
    name: 'SIGTERM, restarted',
    part: 'process',
    callsOfEach: 1,
    async strike({ cluster, node, databaseFails }) {
      node.process.program.process.kill('SIGTERM')
      await node.process.program.ended
      await cluster.restart(node, databaseFails)
    },
  },
  {
    name: 'SIGSTOP, SIGCONT',
    part: 'process',
    callsOfEach: 1,
    strike: ({ node, random }) => stopFor(node, SHORT_MS + random.int(LONG_MS)),
  },
  wire('database', 'cut', (line) => line.cut(), LONG_MS),
  wire('database', 'stalls', (line) => line.stall(), LONG_MS),
  wire('database', 'answers are lost', (line) => line.muteServer(), LONG_MS),
  {
    name: 'database: ends every session',
    part: 'database',
    callsOfEach: 1,
    async strike({ db }) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()`.execute(db)
    },
  },
  // After those under way five for each of two models, until their circuits open, and those under way by then.
  wire('provider', 'cut', (line) => line.cut(), SHORT_MS, 3),
  wire('provider', 'stalls', (line) => line.stall(), LONG_MS),
  wire('callers', 'cut', (line) => line.cut(), SHORT_MS),
]

/** It comes back with what it held, after the others have gone on without it. */
export const LONG_STOP: Fault = {
  name: 'SIGSTOP until it counts as gone',
  part: 'process',
  callsOfEach: 1,
  strike: ({ node, random }) => stopFor(node, GONE_MS + random.int(LONG_MS)),
}

async function stopFor({ process }: ClusterNode, ms: number): Promise<void> {
  process.program.process.kill('SIGSTOP')
  await sleep(ms)
  process.program.process.kill('SIGCONT')
}

/** A wire of a node fails for a while. Muting breaks it in the end: an answer that is lost does not come later. */
function wire(
  part: 'database' | 'provider' | 'callers',
  how: string,
  fail: (line: TcpProxy) => void,
  longestMs: number,
  callsOfEach = 1,
): Fault {
  return {
    name: `${part}: ${how}`,
    part,
    callsOfEach,
    async strike({ node, random }) {
      const line = node[part]
      fail(line)
      await sleep(random.int(longestMs))
      if (how.includes('lost')) line.cut()
      line.restore()
    },
  }
}
