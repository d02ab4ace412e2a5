import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createCli } from '../../test/run-cli.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { createWorld } from '../../test/world.ts'

test('doctor ledger ends well while the books add up, and with 9 when a call was charged that reached nobody', async () => {
  await using world = await createWorld()
  using cli = createCli({ CLAVIGER_URL: world.api.url, CLAVIGER_TOKEN: world.tokens.owner })
  const sound = await cli.run(['doctor', 'ledger'])
  expect([sound.code, sound.stderr]).toEqual([0, ''])
  expect(sound.stdout).toMatch(/^ok {6}Each attempt of a call is charged once\.$/m)
  expect(sound.stdout).toMatch(/The books add up\.\n$/)

  await insertUsageRow(world.app, { id: 'use_free', costNanoUsd: 5n, status: 403 })
  const broken = await cli.run(['doctor', 'ledger'])
  expect([broken.code, broken.stderr]).toEqual([
    9,
    expect.stringContaining('The books do not add up: refused.'),
  ])
  expect(broken.stdout).toContain('use_free: cost 5 with status 403')

  await sql`update usage set admitted_at = now() - interval '40 days' where id = 'use_free'`.execute(
    world.app.db,
  )
  expect((await cli.run(['doctor', 'ledger'])).code).toBe(0)
  expect((await cli.run(['doctor', 'ledger', '--from', '-60d'])).code).toBe(9)
}, 30_000)
