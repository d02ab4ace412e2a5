-- Where notices go besides to people: Slack and signed webhooks.
create table channels (
  id text primary key,
  name text not null,
  kind text not null check (kind in ('slack', 'webhook')),
  -- Null: of the whole organization.
  team_id text references teams,
  -- What it hears of: 'access-request.create', 'access-request.*', or '*'.
  events text[] not null,
  -- Of the address, for people: the address itself is sealed, since Slack's is a secret.
  host text not null,
  sealed_data_key bytea not null,
  sealed_secret bytea not null,
  secret_version int not null default 1,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  version int not null default 1
);
create unique index channels_name_key on channels (name) where deleted_at is null;
alter table notices add foreign key (channel_id) references channels;
create constraint trigger channels_audited after insert or update or delete on channels
  deferrable initially deferred for each row execute function require_audit_event();
