-- Booking calls: secrets are locked in one order, what a window's row says by itself is not worked out again, and no
-- threshold of any 24 hours waits for the next call.

-- Inserts usage rows and moves their money, in one transaction. A row that is already there moves nothing, so a batch
-- whose answer was lost may be sent again. Answers how the batch's windows stand afterwards.
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
begin
  for charge in
    with inserted as (
      insert into usage select * from json_populate_recordset(ledger_usage_defaults(), batch)
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

-- How a budget stands (see 0022_budget_terms.sql). A window of the calendar without a raise or a proration stands as its
-- row says; everything else is worked out. Asked several times for each window of each batch.
alter function budget_standing(text, timestamptz) rename to composed_standing;
create function budget_standing(asked_budget text, asked_start timestamptz)
returns table (total_limit_nano_usd int8, total_spent_nano_usd int8, total_leased_nano_usd int8, resets_at timestamptz)
language plpgsql volatile as $$
begin
  select case when span.window_end <= clock_timestamp() then w.limit_nano_usd else b.limit_nano_usd end,
         w.spent_nano_usd, w.leased_nano_usd, nullif(span.window_end, '9999-12-31 00:00:00+00')
  into total_limit_nano_usd, total_spent_nano_usd, total_leased_nano_usd, resets_at
  from budgets b
  join budget_windows w on w.budget_id = b.id and w.window_start = asked_start
  cross join lateral budget_window(b.period, b.time_zone, asked_start) span
  where b.id = asked_budget and b.period not in ('rolling_24h', 'credits')
    and b.prorated_start is distinct from asked_start
    and not exists (
      select from budget_raises r
      where r.budget_id = b.id and r.ended_at is null and r.ends_at > clock_timestamp());
  if found then
    return next;
  else
    return query select * from composed_standing(asked_budget, asked_start);
  end if;
end $$;

-- As in 0022_budget_terms.sql; of a budget without lines nobody asks how it stands.
create or replace function tell_of_budget_lines() returns trigger language plpgsql as $$
begin
  perform pg_notify('claviger', json_build_object('topic', 'budget', 'id', b.id)::text)
  from budgets b, budget_standing(b.id, new.window_start) stands
  where b.id = new.budget_id and coalesce(b.throttle_at_percent, b.suspend_at_percent) is not null
    and exists (
      select from unnest(array[b.throttle_at_percent, b.suspend_at_percent]) percent
      where stands.total_spent_nano_usd::numeric * 100 >= stands.total_limit_nano_usd::numeric * percent
        and (stands.total_spent_nano_usd::numeric - new.spent_nano_usd + old.spent_nano_usd) * 100
          < stands.total_limit_nano_usd::numeric * percent);
  return null;
end $$;

-- Thresholds that are to be looked at again: of cells of any 24 hours, when somebody else was looking. Not unique: two
-- who note the same would wait for each other, with rows locked.
create table budget_looks (
  budget_id text not null,
  window_start timestamptz not null,
  noted_at timestamptz not null default clock_timestamp(),
  foreign key (budget_id, window_start) references budget_windows
);
create index budget_looks_window on budget_looks (budget_id, window_start);

-- As in 0024_budget_alerts.sql; who leaves the look to somebody else, who may not see what was spent here, notes it.
create or replace function ledger_raise_alerts(alerted_budget text, alerted_start timestamptz) returns int[]
language plpgsql as $$
declare
  raised int[];
begin
  -- Cells of a rolling period are settled beside each other. Who does not get this leaves the look to a sweep: waiting
  -- here, with rows locked, could wait for itself.
  if (select period = 'rolling_24h' from budgets where id = alerted_budget)
     and not pg_try_advisory_xact_lock(hashtextextended(alerted_budget, 1)) then
    insert into budget_looks (budget_id, window_start) values (alerted_budget, alerted_start);
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

-- Looks again at up to `most` windows, those that were noted first, and answers how many. Goes through them in the order
-- of their key; one look is for all notes of a window. What somebody looks at now is noted anew.
create function ledger_look_again(most int) returns int
language plpgsql as $$
declare
  due record;
  looked int := 0;
begin
  for due in
    with oldest as (
      select budget_id, window_start from budget_looks group by 1, 2 order by min(noted_at) limit most
    ), taken as (
      delete from budget_looks l
      where l.ctid = any(array(
        select n.ctid from budget_looks n join oldest using (budget_id, window_start) for update of n skip locked))
      returning l.budget_id, l.window_start
    )
    select distinct budget_id, window_start from taken order by budget_id, window_start
  loop
    perform from budget_windows w
    where w.budget_id = due.budget_id and w.window_start = due.window_start for update;
    perform ledger_raise_alerts(due.budget_id, due.window_start);
    looked := looked + 1;
  end loop;
  return looked;
end $$;
