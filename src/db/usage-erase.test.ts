import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { serveControlPlane } from '../../test/control-plane.ts'
import { inZone, rollUp } from '../../test/roll-up.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { USAGE_DIMENSIONS } from '../contract/usage.ts'
import type { Within } from '../domain/access.ts'
import { newId } from '../ids.ts'
import type { UsageFilter } from './requests.ts'
import { reportUsage } from './usage.ts'
import { noteZone } from './usage-abroad.ts'
import { coverUsage } from './usage-cover.ts'
import { countedFrom, eraseUsage, findErasedBefore, moveHorizon } from './usage-erase.ts'
import { rollUpUsage } from './usage-roll-up.ts'

/** What a report says is the same before calls are erased and after, whatever is added up anew since. */

const DAY_MS = 86_400_000
const SLOT_MINUTES = 15
const DAYS = 40

let app: TestApp
beforeAll(async () => {
  app = await testApp()
  await using _ = await serveControlPlane(app)
  await inZone(app.db, 'Europe/Berlin')
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(anew)

const teams = [newId('team'), newId('team')]
const providers = [newId('prv'), newId('prv')]
const keys = Array.from({ length: 4 }, (_, i) => ({
  keyId: newId('key'),
  secretId: newId('sec'),
  teamId: teams[i % 2] ?? '',
  projectId: newId('prj'),
  environmentId: newId('env'),
  userId: i < 2 ? newId('usr') : null,
  serviceAccountId: i < 2 ? null : newId('svc'),
  tags: JSON.stringify(i === 0 ? {} : { feature: `f${i % 2}` }),
}))

/** A call: when, by whom, of what, and at which provider each attempt was. Its attempts have its own time. */
const aCall = fc.record({
  minute: fc.oneof(fc.integer({ min: 0, max: DAYS * 1440 - 60 }), fc.integer({ min: 0, max: 40 })),
  key: fc.nat(3),
  model: fc.constantFrom('a', 'b', null),
  attempts: fc.array(fc.record({ provider: fc.nat(1), status: fc.constantFrom(200, 500) }), {
    minLength: 1,
    maxLength: 3,
  }),
  priced: fc.boolean(),
})
type Call = typeof aCall extends fc.Arbitrary<infer C> ? C : never

const REACHES: Within[] = [
  {
    teamIds: [teams[0] ?? ''],
    projectIds: [keys[0]?.projectId ?? '', keys[3]?.projectId ?? ''],
    ownerUserId: keys[1]?.userId ?? null,
  },
  { teamIds: [], projectIds: [keys[1]?.projectId ?? ''], ownerUserId: keys[0]?.userId ?? null },
  { teamIds: [teams[1] ?? ''], projectIds: [], ownerUserId: keys[0]?.userId ?? null },
]

const FILTERS: Partial<UsageFilter>[] = [
  {},
  { teamId: teams[0] },
  { keyId: keys[3]?.keyId, secretId: keys[3]?.secretId },
  { model: 'a', providerId: providers[1] },
  { tag: { feature: 'f1' } },
  { priced: false },
  // Made of parts (usage-parts.ts), of which one has some of what the other has.
  ...REACHES.map((within) => ({ within })),
  { within: REACHES[0], model: 'a' },
  { within: REACHES[0], teamId: teams[1] },
]
const ZONES = ['Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Chatham', 'UTC']

const aQuestion = fc.record({
  dimensions: fc.uniqueArray(fc.constantFrom(...USAGE_DIMENSIONS, 'tag:feature'), { maxLength: 3 }),
  timeZone: fc.constantFrom(...ZONES),
  fromMinute: fc.integer({ min: -60, max: DAYS * 1440 }),
  minutes: fc.integer({ min: SLOT_MINUTES, max: DAYS * 1440 }),
  filter: fc.constantFrom(...FILTERS),
})
type Question = typeof aQuestion extends fc.Arbitrary<infer Q> ? Q : never

const EVERYTHING: Question[] = ZONES.flatMap((timeZone) =>
  [['day', 'team'], ['hour'], ['key', 'provider'], ['tag:feature'], []].flatMap((dimensions) =>
    [{}, { within: REACHES[0] }].map((filter) => ({
      dimensions: dimensions as Question['dimensions'],
      timeZone,
      fromMinute: -1440,
      minutes: (DAYS + 3) * 1440,
      filter,
    })),
  ),
)

test('reports are the same after erasing, in whatever order it is erased, touched and added up', async () => {
  const run = fc.record({
    calls: fc.array(aCall, { minLength: 10, maxLength: 60 }),
    rolledUp: fc.constantFrom(0, 2, 200),
    horizonMinute: fc.integer({ min: 0, max: DAYS * 1440 }),
    most: fc.integer({ min: 1, max: 20 }),
    questions: fc.array(aQuestion, { minLength: 12, maxLength: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(run, async ({ calls, rolledUp, horizonMinute, most, questions }) => {
      await anew()
      await noteZone(app.db, 'Asia/Kolkata')
      for (const call of calls) await write(call)
      await rollUp(app.db, rolledUp)
      const horizon = slot(since() + horizonMinute * 60_000)
      const asked = questions.map((question) => rangeOf(question, horizon))
      const before = await Promise.all(asked.map(answer))
      await app.db.transaction().execute((db) => moveHorizon(db, horizon))
      await erase(most, 1)
      expect(await Promise.all(asked.map(answer))).toEqual(before)
      await rollUp(app.db, 3)
      await erase(most)
      expect(await Promise.all(asked.map(answer))).toEqual(before)
      await touchAll()
      expect(await Promise.all(asked.map(answer))).toEqual(before)
      await rollUp(app.db, 200)
      expect(await Promise.all(asked.map(answer))).toEqual(before)
    }),
    { numRuns: 6, seed: 20261126 },
  )
}, 300_000)

test('an erased hour that is touched is added up from what was kept of it, and not from what is left', async () => {
  await writeSome()
  await rollUp(app.db, 300)
  const asked = EVERYTHING.map((question) => rangeOf(question, slot(Date.now())))
  const before = await Promise.all(asked.map(answer))
  await app.db.transaction().execute((db) => moveHorizon(db, slot(Date.now() - 5 * DAY_MS)))
  await erase(7)
  await touchAll()
  await rollUp(app.db, 300)
  expect(await Promise.all(asked.map(answer))).toEqual(before)

  // Without what was kept, it is seen: whoever reads calls alone is wrong.
  await sql`create table aside as select * from usage_sums`.execute(app.db)
  await touchAll()
  await sql`delete from usage_sums`.execute(app.db)
  await rollUp(app.db, 300)
  expect(await Promise.all(asked.map(answer))).not.toEqual(before)
  await sql`insert into usage_sums select * from aside`.execute(app.db)
  await sql`drop table aside`.execute(app.db)
  await touchAll()
  await rollUp(app.db, 300)
  expect(await Promise.all(asked.map(answer))).toEqual(before)
}, 120_000)

test('days of a zone that nobody asked for before, and of one that the organization moves to, are exact', async () => {
  await writeSome()
  await rollUp(app.db, 300)
  const asked = EVERYTHING.map((question) => rangeOf(question, slot(Date.now())))
  const before = await Promise.all(asked.map(answer))
  await app.db.transaction().execute((db) => moveHorizon(db, slot(Date.now() - 5 * DAY_MS)))
  await erase(7)
  await noteZone(app.db, 'Pacific/Chatham')
  await rollUp(app.db, 300)
  expect(await Promise.all(asked.map(answer))).toEqual(before)
  await inZone(app.db, 'Asia/Kolkata')
  for (const steps of [1, 300]) {
    await rollUp(app.db, steps)
    expect(await Promise.all(asked.map(answer))).toEqual(before)
  }
  await inZone(app.db, 'Europe/Berlin')
}, 120_000)

test('erasing makes nothing be added up anew: what was is still read', async () => {
  await writeSome()
  await rollUp(app.db, 300)
  const covered = async () => {
    const range = { from: new Date(since()), to: new Date(), grains: ['month', 'day', 'hour'] as const }
    return (await coverUsage(app.db, { ...range, steps: null })).unitIds
  }
  const units = await covered()
  await app.db.transaction().execute((db) => moveHorizon(db, slot(Date.now() - 5 * DAY_MS)))
  await erase(7)
  expect(await covered()).toEqual(units)
  // What somebody else deletes is seen.
  await sql`delete from usage where id in (select id from usage order by admitted_at limit 1)`.execute(app.db)
  expect(await covered()).not.toEqual(units)
})

test('nothing of a single call stays but its part in a sum; what is younger stays whole', async () => {
  await writeSome()
  const horizon = slot(Date.now() - 20 * DAY_MS)
  const { rows: older } = await sql<{
    requestId: string
    attempts: bigint
  }>`select request_id, count(*) as attempts from usage where admitted_at < ${horizon} group by 1`.execute(
    app.db,
  )
  const younger = await kept()
  await app.db.transaction().execute((db) => moveHorizon(db, horizon))
  await erase(7)
  expect(await kept()).toEqual(younger.filter(({ admittedAt }) => admittedAt >= horizon))
  const { rows: sums } = await sql<{
    line: string
  }>`select to_json(s)::text as line from usage_sums s`.execute(app.db)
  const text = sums.map(({ line }) => line).join()
  for (const { requestId } of older) expect(text).not.toContain(requestId)
  expect(older.length).toBeGreaterThan(10)
  expect(await findErasedBefore(app.db)).toEqual(horizon)
})

test('the horizon never goes back, and is not erased past', async () => {
  const [early, late] = [slot(Date.now() - 9 * DAY_MS), slot(Date.now() - 5 * DAY_MS)]
  for (const to of [late, early]) await app.db.transaction().execute((db) => moveHorizon(db, to))
  expect(await findErasedBefore(app.db)).toEqual(late)
  for (const at of [new Date(late.getTime() - 1), late])
    await insertUsageRow(app, { ...keys[0], admittedAt: at, settledAt: at })
  expect(await erase(100)).toBe(1)
  expect((await kept()).map(({ admittedAt }) => admittedAt)).toEqual([late])
})

test('nothing is erased while usage is added up, nor twice at once', async () => {
  await writeSome()
  await app.db.transaction().execute((db) => moveHorizon(db, slot(Date.now() - 5 * DAY_MS)))
  await app.db.transaction().execute(async (db) => {
    await rollUpUsage(db)
    expect(await erase(7, 1)).toBe(0)
  })
  await app.db.transaction().execute(async (db) => {
    expect(await eraseUsage(db, 7)).toBeGreaterThan(0)
    expect(await erase(7, 1)).toBe(0)
  })
  expect(await erase(7, 1)).toBeGreaterThan(0)
})

function slot(ms: number): Date {
  return countedFrom(new Date(ms), new Date(8.64e15))
}

/** The first call may be here, within a quarter of an hour. */
function since(): number {
  return slot(Date.now() - DAYS * DAY_MS).getTime() + 4 * 60_000
}

type Range = Omit<Question, 'fromMinute' | 'minutes'> & { from: Date; to: Date }

/** In quarters of an hour where calls will be erased. */
function rangeOf({ fromMinute, minutes, ...question }: Question, horizon: Date): Range {
  const from = since() + fromMinute * 60_000
  const to = from + minutes * 60_000
  return { ...question, from: countedFrom(new Date(from), horizon), to: countedFrom(new Date(to), horizon) }
}

/** From what was added up, which has to be what the rows say. */
async function answer({ dimensions, timeZone, filter, from, to }: Range): Promise<unknown> {
  const asked = {
    dimensions,
    timeZone,
    filter: { within: 'everything' as const, ...filter, from, to },
    limit: 10_000,
  }
  const said = await reportUsage(app.db, asked)
  expect(said).toEqual(await reportUsage(app.db, asked, { cubes: false }))
  return said
}

async function write({ minute, key, model, attempts, priced }: Call): Promise<void> {
  const requestId = newId('req')
  const at = new Date(since() + minute * 60_000)
  for (const [i, { provider, status }] of attempts.entries()) {
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
      priced,
    })
  }
}

async function writeSome(): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const status = i % 2 ? (500 as const) : (200 as const)
    const attempts = [0, 1, 0].slice(0, 1 + (i % 3)).map((provider) => ({ provider, status }))
    await write({
      minute: i * 1300 + (i % 7),
      key: i % 4,
      model: i % 2 ? 'a' : null,
      attempts,
      priced: i % 5 > 0,
    })
  }
}

/** Answers how many rows went. */
async function erase(most: number, steps = 1000): Promise<number> {
  let erased = 0
  for (let step = 0; step < steps; step++) {
    const some = await app.db.transaction().execute((db) => eraseUsage(db, most))
    if (some === 0) break
    erased += some
  }
  return erased
}

async function touchAll(): Promise<void> {
  await sql`insert into usage_touched
    select distinct date_trunc('hour', admitted_at, 'UTC') from usage_counted`.execute(app.db)
}

function kept() {
  return app.db.selectFrom('usage').selectAll().orderBy('admittedAt').orderBy('id').execute()
}

async function anew(): Promise<void> {
  await sql`truncate usage`.execute(app.db)
  await sql`truncate usage_sums, usage_zones, usage_touched`.execute(app.db)
  await sql`update usage_horizon set erased_before = null`.execute(app.db)
}
