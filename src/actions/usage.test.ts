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

  test('remembers in which other time zones days were asked for', async () => {
    await report({ by: 'team', timeZone: 'Asia/Tokyo' })
    await report({ by: 'day' })
    await report({ by: 'day,team', timeZone: 'Asia/Kolkata' })
    const { rows } = await sql<{ timeZone: string }>`select time_zone from usage_zones`.execute(app.db)
    const zones = rows.map(({ timeZone }) => timeZone)
    expect(zones).toContain('Asia/Kolkata')
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
