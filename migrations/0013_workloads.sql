-- Programs that prove who they are by a token of their own platform, and get a key for a quarter of an hour.
create table trust_rules (
  id text primary key,
  service_account_id text not null references service_accounts,
  -- Its secrets are what an exchange answers.
  key_id text not null unique references keys,
  name text not null,
  issuer text not null,
  audience text not null,
  -- {"sub": "system:serviceaccount:shop:checkout", …}: all must match.
  claims jsonb not null,
  -- For clusters whose issuer cannot be reached; null: by discovery.
  jwks jsonb,
  ttl_seconds int not null default 900 check (ttl_seconds between 60 and 3600),
  created_by text not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  deleted_at timestamptz,
  version int not null default 1
);
create index trust_rules_issuer on trust_rules (issuer) where deleted_at is null;
create unique index trust_rules_name_key on trust_rules (service_account_id, name) where deleted_at is null;
create constraint trigger trust_rules_audited after insert or update or delete on trust_rules
  deferrable initially deferred for each row execute function require_audit_event();
