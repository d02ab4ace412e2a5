-- Signing in on the command line: codes that wait for somebody's yes, and refresh tokens that were replaced.

-- RFC 8628. Whose it becomes is said by the session in which somebody said yes, and ends with it.
create table device_codes (
  hash text primary key,
  -- Of what a person types.
  user_code_hash text not null unique,
  -- What it calls itself; nobody checked it.
  client_name text not null,
  ip inet,
  user_agent text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- Grows each time it asks too soon.
  interval_seconds int not null default 5,
  last_poll_at timestamptz,
  decided_at timestamptz,
  -- Decided without a session: somebody said no.
  session_id text references sessions,
  used_at timestamptz,
  check (session_id is null or decided_at is not null)
);
create index device_codes_expiry on device_codes (expires_at);
create index device_codes_ip on device_codes (ip, created_at);

-- RFC 8252: a redirect to the command line's own port on the machine of the browser, with PKCE (RFC 7636).
create table authorization_codes (
  hash text primary key,
  session_id text not null references sessions,
  redirect_uri text not null,
  challenge text not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index authorization_codes_expiry on authorization_codes (expires_at);

-- One that comes back after it was replaced ends its session: somebody has a copy.
create table used_refresh_tokens (
  hash text primary key,
  session_id text not null references sessions,
  used_at timestamptz not null default now()
);
create index used_refresh_tokens_session on used_refresh_tokens (session_id);

-- Workloads get many secrets, each with an end: what is over is found by its end, to be forgotten.
create index key_secrets_expiry on key_secrets (expires_at) where expires_at is not null;
