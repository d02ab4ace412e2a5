import type { Client } from 'pg'

/** How much of what. `until` is the moment at which the usage ends. */
export type Seed = { keys: number; users: number; days: number; calls: number; seed: number; until: Date }

/**
 * Prepares what the statements that follow share: numbers that only look random, ids as the program makes them, and
 * `seed`, one row with the sizes. All of it goes with the session.
 */
export async function prepareSession(
  client: Client,
  { keys, users, days, calls, seed, until }: Seed,
): Promise<void> {
  await client.query(`set synchronous_commit = off; set statement_timeout = 0; set jit = off`)
  await client.query(`
    create temp table seed as
    select ${keys}::int as keys, ${users}::int as users, ${days}::int as days, ${calls}::int8 as calls,
      greatest(1, ${users} / 10) as teams, o.id as organization_id, o.time_zone,
      timestamptz '${until.toISOString()}' as until,
      timestamptz '${until.toISOString()}' - interval '${days} days' as since
    from organization o;

    -- From 0 up to 1, the same for the same number and salt.
    create function pg_temp.share(n int8, salt int) returns float8 language sql immutable parallel safe
    return (hashint8extended(n, ${seed} * 1000 + salt) & 9007199254740991)::float8 / 9007199254740992;

    -- The two parts of a ULID: 48 bits of milliseconds in Crockford's base 32, and 16 characters that depend on n.
    create function pg_temp.ulid_time(at timestamptz) returns text language sql immutable parallel safe
    return ${[...Array(10).keys()].map((i) => digit(45 - 5 * i)).join(' || ')};
    create function pg_temp.ulid_rest(n int8) returns text language sql immutable parallel safe
    return upper(lpad(to_hex(hashint8extended(n, ${seed})), 16, '0'));
    create function pg_temp.seed_id(kind text, at timestamptz, n int8) returns text language sql immutable parallel safe
    return kind || '_' || pg_temp.ulid_time(at) || pg_temp.ulid_rest(n);

    create function pg_temp.pick(list text[], n int8, salt int) returns text language sql immutable parallel safe
    return list[1 + floor(pg_temp.share(n, salt) * cardinality(list))::int]`)
}

function digit(shift: number): string {
  const ms = "(date_part('epoch', at) * 1000)::int8"
  return `substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((${ms} >> ${shift}) & 31)::int + 1, 1)`
}
