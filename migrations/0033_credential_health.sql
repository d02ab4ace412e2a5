-- Since when a credential's secret is the one it has: what its age counts from.
alter table credentials add column secret_at timestamptz;
alter table credentials disable trigger user;
update credentials c set secret_at = coalesce((
  select max(e.at) from audit_events e
  where e.target_id = c.id and e.action = 'credential.replace-secret' and e.result = 'done'
), c.created_at);
alter table credentials enable trigger user;
alter table credentials alter column secret_at set not null, alter column secret_at set default now();

-- What providers said of a credential last: when it was tested, and in answers to calls. It changes without an event.
create table credential_health (
  credential_id text primary key references credentials on delete cascade,
  tested_at timestamptz,
  test_works boolean,
  test_detail text,
  -- Written by gateways some seconds after the call.
  called_at timestamptz,
  failed_at timestamptz,
  failed_status int,
  -- The limits that the provider named in an answer: [{ "what": "requests", "limit": 500, "remaining": 499, "resetsAt": … }].
  limits jsonb,
  limits_at timestamptz
);
