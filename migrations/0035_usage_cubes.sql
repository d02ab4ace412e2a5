-- Reports that are asked for often get cells of their own (src/db/usage-cubes.ts): of teams, of teams and models, of quarters
-- of a year, and of days of time zones in which somebody asks for days. Units that were made before get what they lack
-- by and by, by the sweep that makes units; until all have it, reports read what all have.

-- The highest number of a cube that this unit has, of those its grain can have.
alter table usage_units add column newest_cube int not null default 6;
create index usage_units_newest_cube on usage_units (newest_cube);

-- Only what adds up reads it. By its old name, a process of an older version that still runs beside this one would find it:
-- it empties the units in which something was written of all cubes and makes only those that it knows, and newest_cube would
-- still say that all are there. So its sweep fails, takes back what it did, and leaves the units to this version.
alter table usage_units rename column time_zone to day_zone;

alter table usage_units drop constraint usage_units_grain_check;
alter table usage_units add constraint usage_units_grain_check
  check (grain in ('hour', 'day', 'abroad', 'week', 'month', 'quarter'));
-- Days of different zones may begin together, and end an hour apart when a clock is put back.
alter table usage_units drop constraint usage_units_grain_starts_at_key;
alter table usage_units add constraint usage_units_grain_starts_at_ends_at_key unique (grain, starts_at, ends_at);

-- A cell may know the team and not the project.
alter table usage_holders alter column project_id drop not null;
alter table usage_holders drop column facts;
alter table usage_holders add column facts text not null unique generated always as (
  team_id || '/' || coalesce(project_id, '') || '/' || coalesce(environment_id, '') || '/' || coalesce(user_id, '') || '/' ||
  coalesce(service_account_id, '') || '/' || coalesce(key_id, '')) stored;

-- Time zones other than the organization's in which days of usage were asked for, and when that last was, to the day.
create table usage_zones (
  time_zone text primary key,
  asked_at timestamptz not null default now()
);
