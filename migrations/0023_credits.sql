-- Credits: an account of money that is granted in parts, each with its own end, is a budget of the period 'credits'.
-- Its limit is what was granted less what was over before it was spent. src/domain/credit.ts has the same rules.

alter table budgets drop constraint budgets_period_check;
alter table budgets add constraint budgets_period_check
  check (period in ('day', 'week', 'month', 'quarter', 'rolling_24h', 'total', 'credits'));
-- `limit_nano_usd` of an account is what lists show: as of the last grant, end, or lapse that was told.
create unique index budgets_credits_key on budgets (scope_type, scope_id)
  where period = 'credits' and deleted_at is null;

create table credits (
  id text primary key,
  budget_id text not null references budgets,
  amount_nano_usd int8 not null check (amount_nano_usd > 0),
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Null does not lapse.
  expires_at timestamptz,
  -- What of it is spent, up to the last look; final once it is over.
  used_nano_usd int8 not null default 0 check (used_nano_usd between 0 and amount_nano_usd),
  -- When what was left of it left the account: at its own end, or at somebody's word.
  over_at timestamptz,
  ended_by text,
  end_reason text,
  -- When the trail was told that it lapsed.
  told_at timestamptz,
  -- The last of the notices before it lapses, in days.
  noticed_days int
);
create index credits_budget on credits (budget_id);
create index credits_end on credits (expires_at) where expires_at is not null and told_at is null;
-- Not for what the ledger writes, nor for the mark of a notice.
create constraint trigger credits_audited
  after insert or update of budget_id, amount_nano_usd, reason, created_by, expires_at, ended_by, end_reason, told_at
  or delete on credits deferrable initially deferred
  for each row execute function require_audit_event();

-- An account's credits when it has spent `spent` in all: what is new since the last look goes to those that are not
-- over, soonest end first.
create function credit_lines(account text, spent int8) returns table (id text, used_nano_usd int8)
language sql stable as $$
  select c.id,
    c.used_nano_usd + case when c.over_at is null
      then least(c.amount_nano_usd - c.used_nano_usd, greatest(0, open.amount - line.sooner)) else 0 end
  from credits c
  join (
    select i.id, coalesce(sum(i.amount_nano_usd - i.used_nano_usd) filter (where i.over_at is null)
      over (order by i.expires_at nulls last, i.id rows between unbounded preceding and 1 preceding), 0)::int8 as sooner
    from credits i where i.budget_id = account
  ) line on line.id = c.id,
  (select spent - coalesce(sum(o.used_nano_usd), 0)::int8 as amount from credits o where o.budget_id = account) open
  where c.budget_id = account
$$;

-- Gives what the account has spent by now to its credits, under the lock of its window: before what they are changes.
create function credit_pay(account text) returns void
language plpgsql as $$
declare
  spent int8;
begin
  select w.spent_nano_usd into spent from budget_windows w where w.budget_id = account for update;
  update credits c set used_nano_usd = line.used_nano_usd
  from credit_lines(account, coalesce(spent, 0)) line
  where c.id = line.id and c.used_nano_usd <> line.used_nano_usd;
end $$;

-- Takes what is unspent of credits that have ended out of their account: whoever asks first after that moment does it.
-- Nobody was let in meanwhile, since every node asks again then: all that is spent by now was let in before.
create function credit_lapse(account text) returns void
language plpgsql as $$
begin
  if exists (
    select from credits c where c.budget_id = account and c.over_at is null and c.expires_at <= clock_timestamp()
  ) then
    perform credit_pay(account);
    update credits c set over_at = c.expires_at
    where c.budget_id = account and c.over_at is null and c.expires_at <= clock_timestamp();
  end if;
end $$;

-- What the ledger asks of every budget knows of accounts as well. What an account allows holds until the next of its
-- credits ends; one that has ended counts with what is spent of it, also before somebody writes that down.
alter function budget_allowance(budgets, timestamptz, timestamptz) rename to recurring_allowance;
create function budget_allowance(asked budgets, asked_start timestamptz, at timestamptz)
returns table (limit_nano_usd int8, valid_until timestamptz)
language plpgsql stable as $$
begin
  if asked.period <> 'credits' then
    return query select * from recurring_allowance(asked, asked_start, at);
    return;
  end if;
  return query
    select coalesce(sum(case when c.over_at is null and coalesce(c.expires_at > at, true)
                             then c.amount_nano_usd else line.used_nano_usd end), 0)::int8,
      coalesce(min(c.expires_at) filter (where c.over_at is null and c.expires_at > at), 'infinity')
    from credits c
    join credit_lines(asked.id, coalesce(
      (select w.spent_nano_usd from budget_windows w where w.budget_id = asked.id), 0)) line on line.id = c.id;
end $$;

alter function budget_limit_now(text, timestamptz) rename to recurring_limit_now;
create function budget_limit_now(limited_budget text, limited_start timestamptz)
returns table (limit_nano_usd int8, valid_until timestamptz)
language plpgsql as $$
begin
  if exists (select from budgets b where b.id = limited_budget and b.period = 'credits') then
    perform credit_lapse(limited_budget);
  end if;
  return query select * from recurring_limit_now(limited_budget, limited_start);
end $$;

-- An account has one window, as a total has.
alter function budget_window(text, text, timestamptz) rename to recurring_window;
create function budget_window(period text, time_zone text, at timestamptz)
returns table (window_start timestamptz, window_end timestamptz)
language sql stable as $$
  select * from recurring_window(case when period = 'credits' then 'total' else period end, time_zone, at)
$$;

-- Budgets and rate limits for each member of an organization, team or project. Nothing is held in such a whole: each
-- user who owns a key there has a part of their own, that follows it. Parts are made when one of the user's keys is read.
alter table budgets
  add per_member boolean not null default false,
  add member_of text references budgets,
  -- Whose part it is: it counts the calls of this user's keys in the scope.
  add user_id text references users,
  -- Set for this user alone; else the limit is the whole's.
  add own_limit boolean not null default false,
  add constraint budgets_per_member check (not per_member or scope_type in ('organization', 'team', 'project')),
  add constraint budgets_part check ((member_of is null) = (user_id is null) and (member_of is null or not per_member));
create unique index budgets_member_key on budgets (member_of, user_id) where member_of is not null;

alter table rate_limits
  add per_member boolean not null default false,
  add member_of text references rate_limits,
  add user_id text references users,
  add constraint rate_limits_per_member check (not per_member or scope_type in ('organization', 'team', 'project')),
  add constraint rate_limits_part check ((member_of is null) = (user_id is null) and (member_of is null or not per_member));
create unique index rate_limits_member_key on rate_limits (member_of, user_id) where member_of is not null;

-- A part that is made says nothing that the whole has not said.
drop trigger budgets_audited on budgets;
create constraint trigger budgets_audited after update or delete on budgets
  deferrable initially deferred for each row execute function require_audit_event();
create constraint trigger budgets_made_audited after insert on budgets
  deferrable initially deferred for each row when (new.member_of is null) execute function require_audit_event();
drop trigger rate_limits_audited on rate_limits;
create constraint trigger rate_limits_audited after update or delete on rate_limits
  deferrable initially deferred for each row execute function require_audit_event();
create constraint trigger rate_limits_made_audited after insert on rate_limits
  deferrable initially deferred for each row when (new.member_of is null) execute function require_audit_event();
