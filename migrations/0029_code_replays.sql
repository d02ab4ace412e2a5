-- A code that comes back after it was redeemed is held by two: the session that it made ends (RFC 6749, 4.1.2).
alter table authorization_codes add column made_session_id text references sessions;
