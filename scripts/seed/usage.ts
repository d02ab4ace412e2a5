import type { Client } from 'pg'
import type { Seed } from './session.ts'

/**
 * A row for each attempt of each call, a day at a time. Weekends are quiet, nights more so, and there is more of it
 * every month. Of a hundred calls one and a half are tried twice, some are refused, some fail.
 */
export async function seedUsage(client: Client, { days }: Seed): Promise<void> {
  await client.query(`
    create temp table seed_hours as
    with busy as (
      select i, at, weight, sum(weight) over (order by i) as upto, sum(weight) over () as whole, calls
      from seed, generate_series(0, days * 24 - 1) i,
    lateral (select since + i * interval '1 hour' as at) hour,
    lateral (select at at time zone time_zone as local) there,
    lateral (select (1 + 1.5 * i / (days * 24))
      * case when extract(isodow from local) > 5 then 0.25 else 1 end
      * (0.12 + greatest(0, sin((extract(hour from local) - 6) / 15 * pi())))
      * (0.8 + 0.4 * pg_temp.share(i, 31)) as weight) busyness
    )
    select i, at, round(calls * (upto - weight) / whole)::int8 as first, round(calls * upto / whole)::int8 - 1 as last
    from busy;
    create index on seed_hours (i);
    create temp table seed_model_of as
    select n, (select m.n from seed_models m where x >= low and x < high) as model_n
    from (select n, n % 100 as x from generate_series(0, 99) n) all_shares;
    analyze seed_hours; analyze seed_models; analyze seed_model_of`)
  const indexes = await dropIndexes(client)
  for (let day = 0; day < days; day++) await client.query(DAY, [day * 24, day * 24 + 23])
  await client.query(`set local maintenance_work_mem = '512MB'`)
  for (const definition of indexes) await client.query(definition)
}

/** Making an index once is several times faster than adding millions of rows to it. Answers what makes them again. */
async function dropIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where indrelid = 'usage'::regclass and not indisprimary`,
  )
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition)
}

const DAY = `
  insert into usage (id, request_id, attempt, admitted_at, settled_at, key_id, secret_id, user_id, service_account_id,
    environment_id, project_id, team_id, tags, operation, model, upstream_model, served_model, provider_id, stream,
    status, error_code, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, quantities, cost_nano_usd,
    hold_nano_usd, duration_ms, first_byte_ms, ip, budget_ids, budget_window_starts, price_version)
  select 'use_' || ulid_time || pg_temp.ulid_rest(c.n * 2 + attempt), 'req_' || ulid_time || pg_temp.ulid_rest(c.n), attempt, call.at,
    call.at + make_interval(secs => duration / 1000.0), k.id, k.secret_id, k.user_id, k.service_account_id,
    k.environment_id, k.project_id, k.team_id, k.tags, m.operation, m.name, split_part(m.name, '/', -1),
    case when status = 200 then split_part(m.name, '/', -1) end, m.provider_id, pg_temp.share(c.n, 42) < 0.4,
    status, case status when 429 then 'rate_limit_exceeded' when 502 then 'upstream_failed' end,
    used.input, used.cached, used.output, case when m.operation = 'responses' then used.output / 3 else 0 end,
    jsonb_build_object('input', used.input, 'output', used.output), used.input * m.input_nano + used.output * m.output_nano,
    (used.input + 4000) * m.input_nano, duration, duration / 3,
    ('10.' || k.n % 200 || '.' || floor(pg_temp.share(c.n, 43) * 4)::int || '.' || k.n % 250)::inet,
    k.budget_ids, array_fill(date_trunc('month', call.at at time zone time_zone) at time zone time_zone,
      array[cardinality(k.budget_ids)]), 'seed'
  from seed cross join seed_hours h
  cross join lateral generate_series(h.first, h.last) c (n)
  -- Offset 0: worked out once for each call, not wherever it is named.
  cross join lateral (
    select *, pg_temp.ulid_time(at) as ulid_time,
      floor(100 * pg_temp.share(key_n * 2 + (pg_temp.share(c.n, 49) < 0.15)::int, 50))::int as model_share
    from (
      select h.at + pg_temp.share(c.n, 44) * interval '1 hour' as at,
        floor(keys * (0.2 + 0.8 * h.i::float8 / (days * 24)) * pg_temp.share(c.n, 45) ^ 4)::int as key_n,
        pg_temp.share(c.n, 46) as fate, exp(5 + 4 * pg_temp.share(c.n, 47))::int8 as size,
        200 + (8000 * pg_temp.share(c.n, 48) ^ 3)::int as duration, exp(3.5 + 3 * pg_temp.share(c.n, 51))::int8 as written
      offset 0
    ) once offset 0
  ) call
  join seed_keys k on k.n = key_n
  -- A key keeps to two models: mostly the first.
  join seed_model_of mo on mo.n = call.model_share
  join seed_models m on m.n = mo.model_n
  cross join lateral generate_series(1, case when fate < 0.015 then 2 else 1 end) attempt
  cross join lateral (select case when fate < 0.015 and attempt = 1 then 502 when fate between 0.015 and 0.027 then 429
    when fate > 0.992 then 502 else 200 end as status) ended
  cross join lateral (select case when status = 200 then size else 0 end as input,
    case when status = 200 and m.output_nano > 0 then written else 0 end as output,
    case when status = 200 and size > 2000 then size / 2 else 0 end as cached) used
  where h.i between $1 and $2`
