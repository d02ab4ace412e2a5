import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import type { Db } from '../app.ts'
import { connectOnce } from './connect.ts'

type Migration = { name: string; sql: string; checksum: string }

const DIRECTORY = join(import.meta.dirname, '..', '..', 'migrations')
const OWN_NAMES = migrationFiles(DIRECTORY)
const OLDEST_SERVER = 150_000
/** Any fixed number, as long as every Claviger takes the same: one migrates, the others wait. */
const LOCK = 7_236_501

/**
 * Brings the database to this program's version: every file in `migrations/` that it has not seen, in order, each in
 * a transaction of its own. Safe when several processes start at once. Returns how many it applied.
 */
export async function migrate(
  url: string,
  directory = DIRECTORY,
): Promise<{ applied: number; total: number }> {
  const client = await connectOnce(url, 'migrate')
  try {
    await requireServer(client)
    await client.query('select pg_advisory_lock($1)', [LOCK])
    return await migrateLocked(client, readMigrations(directory))
  } finally {
    await client.end()
  }
}

/** How many of this program's migrations the database has not seen. */
export async function pendingMigrations(db: Db): Promise<number> {
  const rows = await db.selectFrom('migrations').select('name').execute()
  const applied = new Set(rows.map((row) => row.name))
  return OWN_NAMES.filter((name) => !applied.has(name)).length
}

async function migrateLocked(
  client: pg.Client,
  migrations: Migration[],
): Promise<{ applied: number; total: number }> {
  await createTable(client)
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from migrations',
  )
  for (const row of rows) refuseStranger(row, migrations)
  const applied = new Set(rows.map((row) => row.name))
  const missing = migrations.filter((migration) => !applied.has(migration.name))
  for (const migration of missing) await apply(client, migration)
  return { applied: missing.length, total: migrations.length }
}

async function createTable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ ours: boolean; tables: string[] }>(
    `select to_regclass('public.migrations') is not null as ours,
            array(select tablename::text from pg_tables where schemaname = 'public' order by 1) as tables`,
  )
  const [state] = rows
  if (!state || state.ours) return
  if (state.tables.length > 0) {
    throw new Error(
      `The database holds tables (${state.tables.slice(0, 3).join(', ')}…) but no record of Claviger's migrations. ` +
        'It belongs to something else or was only half restored. Point DATABASE_URL to an empty database, or restore the whole backup.',
    )
  }
  await client.query(
    'create table migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
  )
}

function refuseStranger(row: { name: string; checksum: string }, migrations: Migration[]): void {
  const known = migrations.find((migration) => migration.name === row.name)
  if (!known) {
    throw new Error(
      `The database is newer than this program: it has the migration ${row.name}, which this version does not know. ` +
        'Start the version that made it, or restore a backup taken before.',
    )
  }
  if (known.checksum !== row.checksum) {
    throw new Error(
      `The migration ${row.name} was applied to this database and its file was changed afterwards. ` +
        'A landed migration is never edited: restore the file and write a new one.',
    )
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`The migration ${name} failed and was undone.`, { cause: error })
  }
}

function readMigrations(directory: string): Migration[] {
  return migrationFiles(directory).map((name) => {
    const sql = readFileSync(join(directory, name), 'utf8')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

function migrationFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort()
}

async function requireServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const [server] = rows
  if (server && server.number < OLDEST_SERVER) {
    throw new Error(`Claviger needs PostgreSQL 15 or newer; this server is ${server.version}.`)
  }
}
