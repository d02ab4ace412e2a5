import type { Client } from 'pg'

/** What waits for somebody or was decided: requests, findings, alerts, documents that were read, and an audit trail. */
export async function seedMatters(client: Client): Promise<void> {
  await client.query(`
    insert into access_requests (id, requester_id, kind, team_id, production, target_type, target_id, terms, reason,
      approvals_needed, state, created_at, decided_at)
    select pg_temp.seed_id('acr', asked.at, u.n), u.id, 'team', t.id, false, 'team', t.id, '{"role": "builder"}',
      'I help out there this quarter.', 1, state, asked.at, case state when 'pending' then null else asked.at + interval '5 hours' end
    from seed cross join seed_users u join seed_teams t on t.n = (u.n + 1) % teams
    cross join lateral (select until - pg_temp.share(u.n, 61) * least(until - since, interval '120 days') as at,
      (array['pending', 'denied', 'withdrawn', 'lapsed'])[1 + u.n % 4] as state) asked;

    insert into findings (id, kind, severity, target_id, team_id, project_id, detail, first_seen_at, last_seen_at,
      resolved_at, resolved_by, resolution)
    select pg_temp.seed_id('fnd', at, n), 'key-known-to-leaver', (array['low', 'medium', 'high'])[1 + n % 3], id, team_id,
      project_id, '{}', at, at, case when n % 2 = 0 then at + interval '1 day' end, case when n % 2 = 0 then 'seed' end,
      case when n % 2 = 0 then 'Rotated.' end
    from seed_keys where n % 25 = 4;

    insert into alerts (id, kind, budget_id, window_start, window_end, percent, limit_nano_usd, spent_nano_usd, summary,
      told, raised_at)
    select pg_temp.seed_id('alr', raised_at, row_number() over (order by w.budget_id, w.window_start)), 'budget.threshold',
      w.budget_id, w.window_start, w.window_end, 50, w.limit_nano_usd, w.spent_nano_usd,
      b.name || ': half of the month''s budget is spent.', 2, raised_at
    from budget_windows w join seed_budgets b on b.id = w.budget_id,
    lateral (select w.window_start + interval '14 days' as raised_at) told
    where w.spent_nano_usd * 2 >= w.limit_nano_usd and b.level < 4;

    insert into documents (id, title, kind, required, validity_days, created_at)
    select pg_temp.seed_id('doc', since, n), title, kind, false, 365, since
    from seed, (values (1, 'How we use models', 'policy'), (2, 'Personal data in prompts', 'training')) d (n, title, kind);
    insert into document_versions (id, document_id, number, body, published_at, published_by)
    select pg_temp.seed_id('dov', since, n), pg_temp.seed_id('doc', since, n), 1, '# Read this', since, 'seed'
    from seed, generate_series(1, 2) n;
    insert into acknowledgements (id, version_id, user_id, at, expires_at)
    select pg_temp.seed_id('ack', done.at, u.n * 2 + d), pg_temp.seed_id('dov', since, d), u.id, done.at, done.at + interval '365 days'
    from seed, seed_users u, generate_series(1, 2) d, lateral (select since + pg_temp.share(u.n * 2 + d, 62) * (until - since) as at) done
    where (u.n + d) % 3 > 0;

    insert into audit_events (id, at, actor_kind, actor_id, user_id, action, target_id, team_id, project_id)
    select pg_temp.seed_id('evt', at, n), at, 'session', 'ses_seed', coalesce(user_id, 'seed'), 'key.create', id, team_id, project_id
    from seed_keys order by at`)
}
