-- The access log, searchable: each index ends in what the list is ordered by, so that any page is as cheap as the first.
-- docs/audit.md has what they gain and what they cost the flush.
drop index usage_admitted;
create index usage_admitted on usage (admitted_at, id);
drop index usage_key;
create index usage_key on usage (key_id, admitted_at, id);
create index usage_team on usage (team_id, admitted_at, id);
create index usage_model on usage (model, admitted_at, id);
create index usage_user on usage (user_id, admitted_at, id) where user_id is not null;
create index usage_ip on usage (ip, admitted_at, id) where ip is not null;
create index usage_failed on usage (admitted_at, id) where status >= 400;
