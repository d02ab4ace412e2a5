-- The trail of a project in which little happened, among a million events of others.
create index audit_events_project on audit_events (project_id, seq) where project_id is not null;
