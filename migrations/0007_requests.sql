-- Asking for more, deciding about it, taking it back, and keys that nobody has seen until their owner opens them.

create table request_settings (
  singleton boolean primary key default true check (singleton),
  approvals int not null default 1 check (approvals between 1 and 5),
  production_approvals int not null default 2 check (production_approvals between 1 and 5),
  -- More money and higher rates end after at most so long.
  raise_days int not null default 30 check (raise_days between 1 and 366),
  -- Requests that nobody answers lapse.
  pending_days int not null default 14 check (pending_days between 1 and 90),
  delivery_hours int not null default 72 check (delivery_hours between 1 and 720), version int not null default 1
);
insert into request_settings default values;

create table access_requests (
  id text primary key, requester_id text not null references users,
  kind text not null check (kind in ('key', 'model', 'budget', 'rate', 'production', 'team', 'expiry')),
  -- Where it would take effect: decides who may approve.
  team_id text not null references teams, project_id text references projects, production boolean not null,
  target_type text not null check (target_type in ('team', 'project', 'environment', 'key', 'budget', 'rate_limit')),
  target_id text not null,
  -- What is asked for, and what of it an approver left; a later narrowing voids earlier approvals.
  terms jsonb not null, narrowed jsonb,
  reason text not null, approvals_needed int not null,
  state text not null default 'pending' check (state in ('pending', 'approved', 'denied', 'withdrawn', 'lapsed', 'ended')),
  auto_rule_id text,
  -- What approval did, each with what undoes it.
  effects jsonb,
  created_at timestamptz not null default now(), decided_at timestamptz, ends_at timestamptz, ended_at timestamptz,
  version int not null default 1
);
create index access_requests_open on access_requests (created_at) where state = 'pending';
create index access_requests_ends on access_requests (ends_at) where state = 'approved';
create index access_requests_requester on access_requests (requester_id, id);

create table access_request_events (
  id text primary key, request_id text not null references access_requests,
  -- Null: a rule or a job.
  user_id text references users,
  kind text not null check (kind in ('comment', 'approve', 'deny', 'narrow', 'withdraw', 'lapse', 'end')), text text, terms jsonb,
  at timestamptz not null default now(), voided_at timestamptz
);
create index access_request_events_request on access_request_events (request_id, id);
create unique index access_request_approvals_key on access_request_events (request_id, user_id)
  where kind = 'approve' and voided_at is null;

create table approval_rules (
  id text primary key, name text not null, scope_type text not null check (scope_type in ('organization', 'team', 'project')),
  team_id text references teams, project_id text references projects,
  kind text not null check (kind in ('key', 'model', 'budget', 'rate', 'team', 'expiry')),
  -- All models asked for must match one of these patterns.
  models text[], max_usd_nano int8, max_days int,
  -- It decides with what this person may do at that moment.
  created_by text not null references users,
  created_at timestamptz not null default now(), deleted_at timestamptz, version int not null default 1,
  check ((scope_type = 'organization') = (team_id is null)),
  check ((scope_type = 'project') = (project_id is not null))
);

create table deliveries (
  id text primary key, key_id text not null references keys,
  -- The one who may open it, in a session, confirmed once more. Its id is no secret and opens nothing by itself.
  user_id text not null references users,
  -- How long a secret that the opening replaces still works.
  grace_seconds int not null default 86400, created_by text not null, created_at timestamptz not null default now(),
  expires_at timestamptz not null, opened_at timestamptz, voided_at timestamptz
);
create index deliveries_user on deliveries (user_id, id);
create index deliveries_key on deliveries (key_id) where opened_at is null and voided_at is null;

-- More models for a while, beside the policy of the same scope, which they widen.
create table policy_allowances (
  id text primary key, scope_type text not null, scope_id text not null, models text[] not null,
  request_id text not null references access_requests, expires_at timestamptz not null, ended_at timestamptz
);
create index policy_allowances_scope on policy_allowances (scope_type, scope_id) where ended_at is null;

do $$
declare audited text;
begin
  foreach audited in array array['request_settings', 'access_requests', 'access_request_events', 'approval_rules',
    'deliveries', 'policy_allowances'] loop
    execute format(
      'create constraint trigger %I after insert or update or delete on %I deferrable initially deferred
         for each row execute function require_audit_event()', audited || '_audited', audited);
  end loop;
end $$;
