-- The ledger's authority: what may be spent in each window of each budget, and which node has set how much of it aside.
-- In every row `spent + leased <= limit + over`, by constraint. All functions lock windows in the order of their key.

-- The window of a budget that holds the moment `at`: calendar units in the budget's time zone, weeks from Monday.
-- Where midnight happens twice the window starts at the second one, and the hour before it belongs to the day before.
create function budget_window(period text, time_zone text, at timestamptz)
returns table (window_start timestamptz, window_end timestamptz)
language sql stable as $$
  with local as (
    select case when period <> 'total' then date_trunc(period, at at time zone time_zone) end as midnight,
           case when period <> 'total' then ('1 ' || period)::interval end as step
  ), unit as (
    select case when midnight at time zone time_zone <= at then midnight else midnight - step end as first, step
    from local
  )
  select coalesce(first at time zone time_zone, 'epoch'),
         coalesce((first + step) at time zone time_zone, '9999-12-31 00:00:00+00')
  from unit
$$;

-- Records that a window's spend has reached thresholds, each once, and returns those that are new.
create function ledger_raise_alerts(alerted_budget text, alerted_start timestamptz) returns int[]
language sql as $$
  with raised as (
    insert into budget_alerts (budget_id, window_start, threshold)
    select w.budget_id, w.window_start, threshold
    from budget_windows w
    join budgets b on b.id = w.budget_id, unnest(b.thresholds) threshold
    where w.budget_id = alerted_budget and w.window_start = alerted_start
      and w.spent_nano_usd > 0
      and w.spent_nano_usd::numeric * 100 >= w.limit_nano_usd::numeric * threshold
    on conflict do nothing
    returning threshold
  )
  select coalesce(array_agg(threshold order by threshold), '{}') from raised
$$;

-- Takes `amount` off a node's lease, as far as it reaches, and adds `spent` to the window; answers what is left of the
-- lease. What is spent beyond the lease was not admitted by it, and is counted as over the limit if it is.
create function ledger_lower_lease(
  lease_node text, lease_budget text, lease_start timestamptz, amount int8, spent int8
) returns int8
language plpgsql as $$
declare
  leased int8;
  lowered int8;
begin
  select l.amount_nano_usd into leased from leases l
  where l.budget_id = lease_budget and l.window_start = lease_start and l.node_id = lease_node;
  leased := coalesce(leased, 0);
  lowered := least(leased, amount);
  update leases set amount_nano_usd = leased - lowered
  where budget_id = lease_budget and window_start = lease_start and node_id = lease_node;
  update budget_windows
  set spent_nano_usd = spent_nano_usd + spent,
      leased_nano_usd = leased_nano_usd - lowered,
      over_nano_usd = greatest(0, spent_nano_usd + spent + leased_nano_usd - lowered - limit_nano_usd)
  where budget_id = lease_budget and window_start = lease_start;
  return leased - lowered;
end $$;

-- Sets aside for a node what is left in the current window of each budget: limit - spent - leased, never less than
-- nothing. A changed limit comes into force here: a node that heard of a change names the window it knows and what it
-- still needs of its lease there, and the rest is given back first. Soft budgets get a window to count in, and no
-- lease, since they never refuse.
create function ledger_take(
  taking_node text, wanted_budgets text[], known_starts timestamptz[], needed_amounts int8[]
)
returns table (
  budget_id text, window_start timestamptz, window_end timestamptz, limit_nano_usd int8, spent_nano_usd int8,
  lease_nano_usd int8, raised_thresholds int[]
)
language plpgsql as $$
#variable_conflict use_column
declare
  wanted record;
  account budget_windows;
  kept int8;
  granted int8;
begin
  for wanted in
    select b.id, b.kind, b.limit_nano_usd, span.window_start, span.window_end, known.window_start as known_start,
           known.needed
    from unnest(wanted_budgets, known_starts, needed_amounts) as known (id, window_start, needed)
    join budgets b on b.id = known.id,
    budget_window(b.period, b.time_zone, clock_timestamp()) span
    order by b.id
    for share of b
  loop
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd)
    values (wanted.id, wanted.window_start, wanted.window_end, wanted.limit_nano_usd)
    on conflict do nothing;
    perform from budget_windows w
    where w.budget_id = wanted.id and w.window_start = wanted.window_start for update;
    if wanted.known_start = wanted.window_start then
      perform ledger_lower_lease(taking_node, wanted.id, wanted.window_start,
        greatest(0, l.amount_nano_usd - wanted.needed), 0)
      from leases l
      where l.budget_id = wanted.id and l.window_start = wanted.window_start and l.node_id = taking_node;
    end if;

    select * into account from budget_windows w
    where w.budget_id = wanted.id and w.window_start = wanted.window_start;
    granted := case when wanted.kind = 'soft' then 0
      else greatest(0, wanted.limit_nano_usd - account.spent_nano_usd - account.leased_nano_usd) end;
    update budget_windows w
    set limit_nano_usd = wanted.limit_nano_usd,
        over_nano_usd = greatest(0, account.spent_nano_usd + account.leased_nano_usd - wanted.limit_nano_usd),
        leased_nano_usd = account.leased_nano_usd + granted
    where w.budget_id = wanted.id and w.window_start = wanted.window_start;
    insert into leases (budget_id, window_start, node_id, amount_nano_usd)
    values (wanted.id, wanted.window_start, taking_node, granted)
    on conflict on constraint leases_pkey
    do update set amount_nano_usd = leases.amount_nano_usd + excluded.amount_nano_usd, taken_at = now()
    returning leases.amount_nano_usd into kept;

    budget_id := wanted.id;
    window_start := wanted.window_start;
    window_end := wanted.window_end;
    limit_nano_usd := wanted.limit_nano_usd;
    spent_nano_usd := account.spent_nano_usd;
    lease_nano_usd := kept;
    raised_thresholds := ledger_raise_alerts(wanted.id, wanted.window_start);
    return next;
  end loop;
end $$;

-- Lowers a node's leases to what it still needs, and gives the rest back.
create function ledger_give_back(
  giving_node text, given_budgets text[], given_starts timestamptz[], needed_amounts int8[]
) returns void
language plpgsql as $$
declare
  lease record;
begin
  for lease in
    select w.budget_id, w.window_start, needed.amount as needed
    from unnest(given_budgets, given_starts, needed_amounts) as needed (budget_id, window_start, amount)
    join budget_windows w on w.budget_id = needed.budget_id and w.window_start = needed.window_start
    order by w.budget_id, w.window_start
    for update of w
  loop
    perform ledger_lower_lease(giving_node, lease.budget_id, lease.window_start, amount_nano_usd - lease.needed, 0)
    from leases l
    where l.budget_id = lease.budget_id and l.window_start = lease.window_start and l.node_id = giving_node
      and l.amount_nano_usd > lease.needed;
    delete from leases l
    where l.budget_id = lease.budget_id and l.window_start = lease.window_start and l.node_id = giving_node
      and l.amount_nano_usd = 0;
  end loop;
end $$;

-- What a usage row has where the node did not say: the same as the table's defaults.
create function ledger_usage_defaults() returns usage language sql immutable as $$
  select jsonb_populate_record(null::usage, '{
    "tags": {}, "input_tokens": 0, "cached_input_tokens": 0, "cache_write_tokens": 0, "output_tokens": 0,
    "reasoning_tokens": 0, "quantities": {}, "cost_nano_usd": 0, "hold_nano_usd": 0, "estimated": false,
    "priced": true, "modifiers": [], "duration_ms": 0, "budget_ids": [], "budget_window_starts": []
  }')
$$;

-- Inserts usage rows and moves their money, in one transaction. A row that is already there moves nothing, so a batch
-- whose answer was lost may be sent again. Answers how the batch's windows stand afterwards.
create function ledger_settle(settling_node text, batch json, batch_budgets text[], batch_starts timestamptz[])
returns table (
  budget_id text, window_start timestamptz, window_end timestamptz, limit_nano_usd int8, spent_nano_usd int8,
  lease_nano_usd int8, raised_thresholds int[]
)
language plpgsql as $$
#variable_conflict use_column
declare
  charge record;
  account budget_windows;
begin
  for charge in
    with inserted as (
      insert into usage select * from json_populate_recordset(ledger_usage_defaults(), batch)
      on conflict (id) do nothing
      returning secret_id, admitted_at, cost_nano_usd, budget_ids, budget_window_starts
    ), used as (
      update key_secrets s set last_used_at = latest.at
      from (select secret_id, max(admitted_at) as at from inserted group by secret_id) latest
      where s.id = latest.secret_id
        and (s.last_used_at is null or s.last_used_at < latest.at - interval '1 minute')
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
    budget_id := charge.budget_id;
    window_start := charge.window_start;
    window_end := account.window_end;
    limit_nano_usd := account.limit_nano_usd;
    spent_nano_usd := account.spent_nano_usd + charge.cost;
    lease_nano_usd :=
      ledger_lower_lease(settling_node, charge.budget_id, charge.window_start, charge.cost, charge.cost);
    raised_thresholds := ledger_raise_alerts(charge.budget_id, charge.window_start);
    return next;
  end loop;
end $$;
