-- A backup was restored while a gateway ran that it does not know, or of which it knows an earlier run only. The gateway
-- is there again, in the run that it is in: its questions and its shares of rate limits go on as they were numbered.
create function node_return(returning_node text, serves_gateway boolean, trusted_seconds int, returning_run int8)
returns table (trusted_until timestamptz)
language sql as $$
  insert into nodes as known (id, gateway, run, started_at, heartbeat_at, trusted_until)
  select returning_node, serves_gateway, returning_run, now, now, now + make_interval(secs => trusted_seconds)
  from clock_timestamp() now
  on conflict (id) do update set
    gateway = excluded.gateway, run = greatest(known.run, excluded.run), started_at = excluded.started_at,
    heartbeat_at = excluded.heartbeat_at, trusted_until = excluded.trusted_until, stopped_at = null
  returning known.trusted_until
$$;
