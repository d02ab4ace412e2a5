import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { connectOnce } from './connect.ts'
import { migrate } from './migrate.ts'

/** What an installation had before there were grants: tokens with roles, and keys of users. */
const BEFORE = `
  begin;
  insert into audit_events (id, actor_kind, actor_id, action, target_id) values ('evt_before', 'setup', 'setup', 'x', 'x');
  insert into organization (id, name) values ('org_1', 'Acme');
  insert into teams (id, name) values ('team_1', 'Search');
  insert into projects (id, team_id, name) values ('prj_1', 'team_1', 'Site');
  insert into environments (id, project_id, name, kind) values
    ('env_dev', 'prj_1', 'dev', 'development'), ('env_prod', 'prj_1', 'prod', 'production');
  insert into users (id, email, name) values
    ('usr_ada', 'ada@example.com', 'Ada'), ('usr_bob', 'bob@example.com', 'Bob'), ('usr_eve', 'eve@example.com', 'Eve');
  insert into api_tokens (id, user_id, name, role, team_id, hash, hint, revoked_at) values
    ('tok_1', 'usr_ada', 'Owner', 'owner', null, 'h1', '…', null),
    ('tok_2', 'usr_ada', 'Owner again', 'owner', null, 'h2', '…', null),
    ('tok_3', 'usr_bob', 'Looks', 'viewer', null, 'h3', '…', null),
    ('tok_4', 'usr_bob', 'Team', 'owner', 'team_1', 'h4', '…', null),
    ('tok_5', 'usr_bob', 'Team looks', 'viewer', 'team_1', 'h5', '…', null),
    ('tok_6', 'usr_eve', 'Gone', 'owner', null, 'h6', '…', now());
  insert into keys (id, environment_id, user_id, name, state, created_by) values
    ('key_a', 'env_dev', 'usr_eve', 'one', 'active', 'tok_1'),
    ('key_b', 'env_dev', 'usr_bob', 'two', 'suspended', 'tok_1'),
    ('key_c', 'env_prod', 'usr_bob', 'three', 'active', 'tok_1'),
    ('key_d', 'env_dev', 'usr_ada', 'four', 'revoked', 'tok_1');
  commit;`

test('an installation that had roles on tokens keeps every right it had, and no key stops', async () => {
  await using database = await testDatabase({ migrated: false })
  const before = mkdtempSync(join(tmpdir(), 'claviger-migrations-'))
  for (const name of ['0001_init.sql', '0002_ledger.sql']) {
    copyFileSync(join('migrations', name), join(before, name))
  }
  await migrate(database.url, before)
  rmSync(before, { recursive: true })
  const client = await connectOnce(database.url, 'test')
  await client.query(BEFORE)
  await migrate(database.url)

  const tokens = await client.query('select id, role_id, team_id, production from api_tokens order by id')
  expect(tokens.rows.map((row) => [row.id, row.role_id, row.team_id, row.production])).toEqual([
    ['tok_1', 'owner', null, true],
    ['tok_2', 'owner', null, true],
    ['tok_3', 'analyst', null, true],
    ['tok_4', 'admin', 'team_1', true],
    ['tok_5', 'viewer', 'team_1', true],
    ['tok_6', 'owner', null, true],
  ])
  const grants = await client.query(`
    select user_id, role_id, scope_type, coalesce(project_id, team_id, '-') as scope, production
    from grants order by user_id, scope_type, role_id`)
  expect(grants.rows.map((row) => Object.values(row))).toEqual([
    ['usr_ada', 'owner', 'organization', '-', true],
    ['usr_bob', 'analyst', 'organization', '-', true],
    ['usr_bob', 'viewer', 'project', 'prj_1', true],
    ['usr_bob', 'admin', 'team', 'team_1', true],
    ['usr_bob', 'viewer', 'team', 'team_1', true],
    ['usr_eve', 'viewer', 'project', 'prj_1', false],
  ])
  const audited = await client.query(`select action from audit_events where actor_id = 'migration'`)
  expect(audited.rows).toEqual([{ action: 'grant.migrate' }])
  await expect(client.query(`update grants set production = true`)).rejects.toThrow(
    'must write an audit event',
  )
  await client.end()
})
