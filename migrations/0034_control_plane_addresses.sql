-- From which addresses sessions and API tokens are taken; empty is any. Keys for the gateway have lists of their own.
alter table security_settings add column ip_allowlist text[] not null default '{}';
