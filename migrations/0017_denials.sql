-- Who was refused what lately: the audit trail says each at once, and then once a minute how often since.
create table denials (
  actor_kind text not null check (actor_kind in ('session', 'token')),
  actor_id text not null,
  user_id text,
  -- Noun and verb of the operation, and what it was asked about.
  action text not null,
  target_id text not null,
  -- How often since the audit trail said it last.
  unsaid int not null default 0,
  said_at timestamptz not null default clock_timestamp(),
  primary key (actor_id, action, target_id)
);
create index denials_said on denials (said_at);

-- An audit sink's secret can be replaced: what is sealed holds the one before as well, for a while.
alter table audit_sinks add secret_version int not null default 1;
