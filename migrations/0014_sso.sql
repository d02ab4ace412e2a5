-- Signing in at identity providers: connections, who is who there, and what a group becomes here.

-- May sign in here without the provider while a connection is enforced: the way back in when the provider is away.
alter table users add break_glass boolean not null default false;

create table connections (
  id text primary key,
  name text not null,
  -- Exactly as the provider says it (OpenID Connect Discovery, 4.3): no slash more or less.
  issuer text not null,
  client_id text not null,
  -- Null: a public client.
  sealed_data_key bytea,
  sealed_secret bytea,
  secret_version int not null default 1,
  scopes text[] not null,
  -- Values of amr, or of acr, that count as a second factor.
  mfa_values text[] not null,
  -- Of everybody who signs in here, in the organization; null: only who was invited, or connected their account.
  default_role text check (default_role <> 'owner'),
  enabled boolean not null default false,
  -- People of its domains sign in here, and in no other way.
  enforced boolean not null default false,
  -- Somebody signed in for a test since it was last changed.
  tested_at timestamptz,
  tested_by text,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  version int not null default 1,
  constraint enforced_is_tested check (not enforced or (enabled and tested_at is not null)),
  constraint archived_is_off check (archived_at is null or not enabled)
);
create unique index connections_name_key on connections (name) where archived_at is null;

-- A connection signs in nobody whose address is elsewhere.
create table connection_domains (
  domain text primary key check (domain = lower(domain)),
  connection_id text not null references connections
);
create index connection_domains_connection on connection_domains (connection_id);

create table connection_mappings (
  id text primary key,
  connection_id text not null references connections,
  claim text not null,
  -- The claim is this text, or a list that holds it; any other type of claim gives nothing.
  value text not null,
  role_id text not null check (role_id <> 'owner'),
  team_id text references teams,
  project_id text references projects,
  production boolean not null default false,
  created_by text not null,
  created_at timestamptz not null default now(),
  constraint connection_mappings_key
    unique nulls not distinct (connection_id, claim, value, role_id, team_id, project_id, production)
);

-- Who somebody is at a provider. An e-mail address never says it.
create table identities (
  id text primary key,
  connection_id text not null references connections,
  issuer text not null,
  subject text not null,
  user_id text not null references users,
  -- As the provider said it last: for people to recognize.
  email text,
  linked_at timestamptz not null default now(),
  last_sign_in_at timestamptz,
  constraint identities_subject_key unique (connection_id, issuer, subject)
);
create index identities_user on identities (user_id);

-- A browser that went to a provider and is to come back, once, with this state.
create table sso_attempts (
  state_hash text primary key,
  -- Of the cookie of the browser that began.
  browser_hash text not null,
  connection_id text not null references connections,
  purpose text not null check (purpose in ('sign-in', 'test', 'link', 'invitation', 'step-up')),
  -- test, link: the session that began; step-up: what is confirmed.
  subject_id text,
  sealed_data_key bytea not null,
  -- The PKCE verifier, the nonce, and the link of the invitation.
  sealed_secret bytea not null,
  return_to text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index sso_attempts_expiry on sso_attempts (expires_at);

-- Tokens of back-channel logout (OpenID Connect Back-Channel Logout 1.0, 2.6): each is taken once.
create table logout_tokens (jti_hash text primary key, expires_at timestamptz not null);

do $$
declare audited text;
begin
  foreach audited in array array['connections', 'connection_domains', 'connection_mappings'] loop
    execute format(
      'create constraint trigger %I after insert or update or delete on %I deferrable initially deferred
         for each row execute function require_audit_event()', audited || '_audited', audited);
  end loop;
end $$;
-- That somebody signed in is told with their session.
create constraint trigger identities_audited after insert or delete or update of connection_id, issuer, subject, user_id
  on identities deferrable initially deferred for each row execute function require_audit_event();
