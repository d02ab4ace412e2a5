import { sql } from 'kysely'
import { temporaryDatabase } from '../scripts/temporary-database.ts'
import type { Db } from '../src/app.ts'
import { connect } from '../src/db/connect.ts'
import { migrate } from '../src/db/migrate.ts'
import { listUsageRows, type UsageFilter } from '../src/db/requests.ts'

/*
 * How long a page of the access log takes at a million rows, for every combination of filters, up to page 200; and
 * what its indexes cost the flush. `node bench/access-log.ts`: about five minutes, prints two tables.
 */

const ROWS = 1_000_000
const PAGE = 51
const PAGES = 200
const BATCHES = 40
const BATCH = 500

/** 20 teams of 3 projects and 25 keys, 40 users, 30 models, 2,000 addresses, one in twenty failed; 90 days. */
const FILL = (first: number, rows: number) => sql`
  insert into usage (id, request_id, attempt, admitted_at, settled_at, key_id, secret_id, user_id, environment_id,
    project_id, team_id, operation, model, stream, status, ip)
  select 'use_' || lpad(n::text, 26, '0'), 'req_' || lpad(n::text, 26, '0'), 1, at, at, 'key_' || key, 'sec_' || key,
    case when key % 5 = 0 then 'usr_' || key % 40 end, 'env_' || key % 60, 'prj_' || key % 60, 'team_' || key % 20,
    'chat.completions', 'provider/model-' || floor(30 * random() ^ 2), false,
    case when random() < 0.01 then 429 when random() < 0.04 then 500 else 200 end,
    ('10.0.' || (key % 8) || '.' || floor(random() * 250))::inet
  from (select n, timestamptz '2026-01-01' + n * interval '7.8 seconds' as at, floor(random() * 500)::int as key
        from generate_series(${first}::int, ${first + rows - 1}::int) n) rows`

const FILTERS: Record<string, Partial<UsageFilter>> = {
  who: { userId: 'usr_5' },
  when: { from: new Date('2026-02-01'), to: new Date('2026-03-01') },
  ip: { ip: '10.0.5.17' },
  model: { model: 'provider/model-3' },
  status: { status: 429 },
  key: { keyId: 'key_45' },
  team: { teamId: 'team_5' },
}

const NEW_INDEXES = ['usage_team', 'usage_model', 'usage_user', 'usage_ip', 'usage_failed']

let filled = ROWS

const database = await temporaryDatabase()
try {
  await migrate(database.url('postgres'))
  const onError = (error: Error) => console.error(error)
  const db = connect({
    url: database.url('postgres'),
    name: 'bench',
    max: 2,
    statementTimeoutMs: 120_000,
    onError,
  })
  await FILL(1, ROWS).execute(db)
  await sql`vacuum analyze usage`.execute(db)
  console.log('| filters | rows read | p50 ms | p95 ms | slowest ms |\n|---|--:|--:|--:|--:|')
  for (const [name, filter] of Object.entries(everyFilter())) console.log(await measure(db, name, filter))
  console.log('\n| indexes | rows a second into a million |\n|---|--:|')
  console.log(`| with all | ${await flushRate(db)} |`)
  for (const index of NEW_INDEXES) {
    await sql`drop index ${sql.ref(index)}`.execute(db)
    console.log(`| without ${index} as well | ${await flushRate(db)} |`)
  }
  await db.destroy()
} finally {
  await database.stop()
}

/** All 128 combinations, and the lists of those who see a part only. */
function everyFilter(): Record<string, UsageFilter> {
  const names = Object.keys(FILTERS)
  const combinations = Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_, i) => bits & (1 << i)),
  )
  const all = combinations.map((chosen): [string, UsageFilter] => [
    chosen.join(' + ') || 'none',
    Object.assign({ within: 'everything' }, ...chosen.map((name) => FILTERS[name])),
  ])
  const part = { teamIds: [], projectIds: ['prj_45'], ownerUserId: 'usr_5' }
  return {
    ...Object.fromEntries(all),
    'seen from one project': { within: part },
    'seen by an owner of keys': { within: { ...part, projectIds: [] } },
    'seen by nobody': { within: { teamIds: ['team_x'], projectIds: [], ownerUserId: null } },
    'a model nobody called': { within: 'everything', model: 'provider/none' },
    'a prefix of models nobody called': { within: 'everything', modelPrefix: 'other/' },
    'a prefix of few': { within: 'everything', modelPrefix: 'provider/model-29' },
    'an address nobody called from': { within: 'everything', ip: '192.0.2.1' },
  }
}

async function measure(db: Db, name: string, filter: UsageFilter): Promise<string> {
  const times: number[] = []
  let rows = 0
  let cursor: string | undefined
  do {
    const start = performance.now()
    const page = await listUsageRows(db, { ...filter, limit: PAGE, cursor })
    times.push(performance.now() - start)
    rows += page.length
    cursor = page.length === PAGE ? page.at(-2)?.id : undefined
  } while (cursor && times.length < PAGES)
  times.sort((one, other) => one - other)
  const at = (share: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1)
  return `| ${name} | ${rows} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`
}

/** The best of three, since others use this machine too. */
async function flushRate(db: Db): Promise<string> {
  const seconds: number[] = []
  for (let run = 0; run < 3; run++) {
    const start = performance.now()
    for (let i = 0; i < BATCHES; i++, filled += BATCH) await FILL(filled + 1, BATCH).execute(db)
    seconds.push((performance.now() - start) / 1000)
  }
  return Math.round((BATCHES * BATCH) / Math.min(...seconds)).toLocaleString('en')
}
