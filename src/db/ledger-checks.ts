import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../app.ts'
import { AMOUNTS, CUBES } from './usage-cubes.ts'

/** What a check found wrong: in what, and what is there against what should be. Amounts are nano-USD. */
export type LedgerFault = { subject: string; problem: string }

export type LedgerCheck = {
  name: string
  /** What holds when nothing is found. */
  promise: string
  /** How many faults there are; `examples` are the first of them. */
  faults: number
  examples: LedgerFault[]
}

const EXAMPLES = 20
const TIMEOUT_MS = 300_000
/** How far back sums of usage are compared with what they are the sums of, so that it takes no longer with years of calls. */
const ADDED_UP_SINCE = sql`now() - interval '4 days'`

type Rule = { name: string; promise: string; broken: (from: Date) => RawBuilder<LedgerFault> }

const COUNTS = ['attempts', 'errors', ...AMOUNTS]
const SUMS = sql.join(COUNTS.map((name) => sql`sum(${sql.ref(name)}) as ${sql.ref(name)}`))
const IN_WORDS = sql`concat_ws(', ', ${sql.join(
  COUNTS.map((name) => sql`coalesce(sum(${sql.ref(name)}), 0) || ${sql.lit(` ${name}`)}`),
)})`
const CUBE_GRAINS = CUBES.flatMap(({ number, grains }) => grains.map((grain) => ({ cube: number, grain })))

/**
 * What must hold in the ledger's tables at any moment, whoever is writing. Windows that were open at `from` or
 * later are looked at, and usage that was admitted since.
 */
const RULES: Rule[] = [
  {
    name: 'spent',
    promise:
      'What each window says is spent is the sum of the usage rows that charge it, of erased ones, and of its corrections.',
    broken: (from) => sql`
      with looked_at as (
        select * from budget_windows where window_end > ${from}
      ), charged as (
        select budget_id, window_start, sum(cost) as cost
        from (
          select c.budget_id, c.window_start, u.cost_nano_usd as cost
          from usage u, unnest(u.budget_ids, u.budget_window_starts) as c (budget_id, window_start)
          where u.admitted_at >= (select least(min(window_start), ${from}) from looked_at)
          union all
          select budget_id, window_start, cost_nano_usd from usage_sums_charged
        ) charge
        group by 1, 2
      ), corrected as (
        select budget_id, window_start, sum(amount_nano_usd) as amount from ledger_corrections group by 1, 2
      )
      select budget_id || ' ' || window_start as subject,
             format('spent is %s, the rows say %s', spent_nano_usd, coalesce(cost, 0) + coalesce(amount, 0)) as problem
      from looked_at left join charged using (budget_id, window_start)
      left join corrected using (budget_id, window_start)
      where spent_nano_usd <> coalesce(cost, 0) + coalesce(amount, 0)
      union all
      select c.budget_id || ' ' || c.window_start, format('usage rows charge %s to a window that is not there', c.cost)
      from charged c
      where not exists (select from budget_windows w
                        where w.budget_id = c.budget_id and w.window_start = c.window_start)`,
  },
  {
    name: 'leased',
    promise: 'What each window says is set aside is the sum of the leases of its nodes.',
    broken: (from) => sql`
      with held as (
        select budget_id, window_start, sum(amount_nano_usd) as amount from leases group by 1, 2
      )
      select budget_id || ' ' || window_start as subject,
             format('set aside is %s, the leases say %s', leased_nano_usd, coalesce(amount, 0)) as problem
      from budget_windows left join held using (budget_id, window_start)
      where window_end > ${from} and leased_nano_usd <> coalesce(amount, 0)`,
  },
  {
    name: 'limit',
    promise: 'No window has more spent and set aside than its limit, but for what it says stands over it.',
    broken: (from) => sql`
      select budget_id || ' ' || window_start as subject,
             format('spent %s and set aside %s, of a limit of %s; said to be over: %s',
                    spent_nano_usd, leased_nano_usd, limit_nano_usd, over_nano_usd) as problem
      from budget_windows
      where window_end > ${from}
        and over_nano_usd <> greatest(0, spent_nano_usd + leased_nano_usd - limit_nano_usd)`,
  },
  {
    name: 'once',
    promise: 'Each attempt of a call is charged once.',
    broken: (from) => sql`
      select request_id || ', attempt ' || attempt as subject, format('%s usage rows', count(*)) as problem
      from usage where admitted_at >= ${from}
      group by request_id, attempt having count(*) > 1`,
  },
  {
    name: 'refused',
    promise: 'A call that reached no provider cost nothing.',
    broken: (from) => sql`
      select id as subject, format('cost %s with status %s', cost_nano_usd, status) as problem
      from usage where admitted_at >= ${from} and credential_id is null and cost_nano_usd > 0`,
  },
  {
    name: 'windows',
    promise: 'Each usage row names one window for each budget that it charges.',
    broken: (from) => sql`
      select id as subject,
             format('%s budgets, %s windows', cardinality(budget_ids), cardinality(budget_window_starts)) as problem
      from usage
      where admitted_at >= ${from}
        and (cardinality(budget_ids) <> cardinality(budget_window_starts)
             or cardinality(budget_ids) <> (select count(distinct b) from unnest(budget_ids) b))`,
  },
  {
    name: 'shares',
    promise:
      'What is set aside of each rate limit is the sum of the shares of its nodes, and no more than it allows, but for what it says stands over it.',
    broken: () => sql`
      with held as (
        select limit_id, dimension, sum(amount) as amount from rate_shares group by 1, 2
      )
      select limit_id || ' ' || dimension as subject,
             format('shared is %s, the shares say %s, of at most %s; said to be over: %s',
                    shared, coalesce(amount, 0), coalesce(most::text, 'nothing'), over) as problem
      from rate_pools left join held using (limit_id, dimension)
      where shared <> coalesce(amount, 0) or over <> greatest(0, shared - most)`,
  },
  {
    name: 'added-up',
    promise: 'Sums of hours and days of the last four days are those of their calls.',
    broken: (from) => sql`
      with unit as (
        select * from usage_units u
        where grain in ('hour', 'day', 'abroad') and starts_at >= greatest(${from}, ${ADDED_UP_SINCE})
          and not exists (
            select from usage_touched where hour < u.ends_at and hour + interval '1 hour' > u.starts_at)
      ), quarter as materialized (
        -- Units begin and end with one, and erased calls are kept by them.
        select date_bin('15 minutes', admitted_at, 'epoch') as at, ${SUMS}
        from usage_counted where admitted_at >= greatest(${from}, ${ADDED_UP_SINCE}) group by 1
      ), counted as (
        select unit.id, ${IN_WORDS} as calls
        from unit left join quarter on at >= unit.starts_at and at < unit.ends_at group by 1
      ), kept as (
        select unit_id, cube, ${SUMS} from usage_cells where unit_id = any(array(select id from unit)) group by 1, 2
      ), cube as (
        select * from unnest(${CUBE_GRAINS.map(({ cube }) => cube)}::int[], ${CUBE_GRAINS.map(({ grain }) => grain)}::text[])
          as c (cube, grain)
      ), said as (
        select unit.id, unit.grain, unit.starts_at, cube.cube, ${IN_WORDS} as sums
        from unit join cube on cube.grain = unit.grain and cube.cube <= unit.highest_cube
        left join kept on kept.unit_id = unit.id and kept.cube = cube.cube
        group by 1, 2, 3, 4
      )
      select format('%s %s, cube %s', grain, starts_at, cube) as subject,
             format('the sums say %s; the calls %s', sums, calls) as problem
      from said join counted using (id) where sums <> calls`,
  },
  {
    name: 'credits',
    promise:
      'What is used of the credits of an account is what it has spent, as far as they reach, and of none more than there is of it.',
    broken: () => sql`
      with line as (
        select c.budget_id, line.used_nano_usd as used,
               case when c.over_at is null then c.amount_nano_usd else c.used_nano_usd end as payable,
               coalesce(w.spent_nano_usd, 0) as spent
        from credits c left join budget_windows w using (budget_id),
             credit_lines(c.budget_id, coalesce(w.spent_nano_usd, 0)) line
        where line.id = c.id
      )
      select budget_id as subject,
             format('spent is %s, the credits paid %s and can pay %s', spent, sum(used), sum(payable)) as problem
      from line group by budget_id, spent having sum(used) <> least(spent, sum(payable))
      union all
      select id, format('used is %s, of %s', used_nano_usd, amount_nano_usd)
      from credits where used_nano_usd not between 0 and amount_nano_usd`,
  },
]

/** Checks the books as they stand at one moment. Nothing waits for it, and it changes nothing. */
export function checkLedger(db: Db, from: Date): Promise<LedgerCheck[]> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      await sql`set local statement_timeout = ${sql.lit(TIMEOUT_MS)}`.execute(snapshot)
      const checks: LedgerCheck[] = []
      for (const { name, promise, broken } of RULES) {
        const { rows } = await sql<LedgerFault & { faults: bigint }>`
          select *, count(*) over () as faults from (${broken(from)}) broken limit ${EXAMPLES}`.execute(
          snapshot,
        )
        const examples = rows.map(({ subject, problem }) => ({ subject, problem }))
        checks.push({ name, promise, faults: Number(rows[0]?.faults ?? 0), examples })
      }
      return checks
    })
}
