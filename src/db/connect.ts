import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Db } from '../app.ts'
import type { Database } from './schema.ts'

const INT8 = 20

/** How values come back: int8 as bigint (money does not fit a number), everything else as `pg` does it. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8 && format !== 'binary') return BigInt
    return pg.types.getTypeParser(oid, format)
  },
}

export type PoolOptions = {
  url: string
  /** Shown in `pg_stat_activity`. */
  name: string
  max: number
  statementTimeoutMs: number
  /** Settings of PostgreSQL for its connections. */
  settings?: Readonly<Record<string, string>>
  /** An idle connection broke, usually because the database went away. The pool replaces it by itself. */
  onError: (error: Error) => void
}

/** Opens a pool. It connects when it is first asked. */
export function connect({ url, name, max, statementTimeoutMs, settings = {}, onError }: PoolOptions): Db {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `claviger ${name}`,
    max,
    connectionTimeoutMillis: 5_000,
    // None is closed because nobody asks: to open one, and its first report, cost the database 60 ms of CPU, and a page
    // that somebody comes back to asks over a dozen at once.
    idleTimeoutMillis: 0,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 60_000,
    options: Object.entries(settings)
      .map(([setting, value]) => `-c ${setting}=${value}`)
      .join(' '),
    keepAlive: true,
    // Sooner than what lies between forgets a connection on which nothing is said.
    keepAliveInitialDelayMillis: 60_000,
    types,
  })
  pool.on('error', onError)
  // A connection that breaks while it is lent out fails its query; nobody else needs to hear of it.
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
}

/** Opens one connection for what lasts as long as the session: listening, and locks that die with the process. */
export async function connectOnce(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `claviger ${name}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    types,
  })
  // What breaks fails its query, and ends the connection: that is what callers listen to.
  client.on('error', () => {})
  await client.connect().catch((cause) => {
    const { host, port, database } = client
    throw new Error(`The database ${database} at ${host}:${port} cannot be reached.`, { cause })
  })
  return client
}
