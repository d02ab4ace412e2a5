-- Objects, money and audit. Times are timestamptz, money is nano-USD in int8, ids are prefixed ULIDs made by the program.

-- ---------------------------------------------------------------------------------------------------------------
-- The installation

create table installation (
  singleton boolean primary key default true check (singleton),
  -- Proves that the root key in use is the one that sealed this database's secrets.
  root_key_check text not null,
  created_at timestamptz not null default now()
);

create table setup_links (
  hash text primary key,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

-- ---------------------------------------------------------------------------------------------------------------
-- Who and where

create table organization (
  id text primary key,
  singleton boolean not null default true unique check (singleton),
  name text not null,
  time_zone text not null default 'UTC',
  created_at timestamptz not null default now(),
  version int not null default 1
);

create table teams (
  id text primary key,
  name text not null unique,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  version int not null default 1
);

create table projects (
  id text primary key,
  team_id text not null references teams,
  name text not null,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  version int not null default 1,
  unique (team_id, name)
);

create table environments (
  id text primary key,
  project_id text not null references projects,
  name text not null,
  kind text not null check (kind in ('development', 'staging', 'production')),
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  version int not null default 1,
  unique (project_id, name)
);

create table users (
  id text primary key,
  email text not null check (email = lower(email)),
  name text not null,
  created_at timestamptz not null default now(),
  deactivated_at timestamptz,
  version int not null default 1,
  unique (email)
);

create table service_accounts (
  id text primary key,
  project_id text not null references projects,
  name text not null,
  created_at timestamptz not null default now(),
  deactivated_at timestamptz,
  version int not null default 1,
  unique (project_id, name)
);

create table api_tokens (
  id text primary key,
  user_id text not null references users,
  name text not null,
  role text not null check (role in ('owner', 'admin', 'viewer')),
  -- Null reaches the whole organization.
  team_id text references teams,
  hash text not null unique,
  hint text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

-- ---------------------------------------------------------------------------------------------------------------
-- Keys: what callers hold

create table keys (
  id text primary key,
  environment_id text not null references environments,
  user_id text references users,
  service_account_id text references service_accounts,
  name text not null,
  purpose text,
  tags jsonb not null default '{}',
  state text not null check (state in ('pending', 'active', 'suspended', 'revoked', 'expired')),
  suspended_reason text,
  suspended_by text,
  resume_at timestamptz,
  not_before timestamptz,
  expires_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  version int not null default 1,
  check (num_nonnulls(user_id, service_account_id) = 1)
);
-- The name of a revoked key is free again.
create unique index keys_environment_id_name_key on keys (environment_id, name) where state <> 'revoked';
create index keys_environment on keys (environment_id);
create index keys_user on keys (user_id);
create index keys_service_account on keys (service_account_id);

-- A revoked key's hashes stay, so that a secret that leaks next year is still recognized.
create table key_secrets (
  id text primary key,
  key_id text not null references keys,
  hash text not null unique,
  hint text not null,
  created_at timestamptz not null default now(),
  -- Set by a rotation: the end of the grace period. Null for the current secret.
  expires_at timestamptz,
  -- Written by the usage flush, at most once a minute.
  last_used_at timestamptz
);
create unique index key_secrets_current on key_secrets (key_id) where expires_at is null;
create index key_secrets_key on key_secrets (key_id);

-- ---------------------------------------------------------------------------------------------------------------
-- Providers, credentials, models: whom we call and with what

create table providers (
  id text primary key,
  -- The handle in `provider/model` names and in policies.
  name text not null,
  kind text not null,
  base_url text not null,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  version int not null default 1
);
create unique index providers_name_key on providers (name) where archived_at is null;

create table credentials (
  id text primary key,
  provider_id text not null references providers,
  name text not null,
  -- Envelope encryption (keyring.ts): the row's data key, sealed by the root key, and the secret, sealed by the data key.
  sealed_data_key bytea not null,
  sealed_secret bytea not null,
  -- Part of the sealed secret's associated data; a copy of an older row does not open.
  secret_version int not null default 1,
  hint text not null,
  -- Keyed hash of the secret: recognizes a provider's secret presented as a key, and a duplicate.
  fingerprint text not null unique,
  weight int not null default 1 check (weight between 0 and 1000),
  state text not null default 'active' check (state in ('active', 'disabled', 'parked')),
  parked_reason text,
  parked_until timestamptz,
  created_at timestamptz not null default now(),
  version int not null default 1,
  unique (provider_id, name)
);

create table environment_credentials (
  environment_id text not null references environments,
  credential_id text not null references credentials,
  primary key (environment_id, credential_id)
);

-- The organization's own entries: models the catalogue does not know, aliases, and negotiated prices.
create table models (
  id text primary key,
  name text not null unique,
  provider_id text not null references providers,
  -- The name the provider knows it by.
  upstream_model text not null,
  -- Rates by unit in USD, as the contract shows them; null takes the catalogue's price of `upstream_model`.
  rates jsonb,
  context_window int check (context_window > 0),
  max_output_tokens int check (max_output_tokens > 0),
  created_at timestamptz not null default now(),
  version int not null default 1
);

-- ---------------------------------------------------------------------------------------------------------------
-- Rules: what keys may do, how fast, for how much

create table policies (
  scope_type text not null,
  scope_id text not null,
  models text[],
  operations text[],
  providers text[],
  hosted_tools text[],
  max_output_tokens int check (max_output_tokens > 0),
  ip_allowlist text[],
  ip_mode text not null default 'enforce' check (ip_mode in ('enforce', 'monitor')),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  primary key (scope_type, scope_id)
);

create table rate_limits (
  id text primary key,
  scope_type text not null,
  scope_id text not null,
  provider_id text references providers,
  model_pattern text,
  requests_per_minute int check (requests_per_minute > 0),
  tokens_per_minute int check (tokens_per_minute > 0),
  concurrent_calls int check (concurrent_calls > 0),
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  version int not null default 1,
  check (num_nonnulls(requests_per_minute, tokens_per_minute, concurrent_calls) > 0)
);
create index rate_limits_scope on rate_limits (scope_type, scope_id) where deleted_at is null;

create table budgets (
  id text primary key,
  scope_type text not null,
  scope_id text not null,
  name text not null,
  kind text not null check (kind in ('hard', 'soft')),
  period text not null check (period in ('day', 'week', 'month', 'total')),
  time_zone text not null,
  limit_nano_usd int8 not null check (limit_nano_usd >= 0),
  on_short text not null default 'clamp' check (on_short in ('clamp', 'deny')),
  thresholds int[] not null default '{50,80,100}',
  provider_id text references providers,
  model_pattern text,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  version int not null default 1
);
create index budgets_scope on budgets (scope_type, scope_id) where deleted_at is null;

-- ---------------------------------------------------------------------------------------------------------------
-- Money: the ledger's authority. Only the functions of 0002_ledger.sql write here. See src/ledger/.

-- No counter is ever reset: a window is a row, found by its start.
create table budget_windows (
  budget_id text not null references budgets,
  window_start timestamptz not null,
  window_end timestamptz not null,
  limit_nano_usd int8 not null check (limit_nano_usd >= 0),
  spent_nano_usd int8 not null default 0 check (spent_nano_usd >= 0),
  -- Set aside for nodes, the sum of their leases; what they spend moves from here to spent.
  leased_nano_usd int8 not null default 0 check (leased_nano_usd >= 0),
  -- How far spent + leased stand above the limit for reasons other than admission:
  -- a provider reported more than the worst case we held, or the limit was lowered.
  over_nano_usd int8 not null default 0 check (over_nano_usd >= 0),
  primary key (budget_id, window_start),
  constraint never_over_limit check (spent_nano_usd + leased_nano_usd <= limit_nano_usd + over_nano_usd)
);

create table leases (
  budget_id text not null,
  window_start timestamptz not null,
  node_id text not null,
  amount_nano_usd int8 not null check (amount_nano_usd >= 0),
  taken_at timestamptz not null default now(),
  primary key (budget_id, window_start, node_id),
  foreign key (budget_id, window_start) references budget_windows
);

-- Soft budgets and thresholds warn once per window.
create table budget_alerts (
  budget_id text not null references budgets,
  window_start timestamptz not null,
  threshold int not null,
  raised_at timestamptz not null default now(),
  primary key (budget_id, window_start, threshold)
);

-- One row per attempt of a call, and one per refused call. Never updated; a correction is a new row.
create table usage (
  id text primary key,
  request_id text not null,
  attempt int not null,
  admitted_at timestamptz not null,
  settled_at timestamptz not null,
  key_id text not null,
  secret_id text not null,
  user_id text,
  service_account_id text,
  environment_id text not null,
  project_id text not null,
  team_id text not null,
  tags jsonb not null default '{}',
  operation text not null,
  -- The name the caller used, the one we sent, the one that answered.
  model text,
  upstream_model text,
  served_model text,
  provider_id text,
  credential_id text,
  stream boolean not null,
  status int not null,
  -- Our error code when we refused or failed the call.
  error_code text,
  input_tokens int8 not null default 0 check (input_tokens >= 0),
  cached_input_tokens int8 not null default 0,
  cache_write_tokens int8 not null default 0,
  output_tokens int8 not null default 0 check (output_tokens >= 0),
  reasoning_tokens int8 not null default 0,
  -- All quantities by name, as priced.
  quantities jsonb not null default '{}',
  cost_nano_usd int8 not null default 0 check (cost_nano_usd >= 0),
  hold_nano_usd int8 not null default 0 check (hold_nano_usd >= 0),
  -- Counted by us because the provider's own figures did not arrive.
  estimated boolean not null default false,
  -- False when the served model has no known price: the cost then is the hold.
  priced boolean not null default true,
  price_version text,
  service_tier text,
  modifiers text[] not null default '{}',
  duration_ms int not null default 0,
  first_byte_ms int,
  ip inet,
  object_id text,
  -- The budgets charged and the start of the window each was charged in, in the same order.
  budget_ids text[] not null default '{}',
  budget_window_starts timestamptz[] not null default '{}'
);
create index usage_admitted on usage (admitted_at);
create index usage_key on usage (key_id, admitted_at);
create index usage_request on usage (request_id);
create index usage_object on usage (object_id) where object_id is not null;

-- ---------------------------------------------------------------------------------------------------------------
-- Audit: who changed what

create table audit_events (
  seq bigint generated always as identity primary key,
  id text not null unique,
  at timestamptz not null default now(),
  transaction_id xid8 not null default pg_current_xact_id(),
  actor_kind text not null check (actor_kind in ('token', 'job', 'setup')),
  actor_id text not null,
  user_id text,
  action text not null,
  target_id text not null,
  team_id text,
  before jsonb,
  after jsonb,
  reason text,
  request_id text,
  ip inet
);
create index audit_events_target on audit_events (target_id, seq);
create index audit_events_transaction on audit_events (transaction_id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op;
end $$;

create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function refuse_change();
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function refuse_change();

-- A change without its audit event cannot commit. Checked at commit, so the order within the transaction is free.
create function require_audit_event() returns trigger language plpgsql as $$
begin
  if not exists (select from audit_events where transaction_id = pg_current_xact_id()) then
    raise exception 'A change to % must write an audit event in the same transaction', tg_table_name;
  end if;
  return null;
end $$;

do $$
declare audited text;
begin
  foreach audited in array array[
    'organization', 'teams', 'projects', 'environments', 'users', 'service_accounts', 'api_tokens', 'keys',
    'providers', 'credentials', 'environment_credentials', 'models', 'policies', 'rate_limits', 'budgets'
  ] loop
    execute format(
      'create constraint trigger %I after insert or update or delete on %I deferrable initially deferred
         for each row execute function require_audit_event()', audited || '_audited', audited);
  end loop;
end $$;

-- Not for `last_used_at`, which the usage flush writes.
create constraint trigger key_secrets_audited
  after insert or update of hash, expires_at or delete on key_secrets deferrable initially deferred
  for each row execute function require_audit_event();

-- A repeated POST with the same Idempotency-Key gets the first answer, without its secrets.
create table idempotency_keys (
  actor_id text not null,
  key text not null,
  operation text not null,
  body_hash text not null,
  status int not null,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (actor_id, key)
);
