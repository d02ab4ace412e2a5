import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { call } from '../contract/client.ts'
import type { Input } from '../contract/operation.ts'
import { requestList, requestView } from '../contract/requests.ts'
import { teamCreate } from '../contract/teams.ts'
import { usageReport } from '../contract/usage.ts'
import { newId } from '../ids.ts'

let app: TestApp
let api: ControlPlane
let search: string
let ranking: string
const retried = newId('req')
const at = (iso: string) => ({ admittedAt: new Date(iso), settledAt: new Date(iso) })

beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
  search = (await call(api.client(api.owner), teamCreate, { body: { name: 'Search' } })).id
  ranking = (await call(api.client(api.owner), teamCreate, { body: { name: 'Ranking' } })).id
  await insertUsageRow(app, {
    ...at('2026-11-10T22:30:00Z'),
    teamId: search,
    model: 'demo/echo',
    tags: JSON.stringify({ feature: 'chat' }),
    inputTokens: 1000n,
    cachedInputTokens: 400n,
    outputTokens: 50n,
    reasoningTokens: 20n,
    costNanoUsd: 1n,
  })
  const call2 = { requestId: retried, teamId: search, model: 'demo/echo', ...at('2026-11-10T23:30:00Z') }
  await insertUsageRow(app, { ...call2, attempt: 1, status: 500, errorCode: 'upstream_failed' })
  await insertUsageRow(app, { ...call2, attempt: 2, inputTokens: 7n, costNanoUsd: 2n })
  await insertUsageRow(app, {
    ...at('2026-11-11T12:00:00Z'),
    teamId: ranking,
    model: 'demo/big',
    costNanoUsd: 9_007_199_254_740_993n,
  })
  await insertUsageRow(app, {
    ...at('2026-11-11T13:00:00Z'),
    teamId: ranking,
    model: 'demo/big',
    costNanoUsd: 1n,
  })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const NOVEMBER = { from: '2026-11-01', to: '2026-12-01' }
const SEPTEMBER = { from: '2026-09-01', to: '2026-10-01' }

const report = (query: Input<typeof usageReport>['query'], token = api.owner) =>
  call(api.client(token), usageReport, { query: { ...NOVEMBER, ...query } })

describe('the usage report', () => {
  test('sums a team exactly, a retried call once, dearest first, with names', async () => {
    const { data, total, names } = await report({ by: 'team' })
    expect(data).toEqual([
      expect.objectContaining({ group: { team: ranking }, calls: 2, costUsd: '9007199.254740994' }),
      {
        group: { team: search },
        calls: 2,
        attempts: 3,
        errors: 1,
        inputTokens: 1007,
        cachedInputTokens: 400,
        cacheWriteTokens: 0,
        outputTokens: 50,
        reasoningTokens: 20,
        costUsd: '0.000000003',
      },
    ])
    expect(total).toMatchObject({ calls: 4, attempts: 5, costUsd: '9007199.254740997' })
    expect(names).toEqual({ [search]: 'Search', [ranking]: 'Ranking' })
  })

  test('begins days where the time zone does', async () => {
    const days = async (timeZone: string) =>
      (await report({ by: 'day', timeZone })).data.map(({ group, attempts }) => [group.day, attempts])
    expect(await days('UTC')).toEqual([
      ['2026-11-10', 3],
      ['2026-11-11', 2],
    ])
    expect(await days('Europe/Berlin')).toEqual([
      ['2026-11-10', 1],
      ['2026-11-11', 4],
    ])
  })

  test.each<[timeZone: string, from: string, hours: string[]]>([
    // Clocks go back at 03:00: an hour comes twice, the earlier one first.
    [
      'Europe/Berlin',
      '2026-10-24T23:30:00Z',
      [
        '2026-10-25T01:00+02:00',
        '2026-10-25T02:00+02:00',
        '2026-10-25T02:00+01:00',
        '2026-10-25T03:00+01:00',
      ],
    ],
    // Clocks go forward at 02:00: there is an hour less.
    [
      'America/New_York',
      '2026-03-08T05:30:00Z',
      [
        '2026-03-08T00:00-05:00',
        '2026-03-08T01:00-05:00',
        '2026-03-08T03:00-04:00',
        '2026-03-08T04:00-04:00',
      ],
    ],
    [
      'Asia/Kolkata',
      '2026-08-01T00:29:59Z',
      [
        '2026-08-01T05:00+05:30',
        '2026-08-01T06:00+05:30',
        '2026-08-01T07:00+05:30',
        '2026-08-01T08:00+05:30',
      ],
    ],
    [
      'America/St_Johns',
      '2026-07-19T23:00:00Z',
      [
        '2026-07-19T20:00-02:30',
        '2026-07-19T21:00-02:30',
        '2026-07-19T22:00-02:30',
        '2026-07-19T23:00-02:30',
      ],
    ],
    // Clocks go back half an hour, at 02:00 to 01:30.
    [
      'Australia/Lord_Howe',
      '2026-04-04T13:15:00Z',
      [
        '2026-04-05T00:00+11:00',
        '2026-04-05T01:00+11:00',
        '2026-04-05T01:00+10:30',
        '2026-04-05T02:00+10:30',
      ],
    ],
  ])('tells hours apart in %s', async (timeZone, from, hours) => {
    const begin = new Date(from).getTime()
    const keyId = newId('key')
    for (let i = 0; i < 4; i++) {
      const row = at(new Date(begin + i * 3_600_000).toISOString())
      await insertUsageRow(app, { ...row, keyId, costNanoUsd: BigInt(9 - i) })
    }
    const to = new Date(begin + 4 * 3_600_000).toISOString()
    for (const by of ['hour', 'model,hour']) {
      const { data } = await report({ by, keyId, from, to, timeZone })
      expect(data.map(({ group, calls }) => [group.hour, calls])).toEqual(hours.map((hour) => [hour, 1]))
    }
  })

  test('tells hours apart in a week at most, also in one that is an hour longer', async () => {
    const week = { by: 'hour', from: '2026-10-18T22:00:00Z' }
    expect((await report({ ...week, to: '2026-10-25T23:00:00Z' })).truncated).toBe(false)
    await expect(report({ ...week, to: '2026-10-25T23:00:01Z' })).rejects.toMatchObject({
      errors: [{ pointer: '/query/by' }],
    })
  })

  test('counts what has no price, which is in the sums at what was held for it, and shows it alone', async () => {
    const keyId = newId('key')
    const row = { ...at('2026-09-12T10:00:00Z'), keyId, costNanoUsd: 5n }
    const requestId = newId('req')
    await insertUsageRow(app, row)
    for (const attempt of [1, 2]) await insertUsageRow(app, { ...row, requestId, attempt, priced: false })
    const { total, unpriced } = await report({ keyId, ...SEPTEMBER })
    expect([total.calls, total.costUsd, unpriced]).toEqual([
      2,
      '0.000000015',
      { calls: 1, costUsd: '0.00000001' },
    ])
    const without = await report({ keyId, ...SEPTEMBER, priced: 'false' })
    expect([without.total.calls, without.total.costUsd, without.unpriced.calls]).toEqual([1, '0.00000001', 1])
    const rest = await report({ keyId, ...SEPTEMBER, priced: 'true' })
    expect([rest.total.calls, rest.unpriced]).toEqual([1, { calls: 0, costUsd: '0.00' }])
  })

  test('narrows to tags, all of them, by their names and values', async () => {
    const keyId = newId('key')
    const tagged = (tags: object) =>
      insertUsageRow(app, { ...at('2026-09-12T11:00:00Z'), keyId, tags: JSON.stringify(tags) })
    for (const tags of [{ a: 'x=1,b', b: 'y' }, { a: 'x=1,b' }, { a: 'X' }, { a: '' }, {}]) await tagged(tags)
    const calls = async (tag: string) => (await report({ keyId, ...SEPTEMBER, tag })).total.calls
    expect(await calls('a=x=1,b')).toBe(2)
    expect(await calls('a=')).toBe(1)
    expect(await calls('b=x')).toBe(0)
    expect(await calls('{"a":"x=1,b","b":"y"}')).toBe(1)
    expect(await calls("a='; drop table usage --")).toBe(0)
  })

  test('remembers in which other time zones days were asked for', async () => {
    await report({ by: 'team', timeZone: 'Asia/Tokyo' })
    await report({ by: 'day' })
    await report({ by: 'day,team', timeZone: 'Asia/Kolkata' })
    expect((await report({ by: 'day', timeZone: 'asia/KOLKATA' })).timeZone).toBe('Asia/Kolkata')
    const { rows } = await sql<{ timeZone: string }>`select time_zone from usage_zones`.execute(app.db)
    const zones = rows.map(({ timeZone }) => timeZone)
    expect(zones).toContain('Asia/Kolkata')
    expect(zones).not.toContain('asia/KOLKATA')
    expect(zones).not.toContain('Asia/Tokyo')
    expect(zones).not.toContain('UTC')
  })

  test('groups by several dimensions and by tags', async () => {
    const { data } = await report({ by: 'model,tag:feature' })
    expect(data.map(({ group }) => group)).toEqual([
      { model: 'demo/big', 'tag:feature': null },
      { model: 'demo/echo', 'tag:feature': null },
      { model: 'demo/echo', 'tag:feature': 'chat' },
    ])
  })

  test('narrows, and takes the end of the range as outside of it', async () => {
    const { data } = await report({
      by: 'model',
      from: '2026-11-10',
      to: '2026-11-11T13:00:00Z',
      model: 'demo/big',
    })
    expect(data).toHaveLength(1)
    expect(data[0]).toMatchObject({ calls: 1 })
  })

  test('says when it shows part of the groups, and still sums all', async () => {
    const { data, total, truncated } = await report({ by: 'team', limit: 1 })
    expect([data.length, truncated, total.calls]).toEqual([1, true, 4])
  })

  test("shows a team's token its own team only", async () => {
    const { secret } = await issueToken(app, { role: 'viewer', teamId: search })
    expect((await report({ by: 'team' }, secret)).data.map(({ group }) => group.team)).toEqual([search])
    await expect(report({ teamId: ranking }, secret)).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each([
    ['by', 'team;drop table usage'],
    ['by', "tag:x' --"],
    ['by', 'team,team'],
    ['by', 'team,project,environment,user,key'],
    ['tag', 'feature'],
    ['tag', 'No Name=x'],
    ['tag', '{"a":1}'],
    ['tag', '["a"]'],
    ['priced', 'maybe'],
    ['from', 'yesterday'],
    ['timeZone', '+01:00'],
    ['timeZone', 'Nowhere/Atall'],
  ])('refuses %s=%s', async (name, value) => {
    const answer = await api.send(usageReport, { query: { [name]: value } }, { token: api.owner })
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, `/query/${name}`])
  })

  test('refuses a range that ends before it begins', async () => {
    await expect(report({ from: '2026-11-02', to: '2026-11-01' })).rejects.toMatchObject({ status: 400 })
  })
})

test('a time zone that only we know, and the database does not, is refused', async () => {
  await expect(report({ by: 'day', timeZone: 'AET' })).rejects.toMatchObject({
    errors: [{ pointer: '/query/timeZone' }],
  })
})

describe('the access log', () => {
  const list = (query: Input<typeof requestList>['query'], token = api.owner) =>
    call(api.client(token), requestList, { query })

  test('is paged newest first, and every line is on one page, whatever arrives meanwhile', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({
        ...NOVEMBER,
        limit: 2,
        ...(cursor ? { cursor } : {}),
      })
      seen.push(...page.data.map(({ admittedAt }) => admittedAt))
      cursor = page.nextCursor
      await insertUsageRow(app, { ...at('2026-11-30T00:00:00Z'), teamId: newId('team') })
    } while (cursor)
    expect(seen).toEqual([
      '2026-11-11T13:00:00.000Z',
      '2026-11-11T12:00:00.000Z',
      '2026-11-10T23:30:00.000Z',
      '2026-11-10T23:30:00.000Z',
      '2026-11-10T22:30:00.000Z',
    ])
  })

  test('shows what failed, or what did not', async () => {
    const failed = await list({ teamId: search, failed: 'true' })
    expect(failed.data.map(({ errorCode }) => errorCode)).toEqual(['upstream_failed'])
    expect((await list({ teamId: search, failed: 'false' })).data).toHaveLength(2)
  })

  test('shows all attempts of a call, in order', async () => {
    const { attempts } = await call(api.client(api.owner), requestView, { params: { requestId: retried } })
    expect(attempts.map(({ attempt, status, costUsd }) => [attempt, status, costUsd])).toEqual([
      [1, 500, '0.00'],
      [2, 200, '0.000000002'],
    ])
  })

  test("shows a team's token its own team only", async () => {
    const { secret } = await issueToken(app, { role: 'viewer', teamId: ranking })
    const { data } = await list({}, secret)
    expect(new Set(data.map(({ teamId }) => teamId))).toEqual(new Set([ranking]))
    const view = call(api.client(secret), requestView, { params: { requestId: retried } })
    await expect(view).rejects.toMatchObject({ code: 'not_found' })
  })
})
