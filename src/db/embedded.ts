import { randomBytes } from 'node:crypto'
import { chmod, chown } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { keepSecret } from '../data-directory.ts'
import {
  type Cluster,
  clusterUrl,
  initCluster,
  isRunning,
  SUPERUSER,
  startCluster,
  stopCluster,
} from './cluster.ts'
import { connectOnce } from './connect.ts'
import { databaseUser } from './database-user.ts'

const NAME = 'claviger'
const LOOK_MS = 1_000

/** It outlives a crash of ours, writes safely, keeps a week of its own log, and starts none of it on the network. */
const SETTINGS = [
  'fsync=on',
  'synchronous_commit=on',
  'max_connections=60',
  'password_encryption=scram-sha-256',
  'logging_collector=on',
  'log_filename=%a.log',
  'log_rotation_age=1d',
  'log_rotation_size=0',
  'log_truncate_on_rotation=on',
]

export type EmbeddedDatabase = { url: string; adopted: boolean; stop(): Promise<void> }

/** The PostgreSQL of this data directory: made on the first start, adopted when a crash left it running. */
export async function openEmbeddedDatabase(dataDir: string, log: Logger): Promise<EmbeddedDatabase> {
  const directory = join(dataDir, 'database')
  const { value: password } = keepSecret(dataDir, 'database-password', () => randomBytes(24).toString('hex'))
  await letThrough(dataDir)
  await initCluster(directory, password)
  const cluster = await startCluster(directory, password, { settings: SETTINGS })
  await createDatabase(cluster)
  const guard = keepRunning(cluster, log)
  return {
    url: clusterUrl(cluster, NAME, NAME),
    adopted: cluster.adopted,
    async stop() {
      await guard.close()
      await stopCluster(cluster)
    },
  }
}

/** Starts the server again, on the same port, when something has ended it. */
function keepRunning(cluster: Cluster, log: Logger): { close(): Promise<void> } {
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, LOOK_MS)
  async function look(): Promise<void> {
    if (isRunning(cluster)) return
    log.error('the embedded database is gone; starting it again')
    await startCluster(cluster.directory, cluster.password, { settings: SETTINGS, port: cluster.port }).catch(
      (error) => log.error({ err: error }, 'the embedded database does not start'),
    )
  }
  return {
    async close() {
      clearInterval(timer)
      await looking
    },
  }
}

/** Root's database runs as another system user, who may pass through this directory but not look around in it. */
async function letThrough(dataDir: string): Promise<void> {
  const user = databaseUser()
  if (!user) return
  await chown(dataDir, 0, user.gid)
  await chmod(dataDir, 0o710)
}

/** The program's own role is no superuser: an injected statement could not leave the database. */
async function createDatabase(cluster: Cluster): Promise<void> {
  const client = await connectOnce(clusterUrl(cluster, SUPERUSER, 'postgres'), 'init')
  try {
    await client.query('select pg_advisory_lock(1)')
    const roles = await client.query('select from pg_roles where rolname = $1', [NAME])
    if (roles.rowCount === 0) await client.query(`create role ${NAME} login password '${cluster.password}'`)
    const databases = await client.query('select from pg_database where datname = $1', [NAME])
    if (databases.rowCount === 0) await client.query(`create database ${NAME} owner ${NAME}`)
  } finally {
    await client.end()
  }
}
