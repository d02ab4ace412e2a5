-- The processes that work on this database. Each says every two seconds that it is there; all times are the database's.
create table nodes (
  id text primary key,
  -- Only a gateway takes leases for calls.
  gateway boolean not null,
  -- How often it has started. What an earlier run still had under way can be told apart by it.
  run int8 not null,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  -- Unheard of for longer than this, the node lets no call in by itself, whatever it holds.
  trusted_until timestamptz not null,
  stopped_at timestamptz
);

-- A node starts, or starts again.
create function node_start(starting_node text, serves_gateway boolean, trusted_seconds int)
returns table (run int8, trusted_until timestamptz)
language sql as $$
  insert into nodes as known (id, gateway, run, started_at, heartbeat_at, trusted_until)
  select starting_node, serves_gateway, 1, now, now, now + make_interval(secs => trusted_seconds)
  from clock_timestamp() now
  on conflict (id) do update set
    gateway = excluded.gateway, run = known.run + 1, started_at = excluded.started_at,
    heartbeat_at = excluded.heartbeat_at, trusted_until = excluded.trusted_until, stopped_at = null
  returning known.run, known.trusted_until
$$;

-- True for a gateway that is there. One that is silent for five heartbeats may be gone, or on its way back.
create function is_live(node nodes) returns boolean
language sql stable as $$
  select node.gateway and node.stopped_at is null and node.heartbeat_at > clock_timestamp() - interval '10 seconds'
$$;

create function live_nodes() returns int
language sql stable as $$
  select count(*)::int from nodes where is_live(nodes)
$$;

-- A node is there. Answers until when it is trusted, and how many gateways there are.
create function node_beat(beating_node text, trusted_seconds int)
returns table (trusted_until timestamptz, live_nodes int)
language plpgsql as $$
declare
  beat_at timestamptz := clock_timestamp();
begin
  update nodes n
  set heartbeat_at = beat_at, trusted_until = beat_at + make_interval(secs => trusted_seconds), stopped_at = null
  where n.id = beating_node
  returning n.trusted_until into trusted_until;
  if not found then return; end if;
  live_nodes := live_nodes();
  return next;
end $$;

-- A node stops in good order.
create function node_stop(stopping_node text) returns void
language sql as $$
  update nodes set stopped_at = clock_timestamp() where id = stopping_node
$$;
