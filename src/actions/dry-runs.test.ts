import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { issueToken, operationNamed } from '../../test/control-plane.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { createWorld, type World } from '../../test/world.ts'
import { replayBudget } from '../db/dry-runs.ts'
import { allowsHold, stageOf } from '../domain/budget.ts'
import { newId } from '../ids.ts'

let world: World
let place: { teamId: string; projectId: string; environmentId: string; serviceAccountId: string }
let keys: Record<'a' | 'b', string>
beforeAll(async () => {
  world = await createWorld()
  const { team, project, environment, serviceAccount } = world.ids
  place = { teamId: team, projectId: project, environmentId: environment, serviceAccountId: serviceAccount }
  const key = async (name: string) =>
    (
      await world.make('keyCreate', {
        body: { name, environmentId: environment, serviceAccountId: serviceAccount },
      })
    ).key.id
  keys = { a: await key('a'), b: await key('b') }
})
afterAll(() => world?.[Symbol.asyncDispose]())
beforeEach(() => world.app.db.deleteFrom('usage').execute())

const HOUR = 3_600_000
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR)
const usd = (dollars: number) => BigInt(Math.round(dollars * 1000)) * 1_000_000n

type Row = Parameters<typeof insertUsageRow>[1]
const call = (key: 'a' | 'b', hours: number, cost: number, more: Row = {}) =>
  insertUsageRow(world.app, {
    ...place,
    keyId: keys[key],
    admittedAt: hoursAgo(hours),
    settledAt: hoursAgo(hours),
    costNanoUsd: usd(cost),
    holdNanoUsd: usd(cost * 2),
    ...more,
  })

async function ask(name: string, input: object, token = world.tokens.owner) {
  const answer = await world.api.send(operationNamed(name), input, { token })
  return answer.status === 200
    ? answer.body
    : { status: answer.status, code: answer.body.code, errors: answer.body.errors }
}
const team = () => ({ type: 'team', id: world.ids.team })
const tryPolicy = (body: object, scope = team(), token?: string) =>
  ask('policyDryRun', { params: { scopeType: scope.type, scopeId: scope.id }, body }, token)
const tryBudget = (body: object, token?: string) =>
  ask('budgetDryRun', { body: { scope: team(), period: 'total', ...body } }, token)

/** Watches how long, in ms, the thread is kept from everybody else at most. */
function longestTurn() {
  let last = performance.now()
  let longest = 0
  const look = () => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  const timer = setInterval(look, 1)
  return {
    end() {
      clearInterval(timer)
      look()
      return longest
    },
  }
}

describe('a policy is tried on what was called', () => {
  test('and says which calls it would have refused, by key and model, with their share of the cost', async () => {
    await call('a', 5, 1, { model: 'gpt-5' })
    await call('a', 4, 2, { model: 'gpt-5' })
    await call('b', 3, 3, { model: 'gpt-5' })
    await call('b', 2, 6, { model: 'claude-opus' })
    // What was refused then, and what is too long ago, is not gone through.
    await call('a', 1, 0, { model: 'gpt-5', attempt: 0, status: 403, errorCode: 'model_not_allowed' })
    await call('a', 24 * 8, 50, { model: 'gpt-5' })
    const said = await tryPolicy({ models: ['claude-*'] })
    expect(said).toMatchObject({
      calls: 4,
      costUsd: '12.00',
      truncated: false,
      refusedAnyway: 0,
      shortenedCalls: 0,
    })
    expect(said.blocked).toMatchObject({ calls: 3, keys: 2, costUsd: '6.00', costPercent: '50.0' })
    expect(said.names).toEqual({ [keys.a]: 'a', [keys.b]: 'b' })
    const line = { model: 'gpt-5', operation: 'chat.completions', code: 'model_not_allowed' }
    expect(said.data).toEqual([
      expect.objectContaining({ ...line, keyId: keys.a, calls: 2, costUsd: '3.00' }),
      expect.objectContaining({ ...line, keyId: keys.b, calls: 1, costUsd: '3.00' }),
    ])
    expect(Date.parse(said.data[0].lastAt) - Date.parse(said.data[0].firstAt)).toBeCloseTo(HOUR, -3)
    expect((await tryPolicy({ models: ['claude-*'], days: 31 })).blocked.costUsd).toBe('56.00')
  })

  test.each<[string, object, string | null]>([
    ['operation', { operations: ['responses'] }, 'operation_not_allowed'],
    ['provider', { providers: [] }, 'provider_not_allowed'],
    ['address', { ipAllowlist: ['10.0.0.0/8'] }, 'ip_not_allowed'],
    ['address that is only watched', { ipAllowlist: ['10.0.0.0/8'], ipMode: 'monitor' }, null],
    ['hosted tool', { hostedTools: [] }, 'hosted_tool_not_allowed'],
    ['nothing', {}, null],
  ])('by its %s', async (_, rules, code) => {
    const { id: providerId } = await world.make('providerCreate', {
      body: { name: world.name(), kind: 'openai' },
    })
    const organization = await world.make('organizationView', {})
    const above = { scopeType: 'organization', scopeId: organization.id }
    await world.make('policySet', { params: above, body: { hostedTools: ['web_search'] } })
    await call('a', 1, 1, { ip: '192.0.2.1', providerId, quantities: JSON.stringify({ webSearches: 1 }) })
    const said = await tryPolicy(rules)
    expect(said.data.map((line: { code: string }) => line.code)).toEqual(code === null ? [] : [code])
  })

  test('and counts only what the change adds to the policies of today', async () => {
    const ofKey = { scopeType: 'key', scopeId: keys.a }
    await world.make('policySet', { params: ofKey, body: { models: ['claude-*'] } })
    await call('a', 2, 1, { model: 'gpt-5' })
    await call('b', 1, 1, { model: 'gpt-5' })
    const said = await tryPolicy({ models: [] })
    expect(said).toMatchObject({ refusedAnyway: 1, blocked: { calls: 1, keys: 1 } })
    // The key's own policy is the one that is tried: it takes the place of what is there.
    expect(await tryPolicy({ models: ['gpt-5'] }, { type: 'key', id: keys.a })).toMatchObject({
      calls: 1,
      data: [],
    })
    await world.make('policySet', { params: ofKey, body: {} })
  })

  test('while other calls have their turn, from however many addresses it was called', async () => {
    await call('a', 2, 1, { model: 'gpt-5', ip: '10.0.0.0' })
    await sql`
      insert into usage select (jsonb_populate_record(u, jsonb_build_object('id', u.id || i, 'ip', u.ip + i))).*
      from usage u, generate_series(1, 4999) i`.execute(world.app.db)
    const ipAllowlist = Array.from({ length: 100 }, (_, third) => `203.0.${third}.0/24`)
    const turns = longestTurn()
    const said = await tryPolicy({ ipAllowlist })
    expect(turns.end()).toBeLessThan(250)
    expect(said).toMatchObject({ calls: 5000, blocked: { calls: 5000 } })
  })

  test('and counts those whose output it would have cut', async () => {
    await call('a', 2, 1, { outputTokens: 500n })
    await call('a', 1, 1, { outputTokens: 50n })
    expect(await tryPolicy({ maxOutputTokens: 100 })).toMatchObject({
      blocked: { calls: 0 },
      shortenedCalls: 1,
    })
  })
})

describe('a budget is tried on what was called', () => {
  test('and refuses from the moment when a call would not have fitted any more', async () => {
    await call('a', 5, 2)
    await call('b', 4, 2)
    await call('a', 3, 2)
    await call('b', 2, 0.5)
    await call('a', 1, 2)
    const said = await tryBudget({ limitUsd: '5' })
    expect(said).toMatchObject({ calls: 5, costUsd: '8.50', budget: { kind: 'hard', onShort: 'clamp' } })
    // 2 + 2 are let in, 2 more do not fit, the half does.
    expect(said.blocked).toMatchObject({ calls: 2, keys: 1, costUsd: '4.00', costPercent: '47.0' })
    expect(said.data).toEqual([expect.objectContaining({ keyId: keys.a, calls: 2, costUsd: '4.00' })])
    expect(said.windows).toEqual([
      expect.objectContaining({
        endsAt: null,
        spentUsd: '4.50',
        blockedCalls: 2,
        blockedUsd: '4.00',
        passedAt: null,
      }),
    ])
    expect(said.windows[0].blockedFrom).toBe(said.blocked.firstAt)
    // What refuses by the worst case, which was twice as much, refuses earlier.
    expect((await tryBudget({ limitUsd: '5', onShort: 'deny' })).blocked).toMatchObject({ calls: 3 })
  })

  test('and starts anew with each window of its own time zone', async () => {
    const today = new Date()
    const zone = 'Pacific/Kiritimati'
    const { windows } = await tryBudget({ limitUsd: '1', period: 'day', timeZone: zone, days: 3 })
    expect(windows).toEqual([])
    for (const hours of [1, 2, 25, 26, 49, 50]) await call('a', hours, 1)
    const said = await tryBudget({ limitUsd: '1', period: 'day', timeZone: zone, days: 3 })
    for (const window of said.windows) {
      const midnight = new Intl.DateTimeFormat('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' })
      expect(midnight.format(new Date(window.startedAt))).toBe('00')
      expect(window.spentUsd).toBe('1.00')
      expect(Date.parse(window.startedAt)).toBeLessThan(today.getTime())
    }
    expect(said.blocked.calls).toBe(6 - said.windows.length)
  })

  test('and counts what was spent in its window before the dry run begins', async () => {
    const from = hoursAgo(24)
    const start = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1)).getTime()
    const earlier = (from.getTime() - start) / HOUR / 2 + 24
    await call('a', earlier, 4)
    await call('a', 1, 2)
    const said = await tryBudget({ limitUsd: '5', period: 'month', timeZone: 'UTC', days: 1 })
    const sameMonth = new Date().getUTCMonth() === from.getUTCMonth()
    expect(said).toMatchObject({ calls: 1, blocked: { calls: sameMonth ? 1 : 0 } })
  })

  test('a soft one refuses nothing and says when it would have been passed', async () => {
    await call('a', 3, 2)
    await call('a', 2, 2)
    const said = await tryBudget({ limitUsd: '3', kind: 'soft' })
    expect(said).toMatchObject({ blocked: { calls: 0 }, windows: [{ spentUsd: '4.00', blockedFrom: null }] })
    expect(Math.abs(Date.parse(said.windows[0].passedAt) - hoursAgo(2).getTime())).toBeLessThan(60_000)
  })

  test('one for some models counts those by either name', async () => {
    await call('a', 3, 2, { model: 'fast', upstreamModel: 'gpt-5' })
    await call('a', 2, 2, { model: 'claude-opus', upstreamModel: 'claude-opus' })
    const said = await tryBudget({ limitUsd: '1', modelPattern: 'gpt-*' })
    expect(said).toMatchObject({ calls: 1, blocked: { calls: 1, costPercent: '100.0' } })
  })

  test('that is there, with a change', async () => {
    const budget = await world.make('budgetCreate', {
      body: { scope: team(), limitUsd: '100', period: 'total', onShort: 'deny' },
    })
    await call('a', 2, 3)
    const said = await ask('budgetDryRun', { body: { budgetId: budget.id, limitUsd: '5' } })
    expect(said).toMatchObject({
      budget: { limitUsd: '5', period: 'total', onShort: 'deny' },
      blocked: { calls: 1 },
    })
    const nothing = await ask('budgetDryRun', { body: { budgetId: budget.id } })
    expect(nothing).toMatchObject({ blocked: { calls: 0, firstAt: null }, data: [] })
  })

  test("a member's part of one for each member counts that member's calls alone", async () => {
    const whole = await world.make('budgetCreate', {
      body: { scope: team(), limitUsd: '100', period: 'total', perMember: true },
    })
    const { id: userId } = await world.make('userCreate', { body: { email: 'cy@example.com', name: 'Cy' } })
    const params = { budgetId: whole.id, userId }
    const part = await world.make('budgetMemberSet', { params, body: { limitUsd: '50' } })
    await call('a', 2, 3, { userId, serviceAccountId: null })
    await call('b', 1, 4)
    const said = await ask('budgetDryRun', { body: { budgetId: part.budgetId, limitUsd: '1' } })
    expect(said).toMatchObject({ calls: 1, costUsd: '3.00', blocked: { calls: 1 } })
  })

  test.each<[object, string]>([
    [{ scope: undefined }, '/body/scope'],
    [{ limitUsd: undefined }, '/body/limitUsd'],
    [{ days: 32 }, '/body/days'],
  ])('only with what it needs: %j', async (more, pointer) => {
    const said = await tryBudget({ limitUsd: '5', ...more })
    expect([said.status, said.errors[0].pointer]).toEqual([400, pointer])
  })

  test('suspends from the call on that reaches the line exactly, and lets in only what costs nothing', async () => {
    await call('a', 5, 2)
    await call('b', 4, 1.999, { holdNanoUsd: usd(2) })
    await call('a', 3, 0.001)
    await call('b', 2, 0.001, { holdNanoUsd: 1n })
    await call('b', 1, 0)
    const said = await tryBudget({ limitUsd: '5', suspendAtPercent: 80 })
    expect(said).toMatchObject({
      budget: { suspendAtPercent: 80, throttleAtPercent: null },
      blocked: { calls: 1, keys: 1, costUsd: '0.001' },
      windows: [{ spentUsd: '4.00', blockedCalls: 1, throttledFrom: null }],
    })
    const [window] = said.windows
    expect(Math.abs(Date.parse(window.suspendedFrom) - hoursAgo(3).getTime())).toBeLessThan(60_000)
    expect(Math.abs(Date.parse(window.blockedFrom) - hoursAgo(2).getTime())).toBeLessThan(60_000)
    // A billionth more, and the line is not reached.
    const almost = await tryBudget({ limitUsd: '5.000000001', suspendAtPercent: 80 })
    expect(almost).toMatchObject({ blocked: { calls: 0 } })
    expect(almost.windows[0].suspendedFrom).not.toBeNull()
    // No amount that there is reaches ten times the largest limit.
    const never = { limitUsd: '9000000000', kind: 'soft', suspendAtPercent: 1000 }
    expect(await tryBudget(never)).toMatchObject({
      blocked: { calls: 0 },
      windows: [{ suspendedFrom: null }],
    })
  })

  test('suspends a soft one too, beyond its limit, and a call whose cost is nothing in the end', async () => {
    await call('a', 4, 3)
    await call('a', 3, 3)
    await call('b', 2, 0, { holdNanoUsd: usd(1) })
    await call('b', 1, 2)
    const said = await tryBudget({ limitUsd: '5', kind: 'soft', suspendAtPercent: 120 })
    expect(said.blocked).toMatchObject({ calls: 2, keys: 1, costUsd: '2.00' })
    const [window] = said.windows
    expect(window.spentUsd).toBe('6.00')
    expect(window.suspendedFrom).toBe(window.passedAt)
    // Stopped before its limit, it is never passed.
    const early = await tryBudget({ limitUsd: '5', kind: 'soft', suspendAtPercent: 60 })
    expect(early).toMatchObject({ blocked: { calls: 3 }, windows: [{ spentUsd: '3.00', passedAt: null }] })
  })

  test('slows down what comes after so many of a minute, once its line is reached, and lets it in', async () => {
    const minute = Math.floor(hoursAgo(2).getTime() / 60_000) * 60_000
    const at = (key: 'a' | 'b', seconds: number, cost: number, more: Row = {}) =>
      call(key, 0, cost, { admittedAt: new Date(minute + seconds * 1000), ...more })
    await call('a', 3, 2)
    await at('a', 1, 0.5)
    await at('a', 2, 0)
    await at('b', 3, 0.5, { holdNanoUsd: 0n })
    await at('a', 4, 0.5)
    await at('a', 5, 0.5)
    await at('b', 59, 0.5)
    await at('b', 60, 0.5)
    const lines = { throttleAtPercent: 20, throttleRequestsPerMinute: 2 }
    const said = await tryBudget({ limitUsd: '10', ...lines })
    expect(said).toMatchObject({ budget: lines, calls: 8, blocked: { calls: 0 } })
    expect(said.slowed).toEqual({
      calls: 2,
      keys: 2,
      firstAt: new Date(minute + 5_000).toISOString(),
      lastAt: new Date(minute + 59_000).toISOString(),
    })
    expect(said.windows).toMatchObject([{ spentUsd: '5.00', slowedCalls: 2, suspendedFrom: null }])
    expect(Math.abs(Date.parse(said.windows[0].throttledFrom) - hoursAgo(3).getTime())).toBeLessThan(60_000)
    // What is stopped is not slowed down.
    const stopped = await tryBudget({ limitUsd: '10', ...lines, suspendAtPercent: 35 })
    expect(stopped).toMatchObject({ blocked: { calls: 3 }, slowed: { calls: 0, keys: 0, firstAt: null } })
    // Nothing of it before the line, or of calls of another model.
    const later = await tryBudget({ limitUsd: '10', ...lines, throttleAtPercent: 90 })
    expect(later).toMatchObject({ slowed: { calls: 0 }, windows: [{ throttledFrom: null }] })
    const other = await tryBudget({ limitUsd: '10', ...lines, modelPattern: 'gpt-*' })
    expect(other).toMatchObject({ calls: 0, slowed: { calls: 0 } })
  })

  test('keeps the lines of one that is there, until they are changed or taken away', async () => {
    const lines = { throttleAtPercent: 10, throttleRequestsPerMinute: 1, suspendAtPercent: 50 }
    const terms = { scope: team(), limitUsd: '10', period: 'total', ...lines }
    const { id: budgetId } = await world.make('budgetCreate', { body: terms })
    const at = new Date(Math.floor(hoursAgo(2).getTime() / 60_000) * 60_000)
    for (const key of ['a', 'a', 'a', 'b'] as const) await call(key, 0, 2, { admittedAt: at })
    const change = (body: object) => ask('budgetDryRun', { body: { budgetId, ...body } })
    expect(await change({})).toMatchObject({ budget: lines, blocked: { calls: 1 }, slowed: { calls: 1 } })
    const raised = await change({ suspendAtPercent: 70, throttleRequestsPerMinute: 2 })
    expect(raised).toMatchObject({ blocked: { calls: 0 }, slowed: { calls: 1 } })
    const none = { throttleAtPercent: null, throttleRequestsPerMinute: null, suspendAtPercent: null }
    expect(await change(none)).toMatchObject({ budget: none, blocked: { calls: 0 }, slowed: { calls: 0 } })
    expect(await change({ throttleAtPercent: null })).toMatchObject({
      status: 400,
      errors: [{ pointer: '/body/throttleAtPercent' }],
    })
    expect(await change({ throttleAtPercent: 50 })).toMatchObject({
      status: 400,
      errors: [{ pointer: '/body/throttleAtPercent' }],
    })
  })

  test.each<[object, string]>([
    [{ throttleAtPercent: 80 }, '/body/throttleRequestsPerMinute'],
    [{ throttleRequestsPerMinute: 5 }, '/body/throttleAtPercent'],
    [{ suspendAtPercent: 101 }, '/body/suspendAtPercent'],
    [
      { throttleAtPercent: 80, throttleRequestsPerMinute: 5, suspendAtPercent: 80 },
      '/body/throttleAtPercent',
    ],
    [{ suspendAtPercent: 0 }, '/body/suspendAtPercent'],
    [{ kind: 'soft', suspendAtPercent: 1001 }, '/body/suspendAtPercent'],
  ])('only with lines that a budget may have: %j', async (more, pointer) => {
    const said = await tryBudget({ limitUsd: '5', ...more })
    expect([said.status, said.errors[0].pointer]).toEqual([400, pointer])
  })

  test('as the ledger would decide: call by call, by the same rules', async () => {
    let seed = 7
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return (seed >>> 8) % below
    }
    const from = hoursAgo(1)
    const calls = Array.from({ length: 400 }, (_, i) => ({
      admittedAt: new Date(from.getTime() + i * 1000),
      holdNanoUsd: BigInt(random(4) === 0 ? 0 : random(2_000)),
      costNanoUsd: BigInt(random(1_000)),
    }))
    for (const row of calls) await call('a', 0, 0, { ...row, settledAt: row.admittedAt })
    const scope = { type: 'team' as const, id: world.ids.team }
    const replay = { scope, from, to: new Date(), within: 'everything' as const }
    const terms = {
      window: 'total',
      onShort: 'deny',
      timeZone: 'UTC',
      providerId: null,
      models: null,
    } as const
    const LIMITS = [0n, 5_000n, 60_001n, 10n ** 12n]
    const seen = { blocked: 0n, slowed: 0n, suspended: 0 }
    for (let round = 0; round < 80; round++) {
      const most = 5 * (1 + random(40))
      const throttleAtPercent = random(3) === 0 ? null : 1 + random(most)
      const tried = {
        ...terms,
        kind: random(2) === 0 ? ('hard' as const) : ('soft' as const),
        limitNanoUsd: LIMITS[round % LIMITS.length] ?? 0n,
        throttleAtPercent,
        throttleRequestsPerMinute: throttleAtPercent === null ? null : 1 + random(30),
        suspendAtPercent: random(3) === 0 ? null : (throttleAtPercent ?? 0) + 1 + random(most),
      }
      const { total, windows } = await replayBudget(world.app.db, replay, tried, 10)
      const decided = decideEach(calls, tried)
      const [window] = windows
      expect({
        blocked: total.blockedCalls,
        slowed: total.slowedCalls,
        spent: window?.spentNanoUsd,
        throttledFrom: window?.throttledFrom,
        suspendedFrom: window?.suspendedFrom,
      }).toEqual(decided)
      seen.blocked += decided.blocked
      seen.slowed += decided.slowed
      if (decided.suspendedFrom !== null) seen.suspended++
    }
    // Something of each came up.
    expect([seen.blocked > 0n, seen.slowed > 0n, seen.suspended > 0]).toEqual([true, true, true])
  })
})

type Decided = { admittedAt: Date; holdNanoUsd: bigint; costNanoUsd: bigint }

/** Goes through calls with what the gateway decides by. */
function decideEach(calls: Decided[], tried: Parameters<typeof replayBudget>[2]) {
  const { kind, limitNanoUsd: limit } = tried
  const minutes = new Map<number, number>()
  let [spent, blocked, slowed] = [0n, 0n, 0n]
  let throttledFrom: Date | null = null
  let suspendedFrom: Date | null = null
  for (const { admittedAt, holdNanoUsd, costNanoUsd } of calls) {
    const stage = holdNanoUsd === 0n ? 'open' : stageOf(tried, spent, limit)
    if (stage === 'suspended' || !allowsHold(kind, limit - spent, holdNanoUsd)) blocked++
    else {
      if (stage === 'throttled') {
        const minute = Math.floor(admittedAt.getTime() / 60_000)
        const nth = (minutes.get(minute) ?? 0) + 1
        minutes.set(minute, nth)
        if (nth > (tried.throttleRequestsPerMinute ?? 0)) slowed++
      }
      spent += costNanoUsd
    }
    if (stageOf(tried, spent, limit) === 'suspended') suspendedFrom ??= admittedAt
    if (stageOf({ ...tried, suspendAtPercent: null }, spent, limit) === 'throttled')
      throttledFrom ??= admittedAt
  }
  return { blocked, slowed, spent, throttledFrom, suspendedFrom }
}

describe('a dry run', () => {
  test('shows nobody the calls of others', async () => {
    await call('a', 2, 3, { model: 'gpt-5' })
    const other = { ...place, teamId: newId('team'), projectId: newId('prj') }
    await insertUsageRow(world.app, {
      ...other,
      admittedAt: hoursAgo(1),
      costNanoUsd: usd(9),
      holdNanoUsd: usd(9),
    })
    const { secret } = await issueToken(world.app, { role: 'viewer', projectId: world.ids.project })
    const ofProject = { type: 'project', id: world.ids.project }
    expect(await tryPolicy({ models: [] }, ofProject, secret)).toMatchObject({ calls: 1, costUsd: '3.00' })
    expect(await tryBudget({ scope: ofProject, limitUsd: '1' }, secret)).toMatchObject({
      calls: 1,
      costUsd: '3.00',
    })
    // What concerns the whole team, or the organization, is not theirs to see.
    expect(await tryPolicy({ models: [] }, team(), secret)).toMatchObject({ status: 404 })
    const organization = { type: 'organization', id: (await world.make('organizationView', {})).id }
    expect(await tryPolicy({ models: [] }, organization, secret)).toMatchObject({ status: 403 })
    expect(await tryBudget({ scope: organization, limitUsd: '1' }, secret)).toMatchObject({ status: 403 })
    expect(await tryPolicy({ models: [] }, organization)).toMatchObject({ calls: 2, costUsd: '12.00' })
  })

  test('sets nothing', async () => {
    const rows = async () =>
      Promise.all([
        world.app.db.selectFrom('policies').selectAll().execute(),
        world.app.db.selectFrom('budgets').selectAll().execute(),
        world.app.db.selectFrom('budgetWindows').selectAll().execute(),
      ])
    const before = await rows()
    await tryPolicy({ models: [] })
    await tryBudget({ limitUsd: '1' })
    expect(await rows()).toEqual(before)
  })
})
