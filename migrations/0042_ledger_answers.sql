-- What a node lacks may be set aside for another that does not answer. Then the call is not refused for good: it is told
-- so, and may come again.

-- What is set aside for other nodes that do not answer: that are gone, or have given nothing back since `asked_since`,
-- when they were asked to. Null when they were not. Volatile, so that it sees what the statement around it has changed.
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
      or asked_since is not null and (l.given_back_at is null or l.given_back_at <= asked_since))
$$;
