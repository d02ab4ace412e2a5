-- How a budget would have stood: a dry run goes through real calls in their order, and lets in and charges each as the
-- ledger would (src/domain/budget.ts, `allowsHold`).

-- What is spent after one more call: what costs nothing passes, and what does not fit is refused and costs nothing.
create function budget_replay_step(spent int8, need int8, cost int8, most int8) returns int8
language plpgsql immutable parallel safe as $$
begin
  return case when need = 0 or need <= most - spent then spent + cost else spent end;
end $$;

create aggregate budget_replay(need int8, cost int8, most int8) (
  sfunc = budget_replay_step, stype = int8, initcond = '0', parallel = safe
);
