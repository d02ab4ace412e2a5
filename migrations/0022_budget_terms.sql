-- What a budget's limit is at a moment, and in which window: quarters, any 24 hours, limits that change within a window,
-- raises that end by themselves, and the lines at which a budget slows calls down or stops them until its next window.

alter table budgets drop constraint budgets_period_check;
alter table budgets
  add constraint budgets_period_check
    check (period in ('day', 'week', 'month', 'quarter', 'rolling_24h', 'total')),
  -- The limit of the one window that starts at `prorated_start`, when it differs from those that follow.
  add prorated_start timestamptz,
  add prorated_nano_usd int8 check (prorated_nano_usd >= 0),
  -- From this part of the limit on, only so many calls a minute.
  add throttle_at_percent int check (throttle_at_percent between 1 and 1000),
  add throttle_requests_per_minute int check (throttle_requests_per_minute >= 1),
  -- From this part on, none until the next window.
  add suspend_at_percent int check (suspend_at_percent between 1 and 1000),
  add constraint budgets_proration check ((prorated_start is null) = (prorated_nano_usd is null)),
  add constraint budgets_throttle check ((throttle_at_percent is null) = (throttle_requests_per_minute is null));

create table budget_raises (
  id text primary key,
  budget_id text not null references budgets,
  amount_nano_usd int8 not null check (amount_nano_usd > 0),
  reason text not null,
  -- The request in which it was approved; null for one that was given without.
  request_id text references access_requests,
  created_at timestamptz not null default now(),
  ends_at timestamptz not null,
  -- Set when somebody ended it before its time.
  ended_at timestamptz
);
create index budget_raises_budget on budget_raises (budget_id, ends_at) where ended_at is null;
create constraint trigger budget_raises_audited after insert or update or delete on budget_raises
  deferrable initially deferred for each row execute function require_audit_event();

-- The window of a budget that holds the moment `at`: calendar units in the budget's time zone, weeks from Monday.
-- Where midnight happens twice the window starts at the second one, and the hour before it belongs to the day before.
-- `rolling_24h` has a cell of 15 minutes here: `budget_limit_now` makes one limit of the cells of any 24 hours.
create or replace function budget_window(period text, time_zone text, at timestamptz)
returns table (window_start timestamptz, window_end timestamptz)
language sql stable as $$
  with unit as (
    select case when period in ('day', 'week', 'month', 'quarter') then period end as name,
           case period when 'quarter' then interval '3 months'
                       when 'day' then interval '1 day'
                       when 'week' then interval '1 week'
                       when 'month' then interval '1 month' end as step
  ), local as (
    select date_trunc(name, at at time zone time_zone) as midnight, step from unit
  ), calendar as (
    select case when midnight at time zone time_zone <= at then midnight else midnight - step end as first, step
    from local
  ), cell as (
    select case when period = 'rolling_24h'
                then date_bin('15 minutes', at, timestamptz '1970-01-01 00:00:00+00') end as first
  )
  select coalesce(cell.first, calendar.first at time zone time_zone, 'epoch'),
         coalesce(cell.first + interval '15 minutes', (calendar.first + step) at time zone time_zone,
                  '9999-12-31 00:00:00+00')
  from calendar, cell
$$;

-- What the budget allows at `at` in the window that starts at `asked_start`, and until when that is so: its limit, or
-- what proration made of it in this window, and the raises that hold then.
create function budget_allowance(asked budgets, asked_start timestamptz, at timestamptz)
returns table (limit_nano_usd int8, valid_until timestamptz)
language sql stable as $$
  select least(9223372036854775807, coalesce(sum(r.amount_nano_usd), 0) +
               case when asked.prorated_start = asked_start then asked.prorated_nano_usd else asked.limit_nano_usd end
         )::int8,
         coalesce(min(r.ends_at), 'infinity')
  from budget_raises r
  where r.budget_id = asked.id and r.ended_at is null and r.ends_at > at
$$;

-- The limit of one row of `budget_windows`, for whoever is about to set some of it aside.
--
-- For `rolling_24h` that is what the other cells leave. Any 24 hours touch at most 97 cells, so a cell counts the 96
-- before it; and those after it, since a node may come late to a cell that others have left. Who grants in one cell
-- must see what was just granted in its neighbour, so grants of a budget take turns. What else moves in other cells
-- only makes them smaller, but for calls that cost more than they held.
drop function budget_limit_now(text, timestamptz);
create function budget_limit_now(limited_budget text, limited_start timestamptz)
returns table (limit_nano_usd int8, valid_until timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
  asked budgets;
  elsewhere numeric := 0;
begin
  select * into asked from budgets b where b.id = limited_budget;
  if asked.period = 'rolling_24h' then
    perform pg_advisory_xact_lock(hashtextextended(asked.id, 0));
    select coalesce(sum(w.spent_nano_usd::numeric + w.leased_nano_usd), 0) into elsewhere
    from budget_windows w
    where w.budget_id = asked.id and w.window_start >= limited_start - interval '24 hours'
      and w.window_start <> limited_start;
  end if;
  return query
    select greatest(0, allowed.limit_nano_usd - elsewhere)::int8, allowed.valid_until
    from budget_allowance(asked, limited_start, clock_timestamp()) allowed;
end $$;

-- How the budget stands in the window that starts at `asked_start`, as people count it: for `rolling_24h` in the 24
-- hours that end with this cell. A window that is over keeps the limit it ended with. `resets_at` is when the next
-- window starts, and for `rolling_24h` when the oldest of what counts comes back; null when that is never.
-- Volatile, so that it sees what the statement around it has changed.
create function budget_standing(asked_budget text, asked_start timestamptz)
returns table (total_limit_nano_usd int8, total_spent_nano_usd int8, total_leased_nano_usd int8, resets_at timestamptz)
language sql volatile as $$
  select
    case when span.window_end <= clock_timestamp() and b.period <> 'rolling_24h'
         then coalesce(own.limit_nano_usd, allowed.limit_nano_usd) else allowed.limit_nano_usd end,
    case when b.period = 'rolling_24h' then cells.spent else coalesce(own.spent_nano_usd, 0) end,
    case when b.period = 'rolling_24h' then cells.leased else coalesce(own.leased_nano_usd, 0) end,
    case when b.period = 'rolling_24h' then cells.oldest + interval '24 hours 15 minutes'
         else nullif(span.window_end, '9999-12-31 00:00:00+00') end
  from budgets b
  cross join lateral budget_window(b.period, b.time_zone, asked_start) span
  cross join lateral budget_allowance(b, asked_start, clock_timestamp()) allowed
  left join budget_windows own on own.budget_id = b.id and own.window_start = asked_start
  left join lateral (
    select coalesce(sum(w.spent_nano_usd), 0)::int8 as spent, coalesce(sum(w.leased_nano_usd), 0)::int8 as leased,
           min(w.window_start) filter (where w.spent_nano_usd + w.leased_nano_usd > 0) as oldest
    from budget_windows w
    where w.budget_id = b.id and w.window_start between asked_start - interval '24 hours' and asked_start
  ) cells on b.period = 'rolling_24h'
  where b.id = asked_budget
$$;

-- Records that a window's spend has reached thresholds, each once, and returns those that are new. Of `rolling_24h` a
-- threshold is new when it was not raised in the 24 hours before: whoever tells people of these rows tells them once.
create or replace function ledger_raise_alerts(alerted_budget text, alerted_start timestamptz) returns int[]
language plpgsql as $$
declare
  rolling boolean;
  raised int[];
begin
  select period = 'rolling_24h' into rolling from budgets where id = alerted_budget;
  -- Cells are settled beside each other. Who does not get this leaves the look to who has it: waiting here, with rows
  -- locked, could wait for itself.
  if rolling and not pg_try_advisory_xact_lock(hashtextextended(alerted_budget, 1)) then
    return '{}';
  end if;
  with inserted as (
    insert into budget_alerts (budget_id, window_start, threshold)
    select b.id, alerted_start, percent
    from budgets b, budget_standing(b.id, alerted_start) stands, unnest(b.thresholds) percent
    where b.id = alerted_budget
      and stands.total_spent_nano_usd > 0
      and stands.total_spent_nano_usd::numeric * 100 >= stands.total_limit_nano_usd::numeric * percent
      and not (rolling and exists (
        select from budget_alerts earlier
        where earlier.budget_id = b.id and earlier.threshold = percent
          and earlier.window_start > alerted_start - interval '24 hours'))
    on conflict do nothing
    returning threshold
  )
  select coalesce(array_agg(threshold order by threshold), '{}') into raised from inserted;
  return raised;
end $$;

-- Tells every node when a budget reaches a line of its own: each works out for itself what that means, from what the
-- authority then says is spent.
create function tell_of_budget_lines() returns trigger language plpgsql as $$
begin
  perform pg_notify('claviger', json_build_object('topic', 'budget', 'id', b.id)::text)
  from budgets b, budget_standing(b.id, new.window_start) stands
  where b.id = new.budget_id
    and exists (
      select from unnest(array[b.throttle_at_percent, b.suspend_at_percent]) percent
      where stands.total_spent_nano_usd::numeric * 100 >= stands.total_limit_nano_usd::numeric * percent
        and (stands.total_spent_nano_usd::numeric - new.spent_nano_usd + old.spent_nano_usd) * 100
          < stands.total_limit_nano_usd::numeric * percent);
  return null;
end $$;
create trigger budget_windows_lines after update of spent_nano_usd on budget_windows
  for each row when (new.spent_nano_usd > old.spent_nano_usd) execute function tell_of_budget_lines();

-- The figures of what limits rates: of each rate limit, null where it sets none, and of each budget that slows calls
-- down from a part of its limit on.
create or replace view rate_limit_figures as
  select id, requests_per_minute::int8 as requests, tokens_per_minute::int8 as tokens,
         concurrent_calls::int8 as concurrent
  from rate_limits
  where deleted_at is null
  union all
  select id || ':throttle', throttle_requests_per_minute::int8, null, null
  from budgets
  where deleted_at is null and throttle_requests_per_minute is not null;
