-- Leases in slices: any number of nodes share a budget, and none is refused what another holds idle. These functions
-- take the place of those of the same names in 0002_ledger.sql. All lock windows in the order of their key.

alter table leases
  -- A node numbers its questions in the order in which it asks them. This is the last one that was answered about this
  -- lease: an older one that is carried out late changes nothing any more.
  add column turn int8 not null default 0,
  -- When the node last gave back all that it had free.
  add column given_back_at timestamptz;

-- What a budget allows in a window, and until when that holds. Called when the window's row is locked.
create function budget_limit_now(limited_budget text, limited_start timestamptz)
returns table (limit_nano_usd int8, valid_until timestamptz)
language sql stable as $$
  select b.limit_nano_usd, timestamptz 'infinity' from budgets b where b.id = limited_budget
$$;

drop function ledger_take(text, text[], timestamptz[], int8[]);
drop function ledger_settle(text, json, text[], timestamptz[]);
drop function ledger_give_back(text, text[], timestamptz[], int8[]);
drop function ledger_lower_lease(text, text, timestamptz, int8, int8);

-- Takes `amount` off a node's lease, as far as it reaches, and adds `spent` to the window; answers what is left of the
-- lease, and what is left for everybody: less than nothing when more is spent and set aside than the limit allows. What is spent beyond the lease was not admitted by it, and is counted as over
-- the limit if it is.
create function ledger_lower_lease(
  lease_node text, lease_turn int8, lease_budget text, lease_start timestamptz, amount int8, spent int8,
  out lease_left int8, out window_left int8
)
language plpgsql as $$
declare
  leased int8;
  lowered int8;
begin
  select l.amount_nano_usd into leased from leases l
  where l.budget_id = lease_budget and l.window_start = lease_start and l.node_id = lease_node;
  leased := coalesce(leased, 0);
  lowered := least(leased, amount);
  update leases set amount_nano_usd = leased - lowered, turn = greatest(turn, lease_turn)
  where budget_id = lease_budget and window_start = lease_start and node_id = lease_node;
  update budget_windows
  set spent_nano_usd = spent_nano_usd + spent,
      leased_nano_usd = leased_nano_usd - lowered,
      over_nano_usd = greatest(0, spent_nano_usd + spent + leased_nano_usd - lowered - limit_nano_usd)
  where budget_id = lease_budget and window_start = lease_start
  returning limit_nano_usd - spent_nano_usd - leased_nano_usd into window_left;
  lease_left := leased - lowered;
end $$;

-- Tells every node that one is short of a budget, or that one has answered this (channel and messages: src/bus.ts).
create function ledger_tell(topic text, told_budget text, telling_node text) returns void
language sql as $$
  select pg_notify('claviger', json_build_object('topic', topic, 'id', told_budget, 'node', telling_node)::text)
$$;

-- Sets money aside for a node in the current window of each budget. A changed limit comes into force here.
--   needed     what of its lease in the window that starts at `known_start` the node cannot do without
--   surrenders the node uses nothing but that until it is answered: the rest is given back first
--   want       what it should have free, for calls that wait
--   wish       what it would like to have free, so as not to ask again soon
--   asked_since when it was first told that there is too little; null when it was not
-- One node alone gets all that is left, limit - spent - leased. Of several each gets what it wants, and beyond that
-- what it wishes, but not more than half of its share of what is left. When that is less than it wants, the others are
-- asked to give back what they have free, and `recallable` says that some have not answered yet: who is asked, and
-- why it is not refused. Soft budgets get a window to count in, and no lease, since they never refuse.
create function ledger_take(
  taking_node text, taking_turn int8, wanted_budgets text[], known_starts timestamptz[], needed_amounts int8[],
  surrendered boolean[], wants int8[], wishes int8[], asked_since timestamptz[]
)
returns table (
  budget_id text, window_start timestamptz, window_end timestamptz, limit_nano_usd int8, spent_nano_usd int8,
  lease_nano_usd int8, left_nano_usd int8, raised_thresholds int[], missing_nano_usd int8, recallable boolean
)
language plpgsql as $$
#variable_conflict use_column
declare
  live int := greatest(1, live_nodes());
  wanted record;
  effective record;
  own record;
  account budget_windows;
  needed int8;
  free int8;
  short int8;
  left_now int8;
  granted int8;
begin
  for wanted in
    select b.id, b.kind, b.period, span.window_start, span.window_end, asked.known_start, asked.needed, asked.surrenders,
           asked.want, asked.wish, asked.since
    from unnest(wanted_budgets, known_starts, needed_amounts, surrendered, wants, wishes, asked_since)
      as asked (id, known_start, needed, surrenders, want, wish, since)
    join budgets b on b.id = asked.id,
    budget_window(b.period, b.time_zone, clock_timestamp()) span
    order by b.id
    for share of b
  loop
    -- What it had in a window that is over may count in this one: cells of any 24 hours.
    if wanted.surrenders and wanted.known_start < wanted.window_start then
      perform from budget_windows w
      where w.budget_id = wanted.id and w.window_start = wanted.known_start for update;
      perform ledger_lower_lease(
        taking_node, taking_turn, wanted.id, wanted.known_start, l.amount_nano_usd - wanted.needed, 0)
      from leases l
      where l.budget_id = wanted.id and l.window_start = wanted.known_start and l.node_id = taking_node
        and l.turn < taking_turn and l.amount_nano_usd > wanted.needed;
    end if;
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd)
    values (wanted.id, wanted.window_start, wanted.window_end, 0)
    on conflict do nothing;
    perform from budget_windows w
    where w.budget_id = wanted.id and w.window_start = wanted.window_start for update;
    select * into effective from budget_limit_now(wanted.id, wanted.window_start);
    insert into leases (budget_id, window_start, node_id, amount_nano_usd)
    values (wanted.id, wanted.window_start, taking_node, 0)
    on conflict do nothing;
    select l.amount_nano_usd as amount, l.turn < taking_turn as in_turn into own from leases l
    where l.budget_id = wanted.id and l.window_start = wanted.window_start and l.node_id = taking_node;
    needed := case when wanted.known_start = wanted.window_start then wanted.needed else 0 end;
    if own.in_turn and wanted.surrenders and own.amount > needed then
      perform ledger_lower_lease(
        taking_node, taking_turn, wanted.id, wanted.window_start, own.amount - needed, 0);
      own.amount := needed;
    end if;

    select * into account from budget_windows w
    where w.budget_id = wanted.id and w.window_start = wanted.window_start;
    left_now := case when wanted.kind = 'soft' then 0
      else greatest(0, effective.limit_nano_usd - account.spent_nano_usd - account.leased_nano_usd) end;
    free := own.amount - needed;
    short := wanted.want - free;
    granted := case
      when not own.in_turn then 0
      when live = 1 or short > left_now then left_now
      else greatest(0, short, least(wanted.wish - free, left_now / (2 * live))) end;
    update budget_windows w
    set limit_nano_usd = effective.limit_nano_usd,
        over_nano_usd =
          greatest(0, account.spent_nano_usd + account.leased_nano_usd - effective.limit_nano_usd),
        leased_nano_usd = account.leased_nano_usd + granted
    where w.budget_id = wanted.id and w.window_start = wanted.window_start;
    update leases l
    set amount_nano_usd = own.amount + granted, turn = greatest(l.turn, taking_turn), taken_at = now()
    where l.budget_id = wanted.id and l.window_start = wanted.window_start and l.node_id = taking_node;

    budget_id := wanted.id;
    window_start := wanted.window_start;
    window_end := least(wanted.window_end, effective.valid_until);
    limit_nano_usd := effective.limit_nano_usd;
    spent_nano_usd := account.spent_nano_usd;
    lease_nano_usd := own.amount + granted;
    left_nano_usd := case when wanted.kind = 'soft' then 0
      else effective.limit_nano_usd - account.spent_nano_usd - account.leased_nano_usd - granted end;
    raised_thresholds := ledger_raise_alerts(wanted.id, wanted.window_start);
    missing_nano_usd := case when wanted.kind = 'soft' then 0 else greatest(0, short - granted) end;
    recallable := missing_nano_usd > 0 and exists (
      select from leases l join nodes n on n.id = l.node_id
      where l.budget_id = wanted.id and l.node_id <> taking_node
        and (l.window_start = wanted.window_start
          or wanted.period = 'rolling_24h' and l.window_start >= wanted.window_start - interval '24 hours')
        and l.amount_nano_usd > 0 and is_live(n)
        and (wanted.since is null or l.given_back_at is null or l.given_back_at <= wanted.since)
    );
    if recallable and wanted.since is null then perform ledger_tell('recall', wanted.id, taking_node); end if;
    return next;
  end loop;
end $$;

-- Lowers a node's leases to what it still needs, and gives the rest back. Who was asked to says so even when it had
-- nothing to give: somebody waits for it.
create function ledger_give_back(
  giving_node text, giving_turn int8, given_budgets text[], given_starts timestamptz[], needed_amounts int8[],
  recalled boolean
)
returns table (
  budget_id text, window_start timestamptz, window_end timestamptz, limit_nano_usd int8, spent_nano_usd int8,
  lease_nano_usd int8, left_nano_usd int8, raised_thresholds int[]
)
language plpgsql as $$
#variable_conflict use_column
declare
  given record;
  own leases;
  lowered record;
begin
  for given in
    select w.budget_id, w.window_start, w.window_end, w.limit_nano_usd, w.spent_nano_usd, needed.amount as needed
    from unnest(given_budgets, given_starts, needed_amounts) as needed (budget_id, window_start, amount)
    join budget_windows w on w.budget_id = needed.budget_id and w.window_start = needed.window_start
    order by w.budget_id, w.window_start
    for update of w
  loop
    select * into own from leases l
    where l.budget_id = given.budget_id and l.window_start = given.window_start and l.node_id = giving_node;
    select * into lowered from ledger_lower_lease(
      giving_node, giving_turn, given.budget_id, given.window_start,
      case when own.turn < giving_turn then greatest(0, own.amount_nano_usd - given.needed) else 0 end, 0);
    update leases l set given_back_at = clock_timestamp()
    where l.budget_id = given.budget_id and l.window_start = given.window_start and l.node_id = giving_node;
    delete from leases l
    where l.budget_id = given.budget_id and l.window_start = given.window_start and l.node_id = giving_node
      and l.amount_nano_usd = 0;
    if recalled then perform ledger_tell('returned', given.budget_id, giving_node); end if;

    budget_id := given.budget_id;
    window_start := given.window_start;
    window_end := given.window_end;
    limit_nano_usd := given.limit_nano_usd;
    spent_nano_usd := given.spent_nano_usd;
    lease_nano_usd := lowered.lease_left;
    left_nano_usd := lowered.window_left;
    raised_thresholds := '{}';
    return next;
  end loop;
end $$;

-- Inserts usage rows and moves their money, in one transaction. A row that is already there moves nothing, so a batch
-- whose answer was lost may be sent again. Answers how the batch's windows stand afterwards.
create function ledger_settle(
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

-- What is set aside for nodes that are not there. It stays charged until the node is back and books what it spent, or
-- somebody who knows that it never will be writes it off.
create view stranded_leases as
  select l.budget_id, l.window_start, l.node_id, l.amount_nano_usd, n.heartbeat_at, n.stopped_at
  from leases l left join nodes n on n.id = l.node_id
  where l.amount_nano_usd > 0 and (n.id is null or not is_live(n));

-- Gives back all that is set aside for a node that will never return, and answers what that was. Refuses while the node
-- may still let calls in. What the node had spent and did not report is not counted: the provider's bill has it.
create function ledger_write_off(lost_node text)
returns table (budget_id text, window_start timestamptz, amount_nano_usd int8)
language plpgsql as $$
#variable_conflict use_column
declare
  lease record;
begin
  perform from nodes n where n.id = lost_node for update;
  if exists (
    select from nodes n
    where n.id = lost_node and n.stopped_at is null and n.trusted_until + interval '10 seconds' > clock_timestamp()
  ) then
    raise object_in_use using message = format('node %s may still let calls in', lost_node);
  end if;
  for lease in
    select w.budget_id, w.window_start, l.amount_nano_usd
    from leases l join budget_windows w on w.budget_id = l.budget_id and w.window_start = l.window_start
    where l.node_id = lost_node
    order by w.budget_id, w.window_start
    for update of w
  loop
    select l.amount_nano_usd into amount_nano_usd from leases l
    where l.budget_id = lease.budget_id and l.window_start = lease.window_start and l.node_id = lost_node;
    continue when not found;
    perform ledger_lower_lease(lost_node, 0, lease.budget_id, lease.window_start, amount_nano_usd, 0);
    delete from leases l
    where l.budget_id = lease.budget_id and l.window_start = lease.window_start and l.node_id = lost_node;
    budget_id := lease.budget_id;
    window_start := lease.window_start;
    return next;
  end loop;
end $$;
