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
begin
  for known in
    select k.id as correction_id, b.id, k.window_start, k.spent, span.window_end
    from unnest(correction_ids, known_budgets, known_starts, known_spent) as k (id, budget_id, window_start, spent)
    join budgets b on b.id = k.budget_id,
    budget_window(b.period, b.time_zone, k.window_start) span
    order by b.id, k.window_start
    for share of b
  loop
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd)
    select known.id, known.window_start, known.window_end, l.limit_nano_usd
    from budget_limit_now(known.id, known.window_start) l
    on conflict do nothing;
    select * into account from budget_windows w
    where w.budget_id = known.id and w.window_start = known.window_start for update;
    missing_nano_usd := known.spent - account.spent_nano_usd;
    continue when missing_nano_usd <= 0;
    update budget_windows w
    set spent_nano_usd = known.spent,
        over_nano_usd = greatest(0, known.spent + account.leased_nano_usd - account.limit_nano_usd)
    where w.budget_id = known.id and w.window_start = known.window_start;
    insert into ledger_corrections (id, budget_id, window_start, amount_nano_usd, node_id)
    values (known.correction_id, known.id, known.window_start, missing_nano_usd, knowing_node);
    budget_id := known.id;
    window_start := known.window_start;
    return next;
  end loop;
end $$;
