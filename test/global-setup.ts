import type { TestProject } from 'vitest/node'
import { buildWeb } from '../scripts/build-web.ts'
import { temporaryDatabase } from '../scripts/temporary-database.ts'
import { connectOnce } from '../src/db/connect.ts'
import { migrate } from '../src/db/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the run's PostgreSQL answers; `postgres` is its own database, `template` a migrated one to copy. */
    serverUrl: string
  }
}

/** The dashboard, built; one PostgreSQL per run, with one migrated database that every test copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildWeb()
  const database = await temporaryDatabase()
  const client = await connectOnce(database.url('postgres'), 'setup')
  await client.query('create database template')
  await client.end()
  await migrate(database.url('template'))
  project.provide('serverUrl', database.url('postgres'))
  return () => database.stop()
}
