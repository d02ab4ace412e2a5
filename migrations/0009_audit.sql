-- The audit trail as a chain: each event's place in it and a hash over all before, and heads that are signed.

-- Which events have no place in the chain yet. Written with each event, emptied by the sealer: late commits are never
-- skipped, and no transaction id is compared (they start anew after a restore).
create table audit_unsealed (seq int8 primary key);
insert into audit_unsealed select seq from audit_events;
create function queue_audit_event() returns trigger language plpgsql as $$
begin
  insert into audit_unsealed values (new.seq);
  return null;
end $$;
create trigger audit_events_queued after insert on audit_events for each row execute function queue_audit_event();

create table audit_chain (
  position int8 primary key,
  event_seq int8 not null unique references audit_events (seq),
  -- SHA-256(hash before ‖ position ‖ SHA-256(event)); positions begin at 1, before it are 32 zero bytes.
  hash bytea not null
);
create table audit_heads (
  position int8 primary key references audit_chain,
  hash bytea not null,
  signed_at timestamptz not null,
  -- Which public key the signature is checked with.
  key_id text not null,
  signature bytea not null
);

do $$
declare written text;
begin
  foreach written in array array['audit_chain', 'audit_heads'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()',
      written || '_append_only', written);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
      written || '_no_truncate', written);
  end loop;
end $$;
