import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { connectOnce } from './connect.ts'
import { migrate } from './migrate.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'claviger-migrations-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

function write(migrations: Record<string, string>): void {
  for (const [name, sql] of Object.entries(migrations)) writeFileSync(join(directory, name), sql)
}

test('applies what is missing, in order, once', async () => {
  await using database = await testDatabase({ migrated: false })
  write({ '0002_b.sql': 'alter table a add column b int', '0001_a.sql': 'create table a (id int)' })
  expect(await migrate(database.url, directory)).toEqual({ applied: 2, total: 2 })
  expect(await migrate(database.url, directory)).toEqual({ applied: 0, total: 2 })
  write({ '0003_c.sql': 'alter table a add column c int' })
  expect(await migrate(database.url, directory)).toEqual({ applied: 1, total: 3 })
})

test('of many that start at once, one applies each migration and all find it applied', async () => {
  await using database = await testDatabase({ migrated: false })
  const results = await Promise.all(Array.from({ length: 6 }, () => migrate(database.url)))
  const total = readdirSync('migrations').length
  expect(results.map((result) => result.applied).sort()).toEqual([0, 0, 0, 0, 0, total])
})

test('a migration that fails leaves nothing behind, and the ones before it stay', async () => {
  await using database = await testDatabase({ migrated: false })
  write({ '0001_a.sql': 'create table a (id int)', '0002_b.sql': 'create table b (id int); select 1/0' })
  await expect(migrate(database.url, directory)).rejects.toThrow(
    'The migration 0002_b.sql failed and was undone.',
  )
  expect(await tables(database.url)).toEqual(['a', 'migrations'])
  write({ '0002_b.sql': 'create table b (id int)' })
  expect(await migrate(database.url, directory)).toEqual({ applied: 1, total: 2 })
})

test('a database that is newer than the program is refused, untouched', async () => {
  await using database = await testDatabase({ migrated: false })
  write({ '0001_a.sql': 'create table a (id int)', '0002_b.sql': 'create table b (id int)' })
  await migrate(database.url, directory)
  rmSync(join(directory, '0002_b.sql'))
  write({ '0001_z.sql': 'drop table a' })
  await expect(migrate(database.url, directory)).rejects.toThrow(
    'The database is newer than this program: it has the migration 0002_b.sql',
  )
  expect(await tables(database.url)).toEqual(['a', 'b', 'migrations'])
})

test('a migration that was edited after it was applied is refused', async () => {
  await using database = await testDatabase({ migrated: false })
  write({ '0001_a.sql': 'create table a (id int)' })
  await migrate(database.url, directory)
  write({ '0001_a.sql': 'create table a (id bigint)' })
  await expect(migrate(database.url, directory)).rejects.toThrow(
    'The migration 0001_a.sql was applied to this database and its file was changed afterwards.',
  )
})

test('a database with tables of unknown origin is refused, untouched', async () => {
  await using database = await testDatabase({ migrated: false })
  const client = await connectOnce(database.url, 'test')
  await client.query('create table teams (id int)')
  await client.end()
  await expect(migrate(database.url)).rejects.toThrow(
    "The database holds tables (teams…) but no record of Claviger's migrations.",
  )
  expect(await tables(database.url)).toEqual(['teams'])
})

async function tables(url: string): Promise<string[]> {
  const client = await connectOnce(url, 'test')
  try {
    const { rows } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
    )
    return rows.map((row) => row.name)
  } finally {
    await client.end()
  }
}
