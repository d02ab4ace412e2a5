-- What is over is found and forgotten, and rare events are found among a million.

create index throttles_updated on throttles (updated_at);
create index step_ups_expiry on step_ups (expires_at);
create index notices_over on notices (coalesce(sent_at, failed_at)) where coalesce(sent_at, failed_at) is not null;
create index audit_events_action on audit_events (action, seq);
create index audit_events_refused on audit_events (result, seq) where result <> 'done';

-- An invitation offers one role or several.
create table invitation_roles (
  invitation_id text not null references invitations on delete cascade,
  number int not null,
  role_id text not null,
  team_id text references teams,
  project_id text references projects,
  production boolean not null default false,
  expires_at timestamptz,
  primary key (invitation_id, number)
);
insert into invitation_roles (invitation_id, number, role_id, team_id, project_id, production, expires_at)
select id, 1, role_id, team_id, project_id, production, grant_expires_at from invitations;
alter table invitations
  drop column role_id, drop column team_id, drop column project_id, drop column production, drop column grant_expires_at;
create constraint trigger invitation_roles_audited after insert or update or delete on invitation_roles
  deferrable initially deferred for each row execute function require_audit_event();
