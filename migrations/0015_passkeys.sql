-- Passkeys, and changes of one's own e-mail address.

-- `passkeys`: a second factor is required, and only a passkey is one.
alter table security_settings drop constraint security_settings_mfa_check;
alter table security_settings
  add constraint security_settings_mfa_check check (mfa in ('off', 'optional', 'required', 'passkeys'));

create table passkeys (
  id text primary key,
  user_id text not null references users,
  name text not null,
  -- As base64url, the way browsers send it.
  credential_id text not null unique,
  -- COSE_Key (RFC 9052): no secret.
  public_key bytea not null,
  -- Of its uses, as the authenticator counts them; many always say 0.
  counter int8 not null,
  -- How a browser reaches it, in the browser's words: usb, nfc, ble, hybrid, internal.
  transports text[] not null default '{}',
  -- It is kept by a password manager, or in a cloud: not in one device alone.
  backed_up boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkeys_user on passkeys (user_id);

-- What an authenticator is to sign: once, for one purpose, in one sign-in, session or request. Used: deleted.
create table passkey_challenges (
  hash text primary key,
  purpose text not null check (purpose in ('register', 'sign-in', 'factor', 'step-up')),
  bound_to text not null,
  expires_at timestamptz not null
);
create index passkey_challenges_expiry on passkey_challenges (expires_at);

create table email_changes (
  id text primary key,
  user_id text not null references users,
  old_email text not null,
  new_email text not null check (new_email = lower(new_email)),
  -- Of the link to the new address, with which its person makes the change.
  hash text not null unique,
  -- Of the link to the old address, with which whoever reads mail there stops it, or takes it back.
  stop_hash text not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  stoppable_until timestamptz not null,
  confirmed_at timestamptz,
  stopped_at timestamptz
);
create index email_changes_user on email_changes (user_id);
create index email_changes_end on email_changes (stoppable_until);

-- Each use of a passkey is told with the sign-in or the confirmation.
create constraint trigger passkeys_audited after insert or delete or update of user_id, name, credential_id, public_key
  on passkeys
  deferrable initially deferred for each row execute function require_audit_event();
create constraint trigger email_changes_audited after insert or update on email_changes
  deferrable initially deferred for each row execute function require_audit_event();
