-- What somebody looks at on a page of the dashboard, under a name of their own: the page, and what its address says.
create table saved_views (
  id text primary key,
  user_id text not null references users,
  page text not null,
  name text not null,
  query text not null,
  created_at timestamptz not null default now(),
  unique (user_id, page, name)
);
create constraint trigger saved_views_audited after insert or update or delete on saved_views
  deferrable initially deferred for each row execute function require_audit_event();
