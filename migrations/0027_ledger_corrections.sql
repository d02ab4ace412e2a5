-- A backup that is restored knows nothing of what was spent since it was made. Nodes do: each remembers, outside the
-- database, what it was last told is spent in each window. What is missing is put back as a correction, so that nothing
-- raises what is left unseen.

create table ledger_corrections (
  id text primary key,
  budget_id text not null,
  window_start timestamptz not null,
  amount_nano_usd int8 not null check (amount_nano_usd > 0),
  node_id text not null,
  made_at timestamptz not null default now(),
  foreign key (budget_id, window_start) references budget_windows
);
create index ledger_corrections_window on ledger_corrections (budget_id, window_start);

-- Raises what is spent in each window to what the node knows, and answers what was missing. Several nodes may know of the
-- same: the second finds nothing missing but what it knows beyond the first. Budgets that the backup does not know are
-- left out.
create function ledger_restore(
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
    where k.spent > 0
    order by b.id, k.window_start
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
    missing_nano_usd := known.spent - account.spent_nano_usd;
    continue when missing_nano_usd <= 0;
    update budget_windows w
    set spent_nano_usd = known.spent,
        over_nano_usd = greatest(0, known.spent + account.leased_nano_usd - account.limit_nano_usd)
    where w.budget_id = known.id and w.window_start = known.window_start;
    if made then
      update budget_windows w
      set limit_nano_usd = l.limit_nano_usd, over_nano_usd = greatest(0, known.spent - l.limit_nano_usd)
      from budget_limit_now(known.id, known.window_start) l
      where w.budget_id = known.id and w.window_start = known.window_start;
    end if;
    insert into ledger_corrections (id, budget_id, window_start, amount_nano_usd, node_id)
    values (known.correction_id, known.id, known.window_start, missing_nano_usd, knowing_node);
    budget_id := known.id;
    window_start := known.window_start;
    return next;
  end loop;
end $$;
