-- Rate limits on several nodes. Each node counts up to its share of a figure; the shares of a figure are never more
-- than it, by constraint. A share may be given to another node only when nothing of it counts any more: a node keeps
-- what it counted in its last minute, and the calls it runs.

-- The figures of each rate limit: null where it sets none.
create view rate_limit_figures as
  select id, requests_per_minute::int8 as requests, tokens_per_minute::int8 as tokens,
         concurrent_calls::int8 as concurrent
  from rate_limits
  where deleted_at is null;

-- One figure of one rate limit, and the sum of all shares of it.
create table rate_pools (
  limit_id text not null,
  dimension text not null check (dimension in ('requests', 'tokens', 'concurrent')),
  -- The figure as it was at the last question; null when there is none any more.
  most int8 check (most > 0),
  shared int8 not null default 0 check (shared >= 0),
  -- How far the shares stand above the figure: it was lowered, or calls used more tokens than they held.
  over int8 not null default 0 check (over >= 0),
  -- Until then a node waits for what others give back.
  awaited_until timestamptz,
  primary key (limit_id, dimension),
  constraint never_over_figure check (shared <= most + over)
);

-- What one run of a node, from its start to its end, may count.
create table rate_shares (
  limit_id text not null,
  dimension text not null,
  node_id text not null,
  run int8 not null,
  amount int8 not null check (amount >= 0),
  -- The node's question that set the amount: see src/ledger/authority.ts.
  turn int8 not null,
  primary key (limit_id, dimension, node_id, run),
  foreign key (limit_id, dimension) references rate_pools
);
create index rate_shares_node on rate_shares (node_id);

-- Takes back the shares of those that cannot use them any more: nodes that stopped or are not trusted, and earlier
-- runs of nodes. What they counted in their last minute counts until it has passed; their calls ended with them.
-- Answers the sum. The pool is locked, and who asks is there.
create function rate_reclaim(pool_limit text, pool_dimension text, asking_node text, asking_run int8) returns int8
language sql as $$
  with ended as (
    delete from rate_shares s
    where s.limit_id = pool_limit and s.dimension = pool_dimension
      and (s.node_id, s.run) <> (asking_node, asking_run) and not exists (
      select from nodes n
      where n.id = s.node_id and clock_timestamp() < case
        when pool_dimension = 'concurrent' and n.run <> s.run then '-infinity'
        when n.run <> s.run then n.started_at
        else coalesce(n.stopped_at, n.trusted_until) end
        + case when pool_dimension = 'concurrent' then interval '1 second' else interval '62 seconds' end)
    returning amount
  )
  select coalesce(sum(amount), 0)::int8 from ended
$$;

-- A node's question about its shares. Of each share it keeps what it says, but no more than it has and no less than it
-- needs, which is what counts now. Then it gets what it wants, and more towards its wish while there is enough: all
-- that is left when no other node is alive, else a part that leaves others theirs. When it is short, the other nodes
-- are asked to give back what they do not need, and it hears when one does.
-- Questions of a node are numbered; one that arrives late, after a younger one, changes nothing.
create function rate_take(
  asking_node text, asking_run int8, asked_turn int8, asked_limits text[], asked_dimensions text[],
  kept_amounts int8[], needed_amounts int8[], wanted_amounts int8[], wished_amounts int8[]
)
returns table (limit_id text, dimension text, most int8, amount int8, over int8, unshared int8, live int)
language plpgsql as $$
#variable_conflict use_column
declare
  asked record;
  pool rate_pools;
  mine rate_shares;
  figure int8;
  had int8;
  has int8;
  free int8;
  alive int := greatest(1, live_nodes());
  short boolean;
begin
  for asked in
    select a.limit_id, a.dimension, a.kept, a.needed, a.wanted, greatest(a.wanted, a.wished) as wished
    from unnest(asked_limits, asked_dimensions, kept_amounts, needed_amounts, wanted_amounts, wished_amounts)
      as a (limit_id, dimension, kept, needed, wanted, wished)
    order by a.limit_id, a.dimension
  loop
    insert into rate_pools (limit_id, dimension) values (asked.limit_id, asked.dimension) on conflict do nothing;
    select * into pool from rate_pools p
    where p.limit_id = asked.limit_id and p.dimension = asked.dimension for update;
    select case asked.dimension
        when 'requests' then f.requests when 'tokens' then f.tokens else f.concurrent end into figure
    from rate_limit_figures f where f.id = asked.limit_id;
    select * into mine from rate_shares s
    where s.limit_id = asked.limit_id and s.dimension = asked.dimension and s.node_id = asking_node
      and s.run = asking_run;
    had := coalesce(mine.amount, 0);
    has := had;
    short := false;
    if mine.turn is null or mine.turn < asked_turn then
      has := greatest(least(had, asked.kept), asked.needed);
      pool.shared := pool.shared - had + has;
      if asked.wanted > coalesce(figure, 0) - pool.shared then
        pool.shared := pool.shared - rate_reclaim(asked.limit_id, asked.dimension, asking_node, asking_run);
      end if;
      free := greatest(0, coalesce(figure, 0) - pool.shared);
      short := asked.wanted > free;
      free := case when asked.wished = 0 then 0 when short or alive = 1 then free
        else greatest(asked.wanted, least(asked.wished, free / (2 * alive))) end;
      has := has + free;
      pool.shared := pool.shared + free;
      insert into rate_shares (limit_id, dimension, node_id, run, amount, turn)
      values (asked.limit_id, asked.dimension, asking_node, asking_run, has, asked_turn)
      on conflict on constraint rate_shares_pkey
      do update set amount = excluded.amount, turn = excluded.turn;
    end if;
    if short and pool.shared > has then
      pool.awaited_until := clock_timestamp() + interval '2 seconds';
      perform rate_notify('rate-recall', asked.limit_id, asking_node);
    elsif has < had and pool.awaited_until > clock_timestamp() then
      pool.awaited_until := null;
      perform rate_notify('rate-returned', asked.limit_id, asking_node);
    end if;
    pool.over := coalesce(greatest(0, pool.shared - figure), 0);
    update rate_pools p
    set most = figure, shared = pool.shared, over = pool.over, awaited_until = pool.awaited_until
    where p.limit_id = asked.limit_id and p.dimension = asked.dimension;

    limit_id := asked.limit_id;
    dimension := asked.dimension;
    most := figure;
    amount := has;
    over := pool.over;
    unshared := greatest(0, coalesce(figure, 0) - pool.shared);
    live := alive;
    return next;
  end loop;
end $$;

-- Tells every process, when this transaction commits (see src/bus.ts).
create function rate_notify(topic text, limit_id text, node_id text) returns void
language sql as $$
  select pg_notify('claviger', json_build_object('topic', topic, 'id', limit_id, 'node', node_id)::text)
$$;

-- A node starts again. Its earlier runs are over: of their shares only what they can have counted in their last
-- minute stays set aside, until that has passed. The calls they let in are all booked by now, so the usage rows tell
-- how many there were. A call whose usage is an estimate may have counted any number of tokens. What ended long ago,
-- of this node or another, is cleared away.
create function rate_return_past(returning_node text, current_run int8) returns void
language plpgsql as $$
declare
  past record;
  freed int8;
begin
  for past in
    with lately as (
      select scope.type, scope.id, count(*) as requests,
             case when not bool_or(u.estimated) then sum(u.input_tokens + u.output_tokens) end as tokens
      from usage u, lateral (values
        ('organization', ''), ('team', u.team_id), ('project', u.project_id), ('environment', u.environment_id),
        ('user', u.user_id), ('service_account', u.service_account_id), ('key', u.key_id)) scope (type, id)
      where u.admitted_at > clock_timestamp() - interval '65 seconds'
      group by scope.type, scope.id
    )
    select s.limit_id, s.dimension, s.run, case
        when s.dimension = 'concurrent' then 0
        when l.id is null then s.amount
        when lately.type is null then 0
        when s.dimension = 'requests' then lately.requests
        else coalesce(lately.tokens, s.amount) end::int8 as counted
    from rate_shares s
    left join rate_limits l on l.id = s.limit_id
    left join lately on lately.type = l.scope_type
      and lately.id = case when l.scope_type = 'organization' then '' else l.scope_id end
    where s.node_id = returning_node and s.run <> current_run
    order by s.limit_id, s.dimension, s.run
  loop
    perform from rate_pools p where p.limit_id = past.limit_id and p.dimension = past.dimension for update;
    freed := null;
    select s.amount - past.counted into freed from rate_shares s
    where s.limit_id = past.limit_id and s.dimension = past.dimension and s.node_id = returning_node
      and s.run = past.run and s.amount > past.counted;
    continue when freed is null;
    update rate_shares s set amount = past.counted
    where s.limit_id = past.limit_id and s.dimension = past.dimension and s.node_id = returning_node
      and s.run = past.run;
    update rate_pools p
    set shared = p.shared - freed, over = coalesce(greatest(0, p.shared - freed - p.most), 0)
    where p.limit_id = past.limit_id and p.dimension = past.dimension;
  end loop;

  for past in
    select distinct s.limit_id, s.dimension from rate_shares s
    left join nodes n on n.id = s.node_id
    where n.run is distinct from s.run or coalesce(n.stopped_at, n.trusted_until) < clock_timestamp() - interval '1 hour'
    order by s.limit_id, s.dimension
  loop
    perform from rate_pools p where p.limit_id = past.limit_id and p.dimension = past.dimension for update;
    freed := rate_reclaim(past.limit_id, past.dimension, returning_node, current_run);
    update rate_pools p
    set shared = p.shared - freed, over = coalesce(greatest(0, p.shared - freed - p.most), 0)
    where p.limit_id = past.limit_id and p.dimension = past.dimension;
  end loop;
end $$;
