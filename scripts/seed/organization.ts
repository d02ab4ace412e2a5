import type { Client } from 'pg'
import type { Seed } from './session.ts'

const TEAMS =
  'Search,Ranking,Checkout,Payments,Catalogue,Pricing,Fraud,Support,Logistics,Returns,Maps,Ads,Insights,Growth,Identity,Mobile,Web,Data Platform,Machine Learning,Research,Finance,Legal,People,Sales,Marketing,Localization,Accessibility,Security,Reliability,Developer Tools,Partners,Marketplace,Subscriptions,Messaging,Notifications,Recommendations,Vision,Speech,Documents,Compliance,Procurement,Warehouse,Routing,Forecasting,Quality,Community,Trust,Education,Travel,Energy'
const PROJECTS = 'Assistant,Summaries,Classifier,Agents,Enrichment,Extraction,Chat,Evaluation'
const FIRST =
  'Ada,Amara,Anders,Aylin,Bruno,Chiara,Chen,Dara,Elif,Emil,Farah,Goran,Hana,Ines,Ivo,Jonas,Kaito,Lea,Lindiwe,Maja,Mateo,Mira,Nadia,Noor,Oskar,Priya,Ravi,Rosa,Samir,Sofia,Tariq,Uma,Vera,Wei,Yara,Zoë'
const LAST =
  'Abebe,Acosta,Andersson,Bauer,Costa,Diallo,Dubois,Eriksen,Fischer,García,Haddad,Horvat,Ito,Jansen,Kaya,Kim,Kowalski,Larsen,Lindqvist,Mbeki,Moreau,Müller,Nakamura,Novák,Okafor,Park,Petrov,Rossi,Sato,Silva,Singh,Tanaka,Tran,Varga,Weber,Yilmaz'

const list = (text: string) => `string_to_array('${text}', ',')`

/**
 * Teams of four projects, each with its three kinds of environments and programs of its own; people, each in one team
 * and one in four in a second; grants in all roles; providers and models.
 */
export async function seedOrganization(client: Client, { users }: Seed): Promise<void> {
  await client.query(`
    create temp table seed_teams as
    select n, pg_temp.seed_id('team', since - interval '90 days' + n * interval '1 minute', n) as id,
      (${list(TEAMS)})[1 + n % 50] || case when n < 50 then '' else ' ' || n / 50 + 1 end as name,
      since - interval '90 days' + n * interval '1 minute' as at
    from seed, generate_series(0, teams - 1) n;
    insert into teams (id, name, created_at) select id, name, at from seed_teams;

    create temp table seed_projects as
    select p.n, pg_temp.seed_id('prj', at + p.n * interval '1 second', p.n) as id, t.id as team_id, t.n as team_n,
      (${list(PROJECTS)})[1 + (p.n + p.n / 8) % 8] as name, at + p.n * interval '1 second' as at
    from seed_teams t, generate_series(t.n * 4, t.n * 4 + 3) p (n);
    insert into projects (id, team_id, name, created_at) select id, team_id, name, at from seed_projects;

    create temp table seed_environments as
    select p.n * 3 + k.n - 1 as n, p.n as project_n, p.team_n, p.id as project_id, p.team_id, k.kind, p.at,
      pg_temp.seed_id('env', p.at, p.n * 3 + k.n) as id
    from seed_projects p, unnest('{development,staging,production}'::text[]) with ordinality k (kind, n);
    insert into environments (id, project_id, name, kind, created_at)
    select id, project_id, kind, kind, at from seed_environments;

    create temp table seed_users as
    select n, n % teams as team_n, first || ' ' || last as name,
      pg_temp.seed_id('usr', since - interval '80 days' + n * interval '1 minute', n) as id,
      translate(lower(first || '.' || last), 'ëíáüñ', 'eiaun') || '.' || n || '@seed.example' as email,
      since - interval '80 days' + n * interval '1 minute' as at
    from seed, generate_series(0, ${users} - 1) n,
    lateral (select pg_temp.pick(${list(FIRST)}, n, 1) as first, pg_temp.pick(${list(LAST)}, n, 2) as last) names;
    insert into users (id, email, name, created_at) select id, email, name, at from seed_users;

    create temp table seed_accounts as
    select p.n * 2 + i as n, p.n as project_n, p.id as project_id,
      case i when 0 then 'service' else 'batch' end as name, u.id as owner_id,
      pg_temp.seed_id('svc', p.at, p.n * 2 + i) as id, p.at
    from seed_projects p, generate_series(0, 1) i, seed, seed_users u
    where u.n = p.team_n + teams * ((p.n + i) % greatest(1, users / teams));
    insert into service_accounts (id, project_id, name, owner_user_id, created_at)
    select id, project_id, name, owner_id, at from seed_accounts;

    insert into grants (id, user_id, role_id, scope_type, team_id, project_id, production, source, created_by, created_at)
    select pg_temp.seed_id('grt', at, row_number() over (order by n, role)), id, role, scope, team_id, project_id,
      production, 'direct', 'seed', at
    from (
      select u.n, u.id, u.at,
        case when u.n / teams = 0 then 'admin' when u.n % 5 < 3 then 'builder' else 'viewer' end as role,
        'team' as scope, t.id as team_id, null as project_id, u.n % 5 < 3 or u.n / teams = 0 as production
      from seed cross join seed_users u join seed_teams t on t.n = u.team_n
      union all
      select u.n, u.id, u.at, (array['admin', 'builder', 'viewer'])[1 + u.n % 3], 'project', p.team_id, p.id, u.n % 8 = 0
      from seed cross join seed_users u join seed_projects p on p.n = (u.n * 7 + 3) % (4 * teams)
      where u.n % 4 = 0 and p.team_n <> u.team_n
      union all
      select u.n, u.id, u.at, (array['admin', 'analyst', 'developer'])[1 + u.n % 3], 'organization', null, null, u.n % 3 = 0
      from seed_users u where u.n % 25 < 3
    ) given;

    create temp table seed_providers as
    select n, name, kind, url, pg_temp.seed_id('prv', since - interval '90 days', n) as id, since - interval '90 days' as at
    from seed, (values
      (1, 'openai-seed', 'openai', 'https://api.openai.com/v1'),
      (2, 'anthropic-seed', 'anthropic', 'https://api.anthropic.com'),
      (3, 'google-seed', 'google_gemini', 'https://generativelanguage.googleapis.com'),
      (4, 'local-seed', 'openai_compatible', 'https://models.seed.example/v1')) v (n, name, kind, url);
    insert into providers (id, name, kind, base_url, created_at) select id, name, kind, url, at from seed_providers;

    -- The names callers use, how often, and nano-USD for each token that goes in and comes out.
    create temp table seed_models as
    select m.*, p.id as provider_id, sum(weight) over (order by m.n) - weight as low, sum(weight) over (order by m.n) as high
    from (values
      (1, 1, 'gpt-5-mini', 'responses', 22, 250, 2000), (2, 1, 'gpt-5', 'responses', 12, 1250, 10000),
      (3, 1, 'gpt-4.1-mini', 'chat.completions', 10, 400, 1600), (4, 1, 'gpt-4.1', 'chat.completions', 5, 2000, 8000),
      (5, 1, 'gpt-4o', 'chat.completions', 4, 2500, 10000), (6, 1, 'text-embedding-3-small', 'embeddings', 8, 20, 0),
      (7, 1, 'o4-mini', 'responses', 3, 1100, 4400), (8, 2, 'claude-sonnet-4-5', 'messages', 14, 3000, 15000),
      (9, 2, 'claude-haiku-4-5', 'messages', 8, 1000, 5000), (10, 2, 'claude-opus-4-5', 'messages', 2, 5000, 25000),
      (11, 3, 'gemini-2.5-flash', 'chat.completions', 6, 300, 2500), (12, 3, 'gemini-2.5-pro', 'chat.completions', 3, 1250, 10000),
      (13, 4, 'house/mistral-small', 'chat.completions', 2, 100, 300), (14, 4, 'house/llama-70b', 'chat.completions', 1, 600, 700)
    ) m (n, provider_n, name, operation, weight, input_nano, output_nano)
    join seed_providers p on p.n = m.provider_n;
    insert into models (id, name, provider_id, upstream_model, rates, created_at)
    select pg_temp.seed_id('mdl', p.at, m.n), m.name, m.provider_id, split_part(m.name, '/', 2),
      '{"input": "0.3", "output": "0.6"}', p.at
    from seed_models m join seed_providers p on p.n = m.provider_n where m.provider_n = 4;

    analyze seed_teams; analyze seed_projects; analyze seed_environments; analyze seed_users; analyze seed_accounts`)
}
