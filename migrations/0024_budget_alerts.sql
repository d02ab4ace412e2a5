-- Alerts: the ledger marks that a budget reached a threshold, and a sweep tells people and channels, once.

-- A mark is of a limit: when that is raised, what was reached before can be reached again.
alter table budget_alerts
  add limit_nano_usd int8,
  add spent_nano_usd int8,
  -- Null: nobody was told yet.
  add told_at timestamptz;
-- What was reached before this version was logged then; nobody is told of it now.
update budget_alerts a
set limit_nano_usd = w.limit_nano_usd, spent_nano_usd = w.spent_nano_usd, told_at = a.raised_at
from budget_windows w
where w.budget_id = a.budget_id and w.window_start = a.window_start;
alter table budget_alerts
  alter limit_nano_usd set not null,
  alter spent_nano_usd set not null,
  drop constraint budget_alerts_pkey,
  add primary key (budget_id, window_start, threshold, limit_nano_usd),
  add foreign key (budget_id, window_start) references budget_windows;
create index budget_alerts_untold on budget_alerts (raised_at) where told_at is null;

-- From which window on the spend counts together with that of the window that starts at `window_start`, for alerts:
-- windows of the calendar stand alone, the short ones of a rolling period add up.
create function budget_alert_since(period text, window_start timestamptz) returns timestamptz
language sql immutable as $$
  select case period when 'rolling_24h' then window_start - interval '24 hours' else window_start end
$$;

-- Marks the thresholds that a window's spend has reached, and returns those that are new. What was reached at a spend
-- that is past the threshold of today's limit too is not reached anew. A hard budget that is spent refuses calls, so
-- 100 counts whatever its thresholds are. The caller holds the window's row.
create or replace function ledger_raise_alerts(alerted_budget text, alerted_start timestamptz) returns int[]
language plpgsql as $$
declare
  raised int[];
begin
  -- Cells of a rolling period are settled beside each other. Who does not get this leaves the look to who has it:
  -- waiting here, with rows locked, could wait for itself.
  if (select period = 'rolling_24h' from budgets where id = alerted_budget)
     and not pg_try_advisory_xact_lock(hashtextextended(alerted_budget, 1)) then
    return '{}';
  end if;
  with inserted as (
    insert into budget_alerts (budget_id, window_start, threshold, limit_nano_usd, spent_nano_usd)
    select b.id, alerted_start, percent, stands.total_limit_nano_usd, stands.total_spent_nano_usd
    from budgets b, budget_standing(b.id, alerted_start) stands,
      unnest(case when b.kind = 'hard' and not 100 = any(b.thresholds) then b.thresholds || 100 else b.thresholds end)
        percent
    where b.id = alerted_budget and stands.total_spent_nano_usd > 0
      and stands.total_spent_nano_usd::numeric * 100 >= stands.total_limit_nano_usd::numeric * percent
      and not exists (
        select from budget_alerts earlier
        where earlier.budget_id = b.id and earlier.threshold = percent
          and earlier.window_start between budget_alert_since(b.period, alerted_start) and alerted_start
          and earlier.spent_nano_usd::numeric * 100 >= stands.total_limit_nano_usd::numeric * percent
      )
    on conflict do nothing
    returning threshold
  )
  select coalesce(array_agg(threshold order by threshold), '{}') into raised from inserted;
  return raised;
end $$;

-- What somebody was told, or could have been. Kept.
create table alerts (
  id text primary key,
  kind text not null check (
    kind in ('budget.threshold', 'budget.projected', 'budget.refusing', 'budget.exhausted')
  ),
  budget_id text not null references budgets,
  window_start timestamptz not null,
  window_end timestamptz not null,
  -- The threshold that was reached.
  percent int check ((percent is null) = (kind in ('budget.projected', 'budget.refusing'))),
  -- How many calls it refused in the hour before.
  refused_calls int check ((refused_calls is null) = (kind <> 'budget.refusing')),
  limit_nano_usd int8 not null,
  spent_nano_usd int8 not null,
  -- Where the spend of the window ends at the present pace, and when it reaches the limit: null when it does not.
  projected_nano_usd int8,
  runs_out_at timestamptz,
  summary text not null,
  -- How many people and channels were told. Of several thresholds that are reached at once only the highest is told.
  told int not null,
  raised_at timestamptz not null
);
create unique index alerts_once on alerts (budget_id, window_start, kind, percent, limit_nano_usd) nulls not distinct;

-- How budgets are spent: the spend of the current window once an hour, when it has changed.
create table budget_burn (
  budget_id text not null references budgets,
  at timestamptz not null default now(),
  window_start timestamptz not null,
  spent_nano_usd int8 not null,
  primary key (budget_id, at)
);

-- The budget, rate limit or policy that refused the call.
alter table usage add refused_by text;
create index usage_refused on usage (admitted_at) where refused_by is not null;
