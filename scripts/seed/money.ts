import type { Client } from 'pg'

/**
 * A budget a month for the organization, each team, each project and each tenth key; rate limits for teams and for
 * some keys; a policy for each team. `seed_keys.budget_ids` are those that each key's calls are charged to.
 */
export async function seedMoney(client: Client): Promise<void> {
  await client.query(`
    create temp table seed_budgets as
    select row_number() over (order by level, scope_id) as n, level, scope_type, scope_id, name, kind, at,
      pg_temp.seed_id('bud', at, row_number() over (order by level, scope_id)) as id
    from (
      select 1 as level, 'organization' as scope_type, organization_id as scope_id, 'All of it' as name, 'hard' as kind, since as at from seed
      union all select 2, 'team', id, 'Team', 'hard', at from seed_teams
      union all select 3, 'project', id, 'Project', case when n % 3 = 0 then 'soft' else 'hard' end, at from seed_projects
      union all select 4, 'key', id, 'Key', 'hard', at from seed_keys where n % 10 = 3
    ) levels;
    create index on seed_budgets (scope_id);
    analyze seed_budgets;
    insert into budgets (id, scope_type, scope_id, name, kind, period, time_zone, limit_nano_usd, created_at)
    select b.id, scope_type, scope_id, name, kind, 'month', time_zone, 0, at from seed_budgets b, seed;

    alter table seed_keys add budget_ids text[];
    update seed_keys k set budget_ids = (
      select array_agg(b.id order by b.level) from seed_budgets b, seed
      where b.scope_id in (k.id, k.project_id, k.team_id, organization_id));

    insert into rate_limits (id, scope_type, scope_id, requests_per_minute, tokens_per_minute, created_at)
    select pg_temp.seed_id('rlm', at, n), 'team', id, 6000, 4000000, at from seed_teams
    union all
    select pg_temp.seed_id('rlm', at, 1000000 + n), 'key', id, 600, null, at from seed_keys where n % 5 = 1;

    insert into policies (scope_type, scope_id, models, ip_allowlist, ip_mode)
    select 'team', id, '{gpt-*,claude-*,gemini-*,o4-*,text-embedding-*,house/*}'::text[], null::text[], 'enforce' from seed_teams
    union all
    select 'key', id, '{gpt-5*}'::text[], '{10.0.0.0/8}'::text[], 'monitor' from seed_keys where n % 10 = 7`)
}

/** What the usage rows say was spent in each window, and limits around what is spent in a month. */
export async function seedWindows(client: Client): Promise<void> {
  await client.query(`
    create temp table seed_spent as
    select c.budget_id, c.window_start, sum(cost_nano_usd)::int8 as spent
    from usage, unnest(budget_ids, budget_window_starts) c (budget_id, window_start)
    group by 1, 2;
    create temp table seed_limits as
    select budget_id, 10000000000 * (1 + max(spent) * (12 + n % 7) / 10 / 10000000000) as limit_nano_usd
    from seed_spent s join seed_budgets b on b.id = s.budget_id group by budget_id, n;
    update budgets b set limit_nano_usd = coalesce(
      (select limit_nano_usd from seed_limits l where l.budget_id = b.id), 50000000000)
    where id in (select id from seed_budgets);
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
    select s.budget_id, s.window_start, w.window_end, l.limit_nano_usd, s.spent
    from seed_spent s join seed_limits l using (budget_id) join budgets b on b.id = s.budget_id,
    budget_window(b.period, b.time_zone, s.window_start) w;

    update key_secrets s set last_used_at = k.last
    from (select secret_id, max(admitted_at) as last from usage group by 1) k where k.secret_id = s.id`)
}
