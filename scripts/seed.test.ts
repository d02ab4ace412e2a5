import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../test/app.ts'
import { serveControlPlane } from '../test/control-plane.ts'

const SIZES = [
  '--keys',
  '60',
  '--users',
  '20',
  '--days',
  '5',
  '--calls',
  '400',
  '--until',
  '2026-11-26T12:00:00Z',
]

test('the seed fills an installation with books that agree, the same each time, and only once', async () => {
  await using one = await testApp()
  await using _ = await serveControlPlane(one)
  expect(seed(one)).toMatchObject({ status: 0 })
  expect(await numberOf(one, 'keys')).toBe(60n)
  expect(await numberOf(one, 'usage where attempt = 1')).toBe(400n)
  // What the windows say was spent is what the rows say.
  expect(
    await numberOf(
      one,
      `(select budget_id, window_start, sum(cost_nano_usd) from usage, unnest(budget_ids, budget_window_starts)
        c (budget_id, window_start) group by 1, 2
        except select budget_id, window_start, spent_nano_usd from budget_windows) differing`,
    ),
  ).toBe(0n)
  expect(seed(one)).toMatchObject({ status: 1, stderr: expect.stringContaining('has usage already') })

  await using other = await testApp()
  await using __ = await serveControlPlane(other)
  seed(other)
  expect(await printOf(other)).toBe(await printOf(one))
}, 120_000)

function seed(app: TestApp) {
  const env = { PATH: process.env.PATH, DATABASE_URL: app.databaseUrl, CLAVIGER_DATA_DIR: app.config.dataDir }
  const script = join(import.meta.dirname, 'seed.ts')
  return spawnSync(process.execPath, [script, ...SIZES], { env, encoding: 'utf8' })
}

async function numberOf({ db }: TestApp, from: string): Promise<bigint | undefined> {
  return (await sql<{ count: bigint }>`select count(*) from ${sql.raw(from)}`.execute(db)).rows[0]?.count
}

async function printOf({ db }: TestApp): Promise<string | undefined> {
  return (
    await sql<{ print: string }>`
      select md5(string_agg(u.id || key_id || cost_nano_usd || tags::text, ',' order by u.id)) as print from usage u`.execute(
      db,
    )
  ).rows[0]?.print
}
