import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Cluster,
  clusterUrl,
  initCluster,
  SUPERUSER,
  startCluster,
  stopCluster,
} from '../src/db/cluster.ts'

/** Nothing here outlives the run, so nothing needs to reach the disk. */
const FAST = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=400',
  'shared_buffers=64MB',
]

export type TemporaryDatabase = {
  cluster: Cluster
  url: (database: string) => string
  stop: () => Promise<void>
}

/** A PostgreSQL that is gone afterwards: for tests and for printing the schema. */
export async function temporaryDatabase(): Promise<TemporaryDatabase> {
  const parent = mkdtempSync(join(tmpdir(), 'claviger-database-'))
  chmodSync(parent, 0o711)
  const directory = join(parent, 'data')
  const password = randomBytes(16).toString('hex')
  await initCluster(directory, password)
  const cluster = await startCluster(directory, password, { settings: FAST })
  return {
    cluster,
    url: (database) => clusterUrl(cluster, SUPERUSER, database),
    async stop() {
      await stopCluster(cluster)
      rmSync(parent, { recursive: true, force: true })
    },
  }
}
