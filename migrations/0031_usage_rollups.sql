-- Usage, added up. A unit is an hour, a day, a week or a month that is over and whose usage was added up: its cells say how much
-- of what there was. A unit in which anything was written since is marked, and is not read until it was added up anew:
-- so whatever is written, however late, is in the next report (docs/decisions/0010-rollups.md).

create table usage_units (
  id int generated always as identity primary key,
  grain text not null check (grain in ('hour', 'day', 'week', 'month')),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  -- Whose days, weeks and months these are: the organization's time zone. Null for hours, which are UTC's.
  time_zone text check ((time_zone is null) = (grain = 'hour')),
  unique (grain, starts_at)
);

-- Who called, as far as a cell tells them apart; what was called; and with which tags. `facts` is what makes one unique.
create table usage_holders (
  id int generated always as identity primary key,
  team_id text not null,
  project_id text not null,
  environment_id text,
  user_id text,
  service_account_id text,
  key_id text,
  facts text not null unique generated always as (
    team_id || '/' || project_id || '/' || coalesce(environment_id, '') || '/' || coalesce(user_id, '') || '/' ||
    coalesce(service_account_id, '') || '/' || coalesce(key_id, '')) stored
);
create index usage_holders_team on usage_holders (team_id);
create index usage_holders_project on usage_holders (project_id);
create index usage_holders_environment on usage_holders (environment_id) where environment_id is not null;
create index usage_holders_user on usage_holders (user_id) where user_id is not null;
create index usage_holders_service_account on usage_holders (service_account_id) where service_account_id is not null;
create index usage_holders_key on usage_holders (key_id) where key_id is not null;

create table usage_services (
  id int generated always as identity primary key,
  operation text not null,
  provider_id text,
  model text,
  facts text not null unique generated always as (
    operation || '/' || coalesce(provider_id, '') || '/' || coalesce('=' || model, '')) stored
);

create table usage_tag_sets (
  id int generated always as identity primary key,
  tags jsonb not null,
  facts text not null unique generated always as (md5(tags::text) || md5('tags' || tags::text)) stored
);

create table usage_cells (
  -- Of usage_units. No foreign key: it would be looked at for each of thousands of cells.
  unit_id int not null,
  -- Which dimensions it tells apart: src/db/usage-cubes.ts.
  cube int not null,
  holder_id int,
  service_id int,
  tag_set_id int,
  attempts int8 not null,
  -- Of these, how many were of a call that has an earlier attempt in the same cell.
  repeats int8 not null,
  errors int8 not null,
  input_tokens int8 not null,
  cached_input_tokens int8 not null,
  cache_write_tokens int8 not null,
  output_tokens int8 not null,
  reasoning_tokens int8 not null,
  cost_nano_usd int8 not null
);
create index usage_cells_unit on usage_cells (unit_id, cube);
create index usage_cells_holder on usage_cells (holder_id, cube, unit_id) where holder_id is not null;

-- Attempts of a unit that have an earlier one of the same call elsewhere: at another provider, or at another time.
create table usage_strays (
  unit_id int not null,
  usage_id text not null
);
create index usage_strays_unit on usage_strays (unit_id);

-- The hours in which something was written since they were last added up. Each writing transaction adds its own rows and
-- waits for nobody; who adds up takes away those that it sees.
create table usage_touched (hour timestamptz not null);

create function usage_touch() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from usage_strays;
    delete from usage_cells;
    delete from usage_units;
  elsif tg_op = 'DELETE' then
    insert into usage_touched select distinct date_trunc('hour', admitted_at, 'UTC') from gone;
  else
    insert into usage_touched select distinct date_trunc('hour', admitted_at, 'UTC') from written;
    if tg_op = 'UPDATE' then
      insert into usage_touched select distinct date_trunc('hour', admitted_at, 'UTC') from gone;
    end if;
  end if;
  return null;
end $$;
create trigger usage_inserted after insert on usage referencing new table as written
  for each statement execute function usage_touch();
create trigger usage_updated after update on usage referencing old table as gone new table as written
  for each statement execute function usage_touch();
create trigger usage_deleted after delete on usage referencing old table as gone
  for each statement execute function usage_touch();
create trigger usage_truncated after truncate on usage for each statement execute function usage_touch();
