import type { Logger } from 'pino'
import type { App } from './app.ts'
import { createAuditMetrics } from './audit-metrics.ts'
import { type Config, ConfigError } from './config.ts'
import { nodeIdIn } from './data-directory.ts'
import { createBus } from './db/bus.ts'
import { connect } from './db/connect.ts'
import { keepRootKeyCheck } from './db/installation.ts'
import { migrate } from './db/migrate.ts'
import { lockNode, type Taken } from './db/node-locks.ts'
import { createEgress } from './egress.ts'
import { createKeyring } from './keyring.ts'
import { createLedger } from './ledger/create-ledger.ts'
import { createMetrics } from './metrics.ts'

const CONNECTIONS = 10
const REPORT_TIMEOUT_MS = 10_000
/** To compile a statement takes longer than any of ours, also where PostgreSQL expects many rows. */
const SETTINGS = { jit: 'off' }
/**
 * A report uses one core. Its groups stay in memory: twenty thousand take 6 MB, for as long as the report takes.
 */
const REPORT_SETTINGS = { max_parallel_workers_per_gather: '0', work_mem: '32MB' }

export type Parts = {
  config: Config
  rootKey: Buffer
  databaseUrl: string
  log: Logger
  clock: () => Date
  /** The database was away, and when it came back another process had taken our place: this one must stop. */
  onTaken: (error: NodeTakenError) => void
}

export type BuiltApp = {
  app: App
  migrations: { applied: number; total: number }
  /** Lets go of everything, the ledger first: it writes what waits, for at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
}

/** Builds the App on a data directory that is open and a database that answers. Refuses, with the reason, what would not be safe to run. */
export async function buildApp({
  config,
  rootKey,
  databaseUrl,
  log,
  clock,
  onTaken,
}: Parts): Promise<BuiltApp> {
  await using opened = new AsyncDisposableStack()
  const keyring = createKeyring(rootKey)

  const nodeId = nodeIdIn(config.dataDir)
  const servesGateway = config.roles.has('gateway')
  const refused = (taken: Taken) => new NodeTakenError(taken, config.dataDir)
  const locks = await lockNode(databaseUrl, nodeId, servesGateway, (taken) => onTaken(refused(taken)))
  opened.defer(() => locks.release())
  if (locks.taken) throw refused(locks.taken)
  const migrations = await migrate(databaseUrl)

  const pool = (
    name: string,
    statementTimeoutMs: number,
    { max, settings }: { max: number; settings?: Record<string, string> } = { max: CONNECTIONS },
  ) => {
    const onError = (error: Error) => log.warn({ err: error }, 'a database connection broke')
    const all = { ...SETTINGS, ...settings }
    const db = connect({ url: databaseUrl, name, max, statementTimeoutMs, settings: all, onError })
    opened.defer(() => db.destroy())
    return db
  }
  const db = pool('control plane', 30_000)
  const gatewayDb = pool('gateway', 10_000)
  const reports = { max: config.reportConnections, settings: REPORT_SETTINGS }
  const reportDb = pool('reports', REPORT_TIMEOUT_MS, reports)
  if ((await keepRootKeyCheck(db, keyring.check)) !== keyring.check) throw new ConfigError(WRONG_ROOT_KEY)

  const bus = await createBus(databaseUrl, log)
  opened.defer(() => bus.close())
  const egress = createEgress(config)
  opened.defer(() => egress.close())
  const metrics = createMetrics()
  createAuditMetrics(metrics.registry, db)
  const ledger = await createLedger({
    db: gatewayDb,
    nodeId,
    gateway: servesGateway,
    trustedSeconds: config.staleSeconds,
    journalBytes: config.journalBytes,
    dataDir: config.dataDir,
    bus,
    metrics,
    log,
  })

  const closing = opened.move()
  return {
    app: { config, db, gatewayDb, reportDb, keyring, ledger, bus, egress, metrics, clock, log },
    migrations,
    async close(timeoutMs) {
      await ledger.close(timeoutMs)
      await closing.disposeAsync()
    },
  }
}

const WRONG_ROOT_KEY =
  'The root key is not the one that sealed this database: the secrets in it would not open. ' +
  'Put back the key it was made with (CLAVIGER_ROOT_KEY, or secrets/root-key in the data directory).'

/** Another process holds what only one may have. What it uses, its database too, must be left alone. */
export class NodeTakenError extends ConfigError {
  constructor(taken: Taken, dataDir: string) {
    super(
      taken === 'data-directory'
        ? `Another Claviger is running on the data directory ${dataDir}. Stop it, or give this one another CLAVIGER_DATA_DIR.`
        : 'An older Claviger serves the gateway of this database, and it can do so only alone. Stop it first, or start this one with ROLES=api,jobs.',
    )
  }
}
