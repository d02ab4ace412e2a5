-- A dry run of a budget knows the line from which on nothing that costs is let in. What goes without it
-- (0025_explain.sql) stays: a process of the version before asks for it.

-- True when a call is let in. `need` is what has to fit, null for what costs nothing, which always passes; `line` is null
-- where there is none (src/domain/budget.ts, `allowsHold` and `lineOf`).
create function budget_lets_in(spent int8, need int8, most int8, line int8) returns bool
language sql immutable parallel safe as $$
  select need is null or (need = 0 or need <= most - spent) and (line is null or spent < line)
$$;

-- What is spent after one more call: what is refused costs nothing.
create function budget_replay_step(spent int8, need int8, cost int8, most int8, line int8) returns int8
language plpgsql immutable parallel safe as $$
begin
  return case when budget_lets_in(spent, need, most, line) then spent + cost else spent end;
end $$;

create aggregate budget_replay(need int8, cost int8, most int8, line int8) (
  sfunc = budget_replay_step, stype = int8, initcond = '0', parallel = safe
);
