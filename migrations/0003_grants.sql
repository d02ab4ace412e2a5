-- People, roles and grants: who may do what. Sessions, step-ups, notices, findings: what several parts share.

alter table audit_events drop constraint audit_events_actor_kind_check;
alter table audit_events
  add constraint audit_events_actor_kind_check
    check (actor_kind in ('session', 'token', 'workload', 'job', 'setup', 'nobody')),
  add project_id text,
  add result text not null default 'done' check (result in ('done', 'denied', 'failed')),
  add session_id text,
  -- How the actor signed in: pwd, otp, passkey, sso (RFC 8176 where it has a word).
  add methods text[] not null default '{}',
  add user_agent text;
create index audit_events_actor on audit_events (actor_id, seq);
create index audit_events_user on audit_events (user_id, seq) where user_id is not null;
create index audit_events_team on audit_events (team_id, seq) where team_id is not null;
create index audit_events_at on audit_events (at);

-- Transaction ids start anew in a restored database: the time of this transaction is compared as well.
create or replace function require_audit_event() returns trigger language plpgsql as $$
begin
  if not exists (select from audit_events where transaction_id = pg_current_xact_id() and at = now()) then
    raise exception 'A change to % must write an audit event in the same transaction', tg_table_name;
  end if;
  return null;
end $$;

-- An address is one living person's; who comes back after leaving is a new user, and gets no old keys.
alter table users drop constraint users_email_key;
create unique index users_email_key on users (email) where deactivated_at is null;

-- Custom roles only: the built-in ones are in src/domain/roles.ts, so a new permission needs no data migration.
create table roles (
  id text primary key, name text not null, based_on text not null, permissions text[] not null,
  scope_types text[] not null check (scope_types <@ '{organization,team,project}'), created_by text not null,
  created_at timestamptz not null default now(), deleted_at timestamptz, version int not null default 1
);
create unique index roles_name_key on roles (lower(name)) where deleted_at is null;

create table grants (
  id text primary key, user_id text references users, service_account_id text references service_accounts,
  -- 'owner' … 'viewer', or a row of roles; no foreign key, since the built-in ones have no row.
  role_id text not null, scope_type text not null check (scope_type in ('organization', 'team', 'project')),
  team_id text references teams, project_id text references projects, production boolean not null default false,
  source text not null check (source in ('setup', 'migration', 'direct', 'invitation', 'sso', 'request')),
  -- The connection or the access request that it comes from: who gave it takes it back.
  source_id text, created_by text not null, created_at timestamptz not null default now(), expires_at timestamptz,
  revoked_at timestamptz,
  check (num_nonnulls(user_id, service_account_id) = 1),
  check ((scope_type = 'organization') = (team_id is null)),
  check ((scope_type = 'project') = (project_id is not null)),
  constraint owners_are_lasting check (
    role_id <> 'owner' or (scope_type = 'organization' and production and expires_at is null and user_id is not null))
);
create unique index grants_live_key on grants
  (coalesce(user_id, service_account_id), role_id, scope_type, coalesce(project_id, team_id, ''), production, source, coalesce(source_id, ''))
  where revoked_at is null;
create index grants_user on grants (user_id) where revoked_at is null;
create index grants_service_account on grants (service_account_id) where revoked_at is null;
create index grants_team on grants (team_id) where revoked_at is null;
create index grants_expiry on grants (expires_at) where revoked_at is null and expires_at is not null;

-- A token narrows what its principal may do; without a role it may all of it.
alter table api_tokens drop constraint api_tokens_role_check;
alter table api_tokens rename column role to role_id;
alter table api_tokens
  alter column role_id drop not null,
  alter column user_id drop not null,
  add service_account_id text references service_accounts,
  add project_id text references projects,
  add production boolean not null default false,
  add last_used_at timestamptz,
  add constraint api_tokens_principal check (num_nonnulls(user_id, service_account_id) = 1),
  add check (project_id is null or team_id is not null);

create table sessions (
  id text primary key, user_id text not null references users, kind text not null check (kind in ('browser', 'cli')),
  -- Of the cookie, or of the command line's access token.
  hash text not null unique,
  -- The one before: requests that were under way while it was replaced still pass, for a minute.
  previous_hash text unique, previous_until timestamptz,
  -- Command line: the access token's end, and its refresh token.
  hash_expires_at timestamptz, refresh_hash text unique, methods text[] not null, mfa boolean not null, connection_id text,
  sso_sid text, ip inet, user_agent text, created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  -- A grant of this user changed: the secret is replaced at the next request.
  must_rotate boolean not null default false, expires_at timestamptz not null, ended_at timestamptz, ended_reason text
);
create index sessions_user on sessions (user_id) where ended_at is null;
create index sessions_sso on sessions (connection_id, sso_sid) where ended_at is null;

-- "Yes, this request": of one session, for one exact request, once.
create table step_ups (
  id text primary key, session_id text not null references sessions, operation text not null, request_hash text not null,
  created_at timestamptz not null default now(), expires_at timestamptz not null, confirmed_at timestamptz, method text,
  used_at timestamptz
);

-- Counts before it is tried, so that parallel guesses are all counted.
create table throttles (
  key text primary key, failures int not null, blocked_until timestamptz, updated_at timestamptz not null default now()
);

-- The outbox for people and channels. Sealed, since links open things; erased once sent.
create table notices (
  id text primary key, kind text not null, user_id text references users, email text, channel_id text, sealed_data_key bytea,
  sealed_secret bytea, created_at timestamptz not null default now(), due_at timestamptz not null default now(),
  attempts int not null default 0, last_error text, sent_at timestamptz, failed_at timestamptz,
  check (num_nonnulls(user_id, email, channel_id) = 1)
);
create index notices_due on notices (due_at) where sent_at is null and failed_at is null;

create table findings (
  id text primary key, kind text not null, severity text not null check (severity in ('low', 'medium', 'high')),
  target_id text not null, team_id text references teams, project_id text references projects, detail jsonb not null default '{}',
  count int not null default 1, first_seen_at timestamptz not null default now(), last_seen_at timestamptz not null default now(),
  resolved_at timestamptz, resolved_by text, resolution text
);
create unique index findings_open_key on findings (kind, target_id) where resolved_at is null;

-- What was, in the new words. Organization viewers become analysts; a team's owner is its admin.
insert into audit_events (id, actor_kind, actor_id, action, target_id, reason)
select 'evt_' || substr(id, 5), 'setup', 'migration', 'grant.migrate', id, 'Tokens carried roles; now people hold grants.'
from organization;
update api_tokens set production = true, role_id = case
  when role_id = 'viewer' and team_id is null then 'analyst'
  when role_id = 'owner' and team_id is not null then 'admin' else role_id end;
insert into grants (id, user_id, role_id, scope_type, team_id, production, source, created_by)
select 'grt_' || substr(min(id), 5), user_id, role_id, case when team_id is null then 'organization' else 'team' end,
  team_id, true, 'migration', 'migration'
from api_tokens where revoked_at is null group by user_id, role_id, team_id;
-- Who owns a key must be allowed to hold keys there (key:use), or it would stop now.
insert into grants (id, user_id, role_id, scope_type, team_id, project_id, production, source, created_by)
select 'grt_' || substr(min(k.id), 5), k.user_id, 'viewer', 'project', p.team_id, p.id, bool_or(e.kind = 'production'),
  'migration', 'migration'
from keys k join environments e on e.id = k.environment_id join projects p on p.id = e.project_id
where k.user_id is not null and k.state not in ('revoked', 'expired') group by k.user_id, p.team_id, p.id;
set constraints all immediate;

do $$
declare audited text;
begin
  foreach audited in array array['roles', 'grants'] loop
    execute format(
      'create constraint trigger %I after insert or update or delete on %I deferrable initially deferred
         for each row execute function require_audit_event()', audited || '_audited', audited);
  end loop;
end $$;
-- api_tokens: not for last_used_at. sessions: signing in and out is told, being seen is not.
drop trigger api_tokens_audited on api_tokens;
create constraint trigger api_tokens_audited after insert or delete or update of user_id, service_account_id, role_id, team_id,
  project_id, production, hash, expires_at, revoked_at on api_tokens deferrable initially deferred
  for each row execute function require_audit_event();
create constraint trigger sessions_audited after insert or delete or update of user_id, methods, mfa, expires_at, ended_at on sessions
  deferrable initially deferred for each row execute function require_audit_event();
