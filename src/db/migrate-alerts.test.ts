import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { connectOnce } from './connect.ts'
import { migrate } from './migrate.ts'

/** A threshold that was reached while it was only logged. */
const BEFORE = `
  begin;
  insert into audit_events (id, actor_kind, actor_id, action, target_id) values ('evt_before', 'setup', 'setup', 'x', 'x');
  insert into budgets (id, scope_type, scope_id, name, kind, period, time_zone, limit_nano_usd)
  values ('bud_1', 'team', 'team_1', 'b', 'hard', 'total', 'UTC', 100);
  insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
  values ('bud_1', 'epoch', '9999-12-31', 100, 60);
  insert into budget_alerts (budget_id, window_start, threshold) values ('bud_1', 'epoch', 50);
  commit;`

test('an upgrade tells nobody of what was reached before, and goes on from there', async () => {
  await using database = await testDatabase({ migrated: false })
  const before = mkdtempSync(join(tmpdir(), 'claviger-migrations-'))
  for (const name of readdirSync('migrations').filter((name) => name < '0024')) {
    copyFileSync(join('migrations', name), join(before, name))
  }
  await migrate(database.url, before)
  rmSync(before, { recursive: true })
  const client = await connectOnce(database.url, 'test')
  await client.query(BEFORE)
  await migrate(database.url)

  const untold = () =>
    client.query('select threshold from budget_alerts where told_at is null').then(({ rows }) => rows)
  const raise = () => client.query(`select ledger_raise_alerts('bud_1', 'epoch')`)
  await raise()
  expect(await untold()).toEqual([])
  await client.query('update budget_windows set spent_nano_usd = 80')
  await raise()
  expect(await untold()).toEqual([{ threshold: 80 }])
  await client.end()
})
