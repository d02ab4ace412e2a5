-- For how long single calls are kept. What is older is erased, in steps; what it adds up to stays, by quarters of an hour,
-- and so does what it charged to which window of which budget (docs/decisions/0011-retention.md).

create table retention (
  singleton boolean primary key default true check (singleton),
  -- Null is for good. The least is src/domain/retention.ts.
  call_days int check (call_days >= 124),
  version int not null default 1
);
insert into retention default values;
create constraint trigger retention_audited after insert or update or delete on retention
  deferrable initially deferred for each row execute function require_audit_event();

-- Calls that were admitted before are erased, or are about to be, and none of them is booked any more. Null while nothing
-- ever was. It only ever grows, and is the beginning of a quarter of an hour.
create table usage_horizon (
  singleton boolean primary key default true check (singleton),
  erased_before timestamptz check (erased_before = date_bin('15 minutes', erased_before, 'epoch'))
);
insert into usage_horizon default values;

-- What erased calls add up to. Of calls with one attempt a line is the sum of those of a quarter of an hour that are alike in
-- all that a report tells apart; each attempt of a call that has several keeps a line, so that these are one call still.
create table usage_sums (
  -- Of the attempt, which may be in usage_strays; and what its call is known by: the least of these. Null in a sum.
  id text,
  call_id text,
  attempt int not null,
  -- The beginning of the quarter: days and hours begin with one in every time zone there is.
  admitted_at timestamptz not null,
  key_id text not null,
  secret_id text not null,
  user_id text,
  service_account_id text,
  environment_id text not null,
  project_id text not null,
  team_id text not null,
  tags jsonb not null,
  operation text not null,
  model text,
  provider_id text,
  priced boolean not null,
  attempts int8 not null,
  errors int8 not null,
  input_tokens int8 not null,
  cached_input_tokens int8 not null,
  cache_write_tokens int8 not null,
  output_tokens int8 not null,
  reasoning_tokens int8 not null,
  cost_nano_usd int8 not null,
  check ((id is null) = (call_id is null)),
  check (id is null or attempts = 1)
);
create index usage_sums_admitted on usage_sums (admitted_at);
create index usage_sums_key on usage_sums (key_id, admitted_at);
create index usage_sums_user on usage_sums (user_id, admitted_at) where user_id is not null;
create index usage_sums_id on usage_sums (id) where id is not null;
create index usage_sums_call on usage_sums (call_id) where call_id is not null;
create index usage_sums_unpriced on usage_sums (admitted_at) where not priced;

-- What reports count: calls, and what erased ones add up to. `request_id` tells calls with several attempts from each other.
create view usage_counted as
  select id, request_id, attempt, admitted_at, key_id, secret_id, user_id, service_account_id, environment_id, project_id,
    team_id, tags, operation, model, provider_id, priced, 1::int8 as attempts, (status >= 400)::int::int8 as errors,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nano_usd
  from usage
  union all
  select id, call_id, attempt, admitted_at, key_id, secret_id, user_id, service_account_id, environment_id, project_id,
    team_id, tags, operation, model, provider_id, priced, attempts, errors,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nano_usd
  from usage_sums;

-- What erased calls charged to each window. No foreign key: whoever settles holds the window's row.
create table usage_sums_charged (
  budget_id text not null,
  window_start timestamptz not null,
  cost_nano_usd int8 not null,
  primary key (budget_id, window_start)
);

-- Calls from before the horizon that a gateway told of after it had passed. Whether one was booked before it was erased,
-- nothing can say any more: so it is not booked, and is told of here.
create table usage_too_late (
  id text primary key,
  node_id text not null,
  admitted_at timestamptz not null,
  cost_nano_usd int8 not null,
  came_at timestamptz not null default clock_timestamp()
);

-- Erases up to `most` calls from before the horizon, the oldest first, each with all its attempts, and keeps what they add up
-- to: all of it or nothing. Answers how many rows went. One at a time.
create function usage_erase(most int) returns int
language plpgsql as $$
declare
  erased int;
begin
  -- Nothing that was added up of them changes: see usage_touch(). Until the end of the transaction, or of this.
  perform set_config('claviger.erasing', 'on', true);
  with due as materialized (
    select request_id from usage where admitted_at < (select erased_before from usage_horizon)
    order by admitted_at, id limit most
  ), gone as (
    delete from usage u using (select distinct request_id from due) d where u.request_id = d.request_id returning u.*
  ), several as (
    select request_id, min(id) as call_id from gone group by request_id having count(*) > 1
  ), lines as (
    insert into usage_sums
    select case when s.call_id is not null then g.id end, s.call_id,
      case when s.call_id is null then 1 else g.attempt end, date_bin('15 minutes', g.admitted_at, 'epoch'),
      g.key_id, g.secret_id, g.user_id, g.service_account_id, g.environment_id, g.project_id, g.team_id, g.tags,
      g.operation, g.model, g.provider_id, g.priced, count(*), count(*) filter (where g.status >= 400),
      exact_sum(g.input_tokens), exact_sum(g.cached_input_tokens), exact_sum(g.cache_write_tokens),
      exact_sum(g.output_tokens), exact_sum(g.reasoning_tokens), exact_sum(g.cost_nano_usd)
    from gone g left join several s using (request_id)
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
  ), charges as (
    insert into usage_sums_charged
    select c.budget_id, c.window_start, exact_sum(g.cost_nano_usd)
    from gone g, unnest(g.budget_ids, g.budget_window_starts) as c (budget_id, window_start)
    where c.budget_id is not null and c.window_start is not null
    group by 1, 2
    on conflict (budget_id, window_start)
    do update set cost_nano_usd = usage_sums_charged.cost_nano_usd + excluded.cost_nano_usd
  )
  select count(*) into erased from gone;
  perform set_config('claviger.erasing', 'off', true);
  return erased;
end $$;

-- As in 0031_usage_rollups.sql; what is erased is still counted, and touches nothing.
create or replace function usage_touch() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from usage_strays;
    delete from usage_cells;
    delete from usage_units;
  elsif tg_op = 'DELETE' then
    if current_setting('claviger.erasing', true) = 'on' then
      return null;
    end if;
    insert into usage_touched select distinct date_trunc('hour', admitted_at, 'UTC') from gone;
  else
    insert into usage_touched select distinct date_trunc('hour', admitted_at, 'UTC') from written;
    if tg_op = 'UPDATE' then
      insert into usage_touched select distinct date_trunc('hour', admitted_at, 'UTC') from gone;
    end if;
  end if;
  return null;
end $$;

-- Whoever settles holds this lock with others; whoever moves the horizon holds it alone. So a call is booked before the
-- horizon passes it, or sees that it has: none is erased and booked again.
create function usage_horizon_lock() returns int8 language sql immutable as $$ select 7236543::int8 $$;

-- As in 0038_booking.sql; and a call from before the horizon is not booked.
create or replace function ledger_settle(
  settling_node text, settling_turn int8, batch json, batch_budgets text[], batch_starts timestamptz[]
)
returns table (
  budget_id text, window_start timestamptz, window_end timestamptz, limit_nano_usd int8, spent_nano_usd int8,
  lease_nano_usd int8, left_nano_usd int8, raised_thresholds int[]
)
language plpgsql as $$
#variable_conflict use_column
declare
  charge record;
  account budget_windows;
  lowered record;
  horizon timestamptz;
begin
  perform pg_advisory_xact_lock_shared(usage_horizon_lock());
  horizon := (select coalesce(erased_before, '-infinity') from usage_horizon);
  for charge in
    with told as (
      select * from json_populate_recordset(ledger_usage_defaults(), batch)
    ), too_late as (
      insert into usage_too_late (id, node_id, admitted_at, cost_nano_usd)
      select id, settling_node, admitted_at, cost_nano_usd from told where admitted_at < horizon
      on conflict (id) do nothing
    ), inserted as (
      insert into usage select * from told where admitted_at >= horizon
      on conflict (id) do nothing
      returning secret_id, admitted_at, cost_nano_usd, budget_ids, budget_window_starts
    ), used as (
      update key_secrets s set last_used_at = latest.at
      from (
        -- In the order of their ids: two nodes that book calls of the same secrets never wait for each other.
        select k.id, calls.at from key_secrets k
        join (select secret_id, max(admitted_at) as at from inserted group by secret_id) calls on calls.secret_id = k.id
        where k.last_used_at is null or k.last_used_at < calls.at - interval '1 minute'
        order by k.id
        for no key update of k
      ) latest
      where s.id = latest.id
    ), charges as (
      select charged.budget_id, charged.window_start, sum(cost_nano_usd)::int8 as cost
      from inserted, unnest(budget_ids, budget_window_starts) as charged (budget_id, window_start)
      group by 1, 2
    )
    select budget_id, window_start, coalesce(charges.cost, 0) as cost
    from unnest(batch_budgets, batch_starts) as named (budget_id, window_start)
    full join charges using (budget_id, window_start)
    order by budget_id, window_start
  loop
    select * into account from budget_windows w
    where w.budget_id = charge.budget_id and w.window_start = charge.window_start for update;
    if not found then
      raise foreign_key_violation
        using message = format('budget %s has no window that starts at %s', charge.budget_id, charge.window_start);
    end if;
    select * into lowered from ledger_lower_lease(
      settling_node, settling_turn, charge.budget_id, charge.window_start, charge.cost, charge.cost);
    budget_id := charge.budget_id;
    window_start := charge.window_start;
    window_end := account.window_end;
    limit_nano_usd := account.limit_nano_usd;
    spent_nano_usd := account.spent_nano_usd + charge.cost;
    lease_nano_usd := lowered.lease_left;
    left_nano_usd := lowered.window_left;
    raised_thresholds := ledger_raise_alerts(charge.budget_id, charge.window_start);
    return next;
  end loop;
end $$;
