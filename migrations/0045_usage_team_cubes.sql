-- Teams get cubes of their own for models and for tags, in days of other time zones too, and tags have hours
-- (src/db/usage-cubes.ts). Units that were made before get them by and by, and lose the two that these replace.

-- By its old name, an older version's sweep that still runs beside this one would find it, and make units without what it
-- does not know, or add up what is erased (0043_retention.sql) from the rows that are left: so it fails, takes back what it
-- did, and leaves the units to this version.
alter table usage_units rename column day_zone to days_of;

-- Its reports would read the two that are replaced, and count nothing of units that were made without. By its old name they
-- find that no unit has a cube, and read calls.
alter table usage_units rename column newest_cube to highest_cube;
alter index usage_units_newest_cube rename to usage_units_highest_cube;
alter table usage_units add column newest_cube int not null default 0;
