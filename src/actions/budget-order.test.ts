import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueToken } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'
import { budgetCount, budgetCreate, budgetList } from '../contract/budgets.ts'
import { type Client, call } from '../contract/client.ts'
import type { Input } from '../contract/operation.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
  for (const [name, spentUsd, change] of BUDGETS) {
    const { id } = await call(owner, budgetCreate, {
      body: { name, scope: { type: 'team', id: world.ids.team }, limitUsd: '10', period: 'month', ...change },
    })
    if (spentUsd === null) continue
    await sql`
      insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd, over_nano_usd)
      select b.id, w.window_start, w.window_end, b.limit_nano_usd, ${spentUsd}::numeric * 1e9, 1e12
      from budgets b, budget_window(b.period, b.time_zone, now()) w where b.id = ${id}`.execute(world.app.db)
  }
})
afterAll(() => world?.[Symbol.asyncDispose]())

const BUDGETS: [name: string, spentUsd: string | null, change?: object][] = [
  ['calm', '1'],
  ['untouched', null],
  ['nearly', '7.999999999'],
  ['near', '8'],
  ['near by decimals', '2.40', { limitUsd: '3' }],
  ['each', null, { perMember: true }],
  ['soft and over', '30', { kind: 'soft' }],
  ['spent', '10'],
  ['nothing', null, { limitUsd: '0' }],
  ['slowed', '6', { throttleAtPercent: 60, throttleRequestsPerMinute: 5 }],
  ['stopped', '5', { suspendAtPercent: 50 }],
]
const IN_ORDER = [
  'stopped',
  'spent',
  'nothing',
  'soft and over',
  'near',
  'near by decimals',
  'nearly',
  'slowed',
  'calm',
  'untouched',
  'each',
]

async function names(query: Input<typeof budgetList>['query'], client = owner): Promise<string[]> {
  const { data } = await call(client, budgetList, { query: { order: 'nearest', ...query } })
  return data.map(({ name }) => name)
}

test('what stops calls comes first, then what is nearest to its end, page after page', async () => {
  expect(await names({})).toEqual(IN_ORDER)
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const query = { order: 'nearest', limit: 3, cursor } as const
    const page = await call(owner, budgetList, { query })
    seen.push(...page.data.map(({ name }) => name))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  expect(seen).toEqual(IN_ORDER)
})

test.each([
  ['suspended', ['stopped']],
  ['refusing', ['spent', 'nothing']],
  ['over', ['soft and over']],
  ['throttled', ['slowed']],
  ['near', ['near', 'near by decimals']],
  ['open', ['nearly', 'calm', 'untouched', 'each']],
] as const)('those that are %s are listed and counted', async (standing, expected) => {
  const { data } = await call(owner, budgetList, { query: { order: 'nearest', standing } })
  expect(data.map(({ name }) => name)).toEqual(expected)
  // Each row says of itself what it was found by.
  expect(data.map(({ window }) => window.standing)).toEqual(expected.map(() => standing))
  const { total, standings } = await call(owner, budgetCount, {})
  expect(total).toBe(BUDGETS.length)
  expect(standings[standing]).toBe(expected.length)
})

test('they are found by their name, and by whose they are', async () => {
  expect(await names({ q: 'SOFT' })).toEqual(['soft and over'])
  const { id: teamId } = await world.make('teamCreate', { body: { name: 'Owls of %_' } })
  await call(owner, budgetCreate, {
    body: { name: 'theirs', scope: { type: 'team', id: teamId }, limitUsd: '10', period: 'month' },
  })
  expect(await names({ q: 'owls OF %' })).toEqual(['theirs'])
})

test('an environment is found by the name that its row shows', async () => {
  const { id: projectId } = await world.make('projectCreate', {
    body: { name: 'Catalogue', teamId: world.ids.team },
  })
  const { id } = await world.make('environmentCreate', {
    body: { name: 'canary', kind: 'development', projectId },
  })
  await call(owner, budgetCreate, {
    body: { name: 'of it', scope: { type: 'environment', id }, limitUsd: '10', period: 'month' },
  })
  expect(await names({ q: 'Catalogue / can' })).toEqual(['of it'])
})

test('who may not read people does not find budgets by what they are called', async () => {
  const { id } = await world.make('userCreate', { body: { email: 'zo@example.com', name: 'Zo Quill' } })
  await call(owner, budgetCreate, {
    body: { name: 'personal', scope: { type: 'user', id }, limitUsd: '10', period: 'month' },
  })
  expect(await names({ q: 'quill' })).toEqual(['personal'])
  const permissions = ['budget:read', 'organization:read']
  const role = await world.make('roleCreate', {
    body: { name: 'Money', basedOn: 'viewer', permissions, scopeTypes: ['organization'] },
  })
  const { secret } = await issueToken(world.app, { role: role.id })
  const theirs = world.api.client(secret)
  expect(await names({ q: 'personal' }, theirs)).toEqual(['personal'])
  expect(await names({ q: 'quill' }, theirs)).toEqual([])
})

test('nobody is told of, or counts, what they may not see', async () => {
  const { id: teamId } = await world.make('teamCreate', { body: { name: world.name() } })
  const { secret } = await issueToken(world.app, { role: 'admin', teamId })
  const theirs = world.api.client(secret)
  expect(await names({}, theirs)).toEqual([])
  expect(await call(theirs, budgetCount, {})).toMatchObject({ total: 0, standings: { refusing: 0 } })
})

test('a cursor of another order, and a filter that it does not have, are refused', async () => {
  const { nextCursor } = await call(owner, budgetList, { query: { limit: 1 } })
  const nearest = await call(owner, budgetList, { query: { order: 'nearest', limit: 1 } })
  for (const query of [
    { order: 'nearest', cursor: nextCursor ?? '' },
    { cursor: nearest.nextCursor ?? '' },
    { standing: 'near' },
    { q: 'near' },
  ] as const) {
    await expect(call(owner, budgetList, { query })).rejects.toMatchObject({ status: 400 })
  }
})
