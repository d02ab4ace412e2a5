-- Where the audit trail is sent. The chain is the queue: each sink has a cursor in it.
create table audit_sinks (
  id text primary key,
  name text not null,
  -- Files and syslog come from the configuration only: an API that names paths writes anywhere.
  kind text not null check (kind in ('webhook', 'file', 'syslog')),
  -- The address, the path, or tcp://host:port.
  target text not null,
  -- What a webhook is signed with; null for the others.
  sealed_data_key bytea,
  sealed_secret bytea,
  -- While it is too far behind, nothing may be changed.
  required boolean not null default false,
  -- The last event and the last signed head that arrived there.
  sent_position int8 not null default 0,
  sent_head int8 not null default 0,
  failing_since timestamptz,
  next_try_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  version int not null default 1,
  check ((kind = 'webhook') = (sealed_secret is not null))
);
create unique index audit_sinks_target_key on audit_sinks (kind, target) where deleted_at is null;
-- Not for its cursor.
create constraint trigger audit_sinks_audited
  after insert or delete or update of name, target, sealed_secret, required, deleted_at on audit_sinks
  deferrable initially deferred for each row execute function require_audit_event();
