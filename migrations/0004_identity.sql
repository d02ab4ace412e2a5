-- Local accounts: passwords, second factors, sign-ins under way, invitations, and what the organization asks of all.

create table passwords (
  user_id text primary key references users,
  -- Argon2id, with a pepper from the root key: a stolen table cannot be guessed at.
  hash text not null,
  set_at timestamptz not null default now()
);

create table totp_factors (
  id text primary key,
  user_id text not null unique references users,
  sealed_data_key bytea not null,
  sealed_secret bytea not null,
  -- Null: it was shown, and not proved to be in an app yet. It opens nothing.
  confirmed_at timestamptz,
  -- The newest time step of which a code was used: each is good once, under any race.
  last_step int8 not null default -1,
  created_at timestamptz not null default now()
);

create table recovery_codes (hash text primary key, user_id text not null references users, used_at timestamptz);
create index recovery_codes_user on recovery_codes (user_id);

-- A sign-in that waits for its second factor. It is no session and opens nothing.
create table sign_ins (
  id text primary key,
  hash text not null unique,
  user_id text not null references users,
  methods text[] not null,
  connection_id text,
  sso_sid text,
  needs text not null check (needs in ('factor', 'enrolment')),
  return_to text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index sign_ins_expiry on sign_ins (expires_at);

-- Browsers in which this person signed in before: guesses made elsewhere cannot lock these out.
create table known_devices (
  hash text primary key,
  user_id text not null references users,
  last_used_at timestamptz not null default now()
);
create index known_devices_user on known_devices (user_id);

-- Links with which somebody chooses a new password.
create table email_tokens (
  id text primary key,
  hash text not null unique,
  user_id text not null references users,
  -- Where it was sent: it is dead once the person's address is another.
  email text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index email_tokens_user on email_tokens (user_id);

create table invitations (
  id text primary key,
  email text not null check (email = lower(email)),
  name text,
  -- The grant that it becomes: what its inviter may give, at sending and again at acceptance.
  role_id text not null,
  team_id text references teams,
  project_id text references projects,
  production boolean not null default false,
  grant_expires_at timestamptz,
  hash text not null unique,
  invited_by text not null references users,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by text references users,
  revoked_at timestamptz
);
create unique index invitations_open_key on invitations (email) where accepted_at is null and revoked_at is null;

create table security_settings (
  singleton boolean primary key default true check (singleton),
  mfa text not null default 'optional' check (mfa in ('off', 'optional', 'required')),
  -- Required: of those who hold one of these roles; empty is everybody.
  mfa_roles text[] not null default '{}',
  session_idle_minutes int not null default 720 check (session_idle_minutes between 5 and 43200),
  session_hours int not null default 168 check (session_hours between 1 and 2160),
  version int not null default 1
);
insert into security_settings default values;

do $$
declare audited text;
begin
  foreach audited in array array['passwords', 'recovery_codes', 'invitations', 'security_settings'] loop
    execute format(
      'create constraint trigger %I after insert or update or delete on %I deferrable initially deferred
         for each row execute function require_audit_event()', audited || '_audited', audited);
  end loop;
end $$;
-- One that was never confirmed is nothing; and each use of one is told with the sign-in.
create constraint trigger totp_factors_confirmed_audited after insert or update of confirmed_at on totp_factors
  deferrable initially deferred for each row when (new.confirmed_at is not null) execute function require_audit_event();
create constraint trigger totp_factors_deleted_audited after delete on totp_factors
  deferrable initially deferred for each row when (old.confirmed_at is not null) execute function require_audit_event();
