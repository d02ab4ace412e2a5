-- What a node lacks may be set aside for another that does not answer. Then the call is not refused for good: it is told
-- so, and may come again.

-- What is set aside for other nodes that do not answer: that are gone, or have given nothing back since `asked_since`,
-- when they were asked to. Null when they were not. Who took since then answers, also when all was given back before: then
-- nothing says so any more. Volatile, so that it sees what the statement around it has changed.
create function ledger_out_of_reach(
  asked_budget text, asked_start timestamptz, asking_node text, asked_since timestamptz
) returns int8
language sql volatile as $$
  select coalesce(sum(l.amount_nano_usd), 0)::int8
  from leases l
  join budgets b on b.id = l.budget_id
  left join nodes n on n.id = l.node_id
  where l.budget_id = asked_budget and l.node_id <> asking_node
    and (l.window_start = asked_start
      or b.period = 'rolling_24h' and l.window_start >= asked_start - interval '24 hours')
    and (n.id is null or not is_live(n)
      or coalesce(l.given_back_at, l.taken_at) <= asked_since)
$$;

-- As in 0027_ledger_corrections.sql; and a window that the database does not know is made, also when nothing is known to be
-- spent in it: what was let in under it can be booked then. It is answered too, with nothing missing. None is made where the
-- budget has none, whatever a damaged file says.
create or replace function ledger_restore(
  knowing_node text, correction_ids text[], known_budgets text[], known_starts timestamptz[], known_spent int8[]
)
returns table (budget_id text, window_start timestamptz, missing_nano_usd int8)
language plpgsql as $$
#variable_conflict use_column
declare
  known record;
  account budget_windows;
  made boolean;
begin
  for known in
    select k.id as correction_id, b.id, k.window_start, k.spent, span.window_end
    from unnest(correction_ids, known_budgets, known_starts, known_spent) as k (id, budget_id, window_start, spent)
    join budgets b on b.id = k.budget_id,
    budget_window(b.period, b.time_zone, k.window_start) span
    where span.window_start = k.window_start
      or exists (select from budget_windows w where w.budget_id = b.id and w.window_start = k.window_start)
    -- Of what is said twice of a window the most first: a window is made with what was spent of credits that lapsed.
    order by b.id, k.window_start, k.spent desc
    for share of b
  loop
    -- The row first, and what is spent before what that allows: as whoever takes locks them, and so that credits that
    -- lapsed since have paid for what was spent of them.
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd)
    values (known.id, known.window_start, known.window_end, 0)
    on conflict do nothing;
    made := found;
    select * into account from budget_windows w
    where w.budget_id = known.id and w.window_start = known.window_start for update;
    missing_nano_usd := greatest(0, known.spent - account.spent_nano_usd);
    continue when missing_nano_usd = 0 and not made;
    update budget_windows w
    set spent_nano_usd = account.spent_nano_usd + missing_nano_usd,
        over_nano_usd =
          greatest(0, account.spent_nano_usd + missing_nano_usd + account.leased_nano_usd - account.limit_nano_usd)
    where w.budget_id = known.id and w.window_start = known.window_start;
    if made then
      update budget_windows w
      set limit_nano_usd = l.limit_nano_usd, over_nano_usd = greatest(0, missing_nano_usd - l.limit_nano_usd)
      from budget_limit_now(known.id, known.window_start) l
      where w.budget_id = known.id and w.window_start = known.window_start;
    end if;
    if missing_nano_usd > 0 then
      insert into ledger_corrections (id, budget_id, window_start, amount_nano_usd, node_id)
      values (known.correction_id, known.id, known.window_start, missing_nano_usd, knowing_node);
    end if;
    budget_id := known.id;
    window_start := known.window_start;
    return next;
  end loop;
end $$;
