import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { serveControlPlane } from '../../test/control-plane.ts'
import { inZone, rollUp } from '../../test/roll-up.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { USAGE_DIMENSIONS } from '../contract/usage.ts'
import type { Within } from '../domain/access.ts'
import { newId } from '../ids.ts'
import { matching, type UsageFilter } from './requests.ts'
import { reportUsage } from './usage.ts'
import { noteZone } from './usage-abroad.ts'
import { coverUsage, newestCubeOfAll } from './usage-cover.ts'
import { CUBES, NEWEST_CUBE } from './usage-cubes.ts'

const DAY_MS = 86_400_000
const DAYS = 70

let app: TestApp
beforeAll(async () => {
  app = await testApp()
  await using _ = await serveControlPlane(app)
  await inZone(app.db, 'Europe/Berlin')
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(async () => {
  await sql`truncate usage`.execute(app.db)
  await sql`truncate usage_zones`.execute(app.db)
})

const teams = [newId('team'), newId('team')]
const users = [newId('usr'), newId('usr')]
const providers = [newId('prv'), newId('prv')]
const keys = Array.from({ length: 5 }, (_, i) => ({
  keyId: newId('key'),
  secretId: newId('sec'),
  teamId: teams[i % 2] ?? '',
  projectId: newId('prj'),
  environmentId: newId('env'),
  userId: i < 3 ? users[i % 2] : null,
  serviceAccountId: i < 3 ? null : newId('svc'),
  tags: JSON.stringify(i === 0 ? {} : { feature: `f${i % 2}`, center: 'x' }),
}))

/** A call: when, by whom, of what, and at which provider each attempt was, how long after the first. */
const aCall = fc.record({
  minute: fc.integer({ min: 0, max: DAYS * 1440 - 3000 }),
  key: fc.nat(4),
  model: fc.constantFrom('a', 'b', null),
  attempts: fc.array(
    fc.record({
      provider: fc.nat(1),
      later: fc.constantFrom(0, 0, 0, 7, 1440),
      status: fc.constantFrom(200, 500),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})

const DIMENSIONS = [...USAGE_DIMENSIONS, 'tag:feature']
const ZONES = [
  'Europe/Berlin',
  'UTC',
  'Asia/Kolkata',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
]

/** Where days begin within an hour, and where two change their clocks at other times than the organization. */
const ABROAD = ['Asia/Kolkata', 'America/St_Johns', 'Australia/Lord_Howe']

/** Of two or three kinds: where one has some of what the other has, or all of it, or nothing. */
const REACHES = [
  { teamIds: [teams[0] ?? ''], projectIds: [keys[0]?.projectId ?? ''], ownerUserId: users[0] ?? null },
  { teamIds: [teams[1] ?? ''], projectIds: [], ownerUserId: users[0] ?? null },
  {
    teamIds: [],
    projectIds: [keys[1]?.projectId ?? '', keys[4]?.projectId ?? ''],
    ownerUserId: users[0] ?? null,
  },
  { teamIds: [teams[0] ?? ''], projectIds: [keys[3]?.projectId ?? ''], ownerUserId: null },
  { teamIds: [], projectIds: [], ownerUserId: null },
]

const aQuestion = fc.record({
  dimensions: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 3 }),
  timeZone: fc.constantFrom(...ZONES),
  fromMinute: fc.integer({ min: 0, max: DAYS * 1440 }),
  minutes: fc.integer({ min: 1, max: DAYS * 1440 }),
  filter: fc.constantFrom<Partial<UsageFilter>>(
    {},
    { teamId: teams[0] },
    { keyId: keys[3]?.keyId },
    { model: 'a', providerId: providers[1] },
    { tag: { feature: 'f1', center: 'x' } },
    { keyId: keys[2]?.keyId, secretId: keys[2]?.secretId },
    { priced: false },
    {
      within: {
        teamIds: [teams[1] ?? ''],
        projectIds: [keys[0]?.projectId ?? ''],
        ownerUserId: users[0] ?? null,
      },
    },
    { within: { teamIds: [], projectIds: [], ownerUserId: users[1] ?? null } },
    ...REACHES.flatMap((within) => [
      { within },
      { within, teamId: teams[0] },
      { within, userId: users[0], model: 'a' },
      { within, projectId: keys[0]?.projectId },
    ]),
  ),
})

type Question = typeof aQuestion extends fc.Arbitrary<infer Q> ? Q : never
type Call = typeof aCall extends fc.Arbitrary<infer C> ? C : never

describe('a report from what was added up', () => {
  test('is what the rows say, whatever was written when', async () => {
    const run = fc.record({
      early: fc.array(aCall, { maxLength: 60 }),
      late: fc.array(aCall, { maxLength: 8 }),
      steps: fc.nat(3),
      questions: fc.array(aQuestion, { minLength: 16, maxLength: 16 }),
    })
    await fc.assert(
      fc.asyncProperty(run, async ({ early, late, steps, questions }) => {
        const since = Date.now() - DAYS * DAY_MS
        await sql`truncate usage`.execute(app.db)
        for (const zone of ABROAD) await noteZone(app.db, zone)
        for (const call of early) await write(call, since)
        await rollUp(app.db, 200)
        for (const call of late) await write(call, since)
        await rollUp(app.db, steps)
        for (const question of questions) await expectRight(question, since)
      }),
      { numRuns: 4, seed: 20261126 },
    )
  }, 300_000)

  test('is what the rows say for whoever sees a part: nothing twice, nothing left out, nobody else’s', async () => {
    const attempts = [{ provider: 0, later: 0 as const, status: 200 as const }]
    for (let i = 0; i < 60; i++)
      await write(
        { minute: i * 1_111, key: i % 5, model: i % 2 ? 'a' : 'b', attempts },
        Date.now() - DAYS * DAY_MS,
      )
    // A call that was tried by two keys, which are seen for different reasons: it is one call.
    const [ours, own] = [keys[1], keys[2]]
    for (const [i, key] of [ours, own].entries()) {
      const at = new Date(Date.now() - 30 * DAY_MS + i * 60_000)
      const call = { requestId: 'req_by_two', attempt: i + 1, admittedAt: at, settledAt: at }
      await insertUsageRow(app, { ...key, ...call })
    }
    await noteZone(app.db, 'Asia/Kolkata')
    await rollUp(app.db, 400)
    const zones = ['Europe/Berlin', 'Asia/Kolkata']
    await expectAllRight(REACHES, zones)
    // Each part is read: a cell of any cube that is wrong is seen.
    const wrong: number[] = []
    for (const { number } of CUBES) {
      await sql`update usage_cells set attempts = attempts + 1 where cube = ${number}`.execute(app.db)
      await expectAllRight(REACHES, zones).catch(() => wrong.push(number))
      await sql`update usage_cells set attempts = attempts - 1 where cube = ${number}`.execute(app.db)
    }
    expect(wrong).toEqual([7, 2, 11, 10, 9, 3, 4, 5])
  }, 120_000)

  test('has what is written late, moved and taken away at once, and after it was added up again', async () => {
    const at = new Date(Date.now() - 40 * DAY_MS)
    const row = { ...keys[0], admittedAt: at, settledAt: at, costNanoUsd: 5n }
    await insertUsageRow(app, row)
    await rollUp(app.db, 200)
    for (const change of [
      () => insertUsageRow(app, { ...row, id: newId('use') }),
      () =>
        sql`update usage set admitted_at = admitted_at - interval '3 days', cost_nano_usd = 7`.execute(
          app.db,
        ),
      () => sql`delete from usage where id = (select max(id) from usage)`.execute(app.db),
    ]) {
      await change()
      await expectAllRight()
      await rollUp(app.db, 200)
      await expectAllRight()
    }
  })

  test('reads units, and no row of them', async () => {
    const since = Date.now() - DAYS * DAY_MS
    await write({ minute: 0, key: 0, model: 'a', attempts: [{ provider: 0, later: 0, status: 200 }] }, since)
    await rollUp(app.db, 200)
    const range = {
      from: new Date(since - DAY_MS),
      to: new Date(),
      grains: ['month', 'day', 'hour'] as const,
    }
    const { unitIds, rest } = await coverUsage(app.db, { ...range, steps: null })
    const left = rest.reduce((ms, { from, to }) => ms + to.getTime() - from.getTime(), 0)
    expect(unitIds.length).toBeLessThan(24 * 5 + 2 * 31)
    expect(left).toBeLessThan(3 * DAY_MS)
    // Without the trigger that marks what is written, a late row is missed: the comparison above would show it.
    await sql`alter table usage disable trigger usage_inserted`.execute(app.db)
    const at = new Date(Date.now() - 30 * DAY_MS)
    await insertUsageRow(app, { ...keys[1], admittedAt: at, settledAt: at })
    await sql`alter table usage enable trigger usage_inserted`.execute(app.db)
    await expect(expectAllRight()).rejects.toThrow()
  })

  test('finds the few calls without a price and reads no others for them', async () => {
    const at = new Date(Date.now() - 2 * DAY_MS)
    for (let i = 0; i < 200; i++) await insertUsageRow(app, { ...keys[0], admittedAt: at, settledAt: at })
    await sql`analyze usage`.execute(app.db)
    await app.db.connection().execute(async (db) => {
      /** Of the index that has every call in it, by its request. */
      const read = async () => {
        await sql`select pg_stat_force_next_flush()`.execute(db)
        const { rows } = await sql<{ read: bigint }>`
          select idx_tup_read as read from pg_stat_user_indexes where indexrelname = 'usage_request'`.execute(
          db,
        )
        const [index] = rows
        if (!index) throw new Error('the index is called otherwise')
        return index.read
      }
      const before = await read()
      await reportUsage(db, {
        dimensions: ['team'],
        timeZone: 'UTC',
        filter: { within: 'everything', from: new Date(at.getTime() - DAY_MS), to: new Date() },
        limit: 10,
      })
      expect(await read()).toBe(before)
    })
  })

  test('reads days abroad where somebody asked for them, and forgets those that nobody asks for', async () => {
    await writeAFew()
    await noteZone(app.db, 'Asia/Kolkata')
    await noteZone(app.db, 'Europe/Berlin')
    await noteZone(app.db, 'Asia/Calcutta')
    await rollUp(app.db, 300)
    const { rows } = await sql`select time_zone from usage_zones order by 1`.execute(app.db)
    expect(rows).toEqual([{ timeZone: 'Asia/Calcutta' }, { timeZone: 'Asia/Kolkata' }])
    const abroad = async () => {
      const { unitIds, rest } = await coverUsage(app.db, {
        from: new Date(Date.now() - DAYS * DAY_MS),
        to: new Date(),
        grains: ['quarter', 'month', 'week', 'day', 'abroad', 'hour'],
        steps: { of: 'day', timeZone: 'Asia/Kolkata' },
      })
      return { units: unitIds.length, ms: rest.reduce((ms, { from, to }) => ms + +to - +from, 0) }
    }
    const known = await abroad()
    expect(known.units).toBeLessThan(DAYS + 2 * 24)
    expect(known.ms).toBeLessThan(3 * 3_600_000)
    await expectAllRight()
    // A cell of theirs that is wrong is seen by the comparison: it is read.
    await sql`update usage_cells set attempts = attempts + 1, cost_nano_usd = cost_nano_usd + 1
      where unit_id in (select id from usage_units where grain = 'abroad')`.execute(app.db)
    await expect(expectAllRight()).rejects.toThrow()
    await sql`update usage_zones set asked_at = now() - interval '31 days'`.execute(app.db)
    await rollUp(app.db, 1)
    const left = await sql`select from usage_units where grain = 'abroad'`.execute(app.db)
    expect([left.rows.length, (await abroad()).units > known.units * 10]).toEqual([0, true])
    await expectAllRight()
  })

  test('takes no day of one zone for part of a longer one of another', async () => {
    // The clocks of Lord Howe Island are put forward by half an hour: a short day, within a day of UTC+11.
    const days = [
      ['2026-10-03T13:30Z', '2026-10-04T13:00Z', 'Australia/Lord_Howe'],
      ['2026-10-03T13:00Z', '2026-10-04T13:00Z', 'Etc/GMT-11'],
    ] as const
    const ids: number[] = []
    for (const [from, to, zone] of days) {
      const { rows } = await sql<{
        id: number
      }>`insert into usage_units (grain, starts_at, ends_at, days_of, highest_cube)
        values ('abroad', ${from}, ${to}, ${zone}, ${NEWEST_CUBE}) returning id`.execute(app.db)
      ids.push(...rows.map(({ id }) => id))
    }
    const range = { from: new Date('2026-10-02'), to: new Date('2026-10-06'), grains: ['abroad'] as const }
    for (const [i, [, , timeZone]] of days.entries()) {
      const { unitIds } = await coverUsage(app.db, { ...range, steps: { of: 'day', timeZone } })
      expect(unitIds).toEqual([ids[i]])
    }
  })

  test('adds up quarters of a year, which a late row makes anew', async () => {
    const at = new Date(Date.now() - 150 * DAY_MS)
    await insertUsageRow(app, { ...keys[0], admittedAt: new Date(+at - 100 * DAY_MS), settledAt: at })
    await insertUsageRow(app, { ...keys[0], admittedAt: at, settledAt: at })
    await rollUp(app.db, 400)
    const quarters = () => sql`select from usage_units where grain = 'quarter'`.execute(app.db)
    expect((await quarters()).rows.length).toBeGreaterThan(0)
    const everything = { fromMinute: -200 * 1440, minutes: 300 * 1440, filter: {} }
    const expectQuartersRight = () =>
      expectRight(
        { dimensions: ['team', 'model'], timeZone: 'UTC', ...everything },
        Date.now() - DAYS * DAY_MS,
      )
    await expectQuartersRight()
    await insertUsageRow(app, { ...keys[1], admittedAt: at, settledAt: at, costNanoUsd: 3n })
    await expectQuartersRight()
    await rollUp(app.db, 400)
    await expectQuartersRight()
    await sql`update usage_cells set attempts = attempts + 1
      where unit_id in (select id from usage_units where grain = 'quarter')`.execute(app.db)
    await expect(expectQuartersRight()).rejects.toThrow()
  }, 60_000)

  test('gives units that an older version made the cubes they lack, and until then reads what all have', async () => {
    await writeAFew()
    await rollUp(app.db, 200)
    await sql`delete from usage_cells where cube > 6`.execute(app.db)
    // Whoever takes the older units for new ones, is wrong.
    await expect(expectAllRight()).rejects.toThrow()
    await sql`update usage_units set highest_cube = 6`.execute(app.db)
    await expectAllRight()
    // Of cubes that there are no more.
    await sql`insert into usage_cells select unit_id, 6 + 2 * (cube - 1), holder_id, service_id, tag_set_id, attempts, repeats,
      errors, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nano_usd
      from usage_cells where cube in (1, 2)`.execute(app.db)
    // What is made anew meanwhile, from parts of which some are older, is not taken for new either.
    const attempts = [{ provider: 0, later: 0 as const, status: 200 as const }]
    await write({ minute: 30_000, key: 0, model: 'b', attempts }, Date.now() - DAYS * DAY_MS)
    for (const steps of [1, 1, 2, 3]) {
      await rollUp(app.db, steps)
      await expectAllRight()
    }
    expect(await newestCubeOfAll(app.db)).toBe(6)
    await rollUp(app.db, 400)
    expect(await newestCubeOfAll(app.db)).toBe(NEWEST_CUBE)
    await expectAllRight()
    const { rows } = await sql<{ cube: number }>`select distinct cube from usage_cells order by 1`.execute(
      app.db,
    )
    expect(rows.map(({ cube }) => cube)).toEqual(CUBES.map(({ number }) => number).sort((a, b) => a - b))
  }, 60_000)

  test('keeps what it knows of calls tried twice where there is nothing to complete', async () => {
    const at = { minute: 30_000, key: 0, model: 'b' as const }
    const attempts = [0, 1].map((provider) => ({ provider, later: 0 as const, status: 200 as const }))
    await write({ ...at, attempts }, Date.now() - DAYS * DAY_MS)
    await rollUp(app.db, 200)
    await sql`delete from usage_cells where cube = 11`.execute(app.db)
    await sql`update usage_units set highest_cube = 10`.execute(app.db)
    await rollUp(app.db, 400)
    expect(await newestCubeOfAll(app.db)).toBe(NEWEST_CUBE)
    await expectAllRight()
    await sql`delete from usage_strays`.execute(app.db)
    await expect(expectAllRight()).rejects.toThrow()
  }, 60_000)

  test('completes a day in one step, and a day of hours', async () => {
    await writeAFew()
    await rollUp(app.db, 200)
    await sql`delete from usage_cells where cube > 6`.execute(app.db)
    await sql`update usage_units set highest_cube = 6`.execute(app.db)
    const completed = async (grain: string) => {
      const { rows } = await sql`
        select from usage_units where grain = ${grain} and highest_cube = ${NEWEST_CUBE}`.execute(app.db)
      return rows.length
    }
    await rollUp(app.db, 1)
    expect(await completed('day')).toBe(1)
    await sql`update usage_units set highest_cube = ${NEWEST_CUBE} where grain = 'day'`.execute(app.db)
    await rollUp(app.db, 1)
    expect(await completed('hour')).toBe(24)
  })

  test('is not made by an older version beside this one, which would leave out what it does not know', async () => {
    const asBefore = sql`delete from usage_units where day_zone <> 'Europe/Berlin' returning id`
    await expect(asBefore.execute(app.db)).rejects.toThrow('column "day_zone" does not exist')
  })

  test('is not read by an older version beside this one, which looks for cells that there are no more', async () => {
    await writeAFew()
    await rollUp(app.db, 200)
    // By 0 none of its cubes is there: it reads calls.
    const { rows } = await sql`select min(newest_cube) as newest from usage_units`.execute(app.db)
    expect(rows).toEqual([{ newest: 0 }])
  })

  test('fails where a sum does not fit, and is not wrong', async () => {
    const sum = (more: number) =>
      sql<{
        sum: bigint
      }>`select exact_sum(n) as sum from (values (9223372036854775806), (${more}::int8), (null)) v (n)`.execute(
        app.db,
      )
    expect((await sum(1)).rows).toEqual([{ sum: 9_223_372_036_854_775_807n }])
    await expect(sum(2)).rejects.toThrow('out of range')
  })

  test('remembers at most twelve zones', async () => {
    for (let i = 1; i <= 13; i++) await noteZone(app.db, `Etc/GMT+${i % 13}`)
    await noteZone(app.db, 'Etc/GMT+1')
    const { rows } = await sql`select from usage_zones`.execute(app.db)
    expect(rows).toHaveLength(12)
  })

  test('is right while the organization moves to another time zone', async () => {
    await writeAFew()
    await noteZone(app.db, 'Asia/Kolkata')
    await rollUp(app.db, 200)
    await inZone(app.db, 'Asia/Kolkata')
    for (const steps of [0, 1, 200]) {
      await rollUp(app.db, steps)
      await expectAllRight()
    }
    await inZone(app.db, 'Europe/Berlin')
  })
})

/** A call every second day. */
async function writeAFew(): Promise<void> {
  const attempts = [{ provider: 0, later: 0 as const, status: 200 as const }]
  for (let i = 0; i < 20; i++) {
    await write({ minute: i * 3000, key: i % 5, model: 'b', attempts }, Date.now() - DAYS * DAY_MS)
  }
}

async function write({ minute, key, model, attempts }: Call, since: number): Promise<void> {
  const requestId = newId('req')
  for (const [i, { provider, later, status }] of attempts.entries()) {
    const at = new Date(since + (minute + later) * 60_000)
    await insertUsageRow(app, {
      ...keys[key],
      requestId,
      attempt: i + 1,
      admittedAt: at,
      settledAt: at,
      model,
      providerId: providers[provider] ?? null,
      status,
      inputTokens: BigInt(minute % 97),
      costNanoUsd: BigInt(minute),
      priced: minute % 5 > 0,
    })
  }
}

async function expectAllRight(reaches: readonly Within[] = ['everything'], zones = ZONES): Promise<void> {
  const since = Date.now() - DAYS * DAY_MS
  const everything = { fromMinute: -1440 * 5, minutes: (DAYS + 5) * 1440 }
  for (const within of reaches) {
    for (const timeZone of zones) {
      for (const dimensions of [
        ['day', 'team'],
        ['team', 'model'],
        ['key', 'provider'],
        ['tag:feature'],
        ['hour'],
        ...(within === 'everything'
          ? []
          : [
              ['day', 'project'],
              ['day', 'tag:feature'],
              ['day', 'model'],
              ['model', 'tag:feature'],
              ['key'],
            ]),
      ]) {
        await expectRight({ dimensions, timeZone, ...everything, filter: { within } }, since)
      }
      const filter = { within, tag: { feature: 'f1' } }
      await expectRight({ dimensions: ['day'], timeZone, ...everything, filter }, since)
    }
  }
}

async function expectRight(question: Question, since: number): Promise<void> {
  const { dimensions, timeZone, fromMinute, minutes } = question
  const from = new Date(since + fromMinute * 60_000)
  const filter = {
    within: 'everything' as const,
    ...question.filter,
    from,
    to: new Date(from.getTime() + minutes * 60_000),
  }
  const asked = { dimensions, timeZone, filter, limit: 10_000 }
  const { groups, total, unpriced } = await reportUsage(app.db, asked)
  const byRows = await reportUsage(app.db, asked, { cubes: false })
  const said = groups.map(({ group, sums }) => [group, figures(sums)])
  expect(said).toEqual(byRows.groups.map(({ group, sums }) => [group, figures(sums)]))
  expect(sorted(said)).toEqual(sorted(await counted(dimensions, timeZone, filter)))
  expect([[[], figures(total)]]).toEqual(await counted([], timeZone, filter))
  const without = await counted([], timeZone, { ...filter, priced: false })
  expect(without).toEqual([[[], expect.arrayContaining([unpriced.calls, unpriced.costNanoUsd])]])
}

type Figures = (bigint | number)[]

function figures(sums: Awaited<ReturnType<typeof reportUsage>>['total']): Figures {
  const { calls, attempts, errors, inputTokens, costNanoUsd } = sums
  return [calls, attempts, errors, inputTokens, costNanoUsd]
}

/** The same, counted in the plainest way there is. */
async function counted(dimensions: string[], timeZone: string, filter: UsageFilter): Promise<unknown[]> {
  const minutes = sql`extract(epoch from admitted_at at time zone ${timeZone} - admitted_at at time zone 'UTC')::int / 60`
  const distance = sql`case when ${minutes} < 0 then '-' else '+' end
    || to_char(abs(${minutes}) / 60, 'FM00') || ':' || to_char(abs(${minutes}) % 60, 'FM00')`
  const columns: Record<string, ReturnType<typeof sql>> = {
    day: sql`to_char(admitted_at at time zone ${timeZone}, 'YYYY-MM-DD')`,
    hour: sql`to_char(admitted_at at time zone ${timeZone}, 'YYYY-MM-DD"T"HH24":00"') || ${distance}`,
    'tag:feature': sql`tags ->> 'feature'`,
    serviceAccount: sql`service_account_id`,
    model: sql`model`,
    operation: sql`operation`,
  }
  const rows = await app.db
    .selectFrom('usage')
    .select(dimensions.map((name, i) => (columns[name] ?? sql.ref(`${name}_id`)).as(`d${i}`)))
    .select([
      sql<bigint>`count(distinct request_id)`.as('calls'),
      sql<bigint>`count(*)`.as('attempts'),
      sql<bigint>`count(*) filter (where status >= 400)`.as('errors'),
      sql<bigint>`coalesce(sum(input_tokens), 0)::int8`.as('input'),
      sql<bigint>`coalesce(sum(cost_nano_usd), 0)::int8`.as('cost'),
    ])
    .where(matching(filter))
    .$if(dimensions.length > 0, (query) => query.groupBy(dimensions.map((_, i) => sql.lit(i + 1))))
    .execute()
  return rows.map((row) => {
    const values = row as unknown as Record<string, string | null>
    const group = dimensions.map((_, i) => values[`d${i}`] ?? null)
    return [group, [Number(row.calls), Number(row.attempts), Number(row.errors), Number(row.input), row.cost]]
  })
}

function sorted(groups: unknown[]): string[] {
  return groups
    .map((group) => JSON.stringify(group, (_, value) => (typeof value === 'bigint' ? `${value}` : value)))
    .sort()
}
