-- When a node took is when it got it, not when its transaction began: who waited there for a row that others had locked
-- would look as if it had not answered those who asked it meanwhile.

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
create or replace function ledger_take(
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
    set amount_nano_usd = own.amount + granted, turn = greatest(l.turn, taking_turn), taken_at = clock_timestamp()
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
