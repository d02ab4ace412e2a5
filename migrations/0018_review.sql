-- What is over is found and forgotten, and rare events are found among a million.

create index throttles_updated on throttles (updated_at);
create index step_ups_expiry on step_ups (expires_at);
create index notices_over on notices (coalesce(sent_at, failed_at)) where coalesce(sent_at, failed_at) is not null;
create index audit_events_action on audit_events (action, seq);
create index audit_events_refused on audit_events (result, seq) where result <> 'done';
