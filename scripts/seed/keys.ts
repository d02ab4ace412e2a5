import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { formatKey, hintOf } from '../../src/domain/key-format.ts'
import type { EnvironmentKind } from '../../src/domain/scope.ts'
import type { Seed } from './session.ts'

/**
 * Keys, the oldest first, since the oldest are the ones most used. Production belongs to programs, development to
 * people of the team. Each has a secret, which follows from the seed and is worth nothing anywhere else.
 */
export async function seedKeys(
  client: Client,
  { keys, seed }: Seed,
  hashSecret: (secret: string) => string,
): Promise<void> {
  await client.query(`
    create temp table seed_keys as
    select k.n, e.id as environment_id, e.kind, e.project_id, e.team_id, chosen.at,
      pg_temp.seed_id('key', chosen.at, k.n) as id, pg_temp.seed_id('sec', chosen.at, k.n) as secret_id,
      case when not person then a.id end as service_account_id, case when person then u.id end as user_id,
      pg_temp.pick('{web,api,worker,nightly,notebook,agent,bot,ide,cli,eval}', k.n, 11) || '-' || k.n as name,
      jsonb_build_object('cost-center', 'cc-' || e.team_n, 'feature',
        pg_temp.pick('{chat,search,summary,extract,rank,translate}', k.n, 12)) as tags,
      case when pg_temp.share(k.n, 13) < 0.04 then 'revoked' when pg_temp.share(k.n, 13) < 0.07 then 'suspended'
        else 'active' end as state
    from seed cross join generate_series(0, ${keys} - 1) k (n) cross join lateral (
      select since - interval '30 days' + greatest(0, k.n::float8 / keys - 0.2) / 0.8 * (until - since) as at,
        floor(pg_temp.share(k.n, 14) * teams * 4)::int as place, pg_temp.share(k.n, 15) as kind_share
    ) chosen
    join seed_environments e on e.n = place * 3 + case when kind_share < 0.5 then 0 when kind_share < 0.7 then 1 else 2 end
    cross join lateral (select pg_temp.share(k.n, 16) < case e.kind when 'production' then 0.1 else 0.75 end as person) whose
    left join seed_accounts a on a.n = e.project_n * 2 + k.n % 2
    left join seed_users u
      on u.n = e.team_n + teams * floor(pg_temp.share(k.n, 17) * greatest(1, users / teams))::int;
    create unique index on seed_keys (n);
    analyze seed_keys;

    insert into keys (id, environment_id, user_id, service_account_id, name, purpose, application, tags, state,
      suspended_reason, suspended_by, created_by, created_at, revoked_at, expires_at, attested_at)
    select id, environment_id, user_id, service_account_id, name, 'What ' || name || ' does for its team.', name, tags,
      state, case state when 'suspended' then 'Found in a public place.' end,
      case state when 'suspended' then 'seed' end, coalesce(user_id, 'seed'), at,
      case state when 'revoked' then until - pg_temp.share(n, 18) * (until - greatest(at, since)) end,
      case when pg_temp.share(n, 19) < 0.2 then until + pg_temp.share(n, 20) * interval '180 days' end,
      case when pg_temp.share(n, 21) < 0.5 then until - pg_temp.share(n, 22) * interval '90 days' end
    from seed, seed_keys`)
  const { rows } = await client.query<{ n: number; kind: EnvironmentKind }>(
    'select n, kind from seed_keys order by n',
  )
  const secrets = rows.map(({ n, kind }) => {
    const secret = formatKey(kind, createHash('sha256').update(`claviger seed ${seed} key ${n}`).digest())
    return { n, hash: hashSecret(secret), hint: hintOf(secret) }
  })
  await client.query(
    `insert into key_secrets (id, key_id, hash, hint, created_at)
     select k.secret_id, k.id, s.hash, s.hint, k.at
     from json_to_recordset($1) s (n int, hash text, hint text) join seed_keys k using (n)`,
    [JSON.stringify(secrets)],
  )
}
