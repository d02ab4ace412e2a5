-- Responsible use: what people have to read before they get keys, what keys must say of themselves, and whether
-- somebody still needs them.

alter table keys
  add application text,
  add attested_at timestamptz,
  add attested_by text,
  -- Of this round: how often its owner was asked, and when last.
  add attestation_notices int not null default 0,
  add attestation_noticed_at timestamptz;
-- The person who answers for what the program does.
alter table service_accounts add owner_user_id text references users;
create index service_accounts_owner on service_accounts (owner_user_id) where owner_user_id is not null;

create table ownership_settings (
  singleton boolean primary key default true check (singleton),
  require_purpose boolean not null default false,
  require_application boolean not null default false,
  required_tags text[] not null default '{}',
  -- Null: nobody is asked. Switching it on counts from that day: an old key is not overdue at once.
  attestation_days int check (attestation_days between 7 and 730),
  attestation_grace_days int not null default 14 check (attestation_grace_days between 1 and 90),
  attestation_since timestamptz,
  version int not null default 1,
  check ((attestation_days is null) = (attestation_since is null))
);
insert into ownership_settings default values;

create table documents (
  id text primary key,
  title text not null,
  kind text not null check (kind in ('policy', 'training')),
  -- Whom it concerns: who holds a role in one of these teams, or one of these roles. Both empty is everybody.
  team_ids text[] not null default '{}',
  role_ids text[] not null default '{}',
  -- Without it, no key.
  required boolean not null default false,
  validity_days int check (validity_days between 1 and 3650),
  grace_days int not null default 0 check (grace_days between 0 and 365),
  -- The module that comes with the program.
  shipped text constraint documents_shipped_key unique,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  version int not null default 1
);

create table document_versions (
  id text primary key,
  document_id text not null references documents,
  number int not null,
  -- Markdown.
  body text not null,
  -- [{question, options, correct}]. What is correct never leaves the server.
  quiz jsonb not null default '[]',
  pass_percent int not null default 80 check (pass_percent between 0 and 100),
  published_at timestamptz not null default now(),
  published_by text not null,
  constraint document_versions_document_id_number_key unique (document_id, number)
);

create table acknowledgements (
  id text primary key,
  version_id text not null references document_versions,
  user_id text not null references users,
  -- Null: there was no quiz.
  score_percent int,
  at timestamptz not null default now(),
  expires_at timestamptz,
  ip inet
);
create index acknowledgements_user on acknowledgements (user_id, version_id);

create table exemptions (
  id text primary key,
  document_id text not null references documents,
  user_id text not null references users,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  until timestamptz,
  revoked_at timestamptz
);
create index exemptions_user on exemptions (user_id, document_id) where revoked_at is null;

-- When somebody was last reminded of a version. Not an audit matter: the outbox says what was said.
create table document_reminders (
  version_id text not null references document_versions,
  user_id text not null references users,
  reminded_at timestamptz not null default now(),
  primary key (version_id, user_id)
);

do $$
declare audited text;
begin
  foreach audited in array array[
    'ownership_settings', 'documents', 'document_versions', 'acknowledgements', 'exemptions'
  ] loop
    execute format(
      'create constraint trigger %I after insert or update or delete on %I deferrable initially deferred
         for each row execute function require_audit_event()', audited || '_audited', audited);
  end loop;
end $$;
