import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import type { BusMessage } from '../bus.ts'
import { budgetMemberList, budgetMemberSet } from '../contract/budget-members.ts'
import { budgetRaiseCreate } from '../contract/budget-raises.ts'
import { budgetCreate, budgetDelete, budgetList, budgetUpdate, budgetView } from '../contract/budgets.ts'
import { type Client, call } from '../contract/client.ts'
import type { Input } from '../contract/operation.ts'
import { findKeySnapshot } from '../db/key-snapshots.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())
// Each test has its own.
beforeEach(async () => {
  for (const { id, memberOf } of (await call(owner, budgetList, { query: { limit: 200 } })).data) {
    if (memberOf === null) await call(owner, budgetDelete, { params: { budgetId: id } })
  }
})

type Terms = Partial<Input<typeof budgetCreate>['body']>

const perMember = (more: Terms = {}) => {
  const scope = { type: 'team' as const, id: world.ids.team }
  return call(owner, budgetCreate, {
    body: { scope, limitUsd: '50', period: 'month', perMember: true, ...more },
  })
}
const someone = async () => {
  const body = { email: `${world.name()}@example.com`, name: 'Someone' }
  const { id: userId } = await world.make('userCreate', { body })
  const role = { userId, role: 'viewer', projectId: world.ids.project, production: true }
  await world.make('grantCreate', { body: role })
  return userId
}
const keyOf = async (owner: object, environmentId = world.ids.environment) => {
  const body = { environmentId, name: world.name(), ...owner }
  const { key, secret } = await world.make('keyCreate', { body })
  return { id: key.id, hash: world.app.keyring.hashSecret(secret) }
}
/** The budgets that a call with this key is held in. */
const budgetsOf = async ({ hash }: { hash: string }) =>
  (await findKeySnapshot(world.app.db, hash))?.budgets ?? []
const members = async (budgetId: string) =>
  (await call(owner, budgetMemberList, { params: { budgetId } })).data
const member = async (budgetId: string, userId: string) =>
  (await members(budgetId)).find((one) => one.userId === userId)

test('all keys of a member are held in one part of their own, and nothing is held in the whole', async () => {
  const whole = await perMember()
  const [ada, bob] = [await someone(), await someone()]
  const keys = [await keyOf({ userId: ada }), await keyOf({ userId: ada }, world.ids.production)]
  const [one, other] = await Promise.all(keys.map(budgetsOf))
  expect(one).toMatchObject([
    { name: '50 USD a month for each member', window: 'month', limitNanoUsd: 50_000_000_000n },
  ])
  expect(one).toEqual(other)
  const [his] = await budgetsOf(await keyOf({ userId: bob }))
  const ids = [whole.id, one?.[0]?.id, his?.id]
  expect(new Set(ids).size).toBe(3)
  expect(await call(owner, budgetView, { params: { budgetId: his?.id ?? '' } })).toMatchObject({
    memberOf: whole.id,
    userId: bob,
    perMember: false,
    limitUsd: '50.00',
  })
})

test('a service account is no member', async () => {
  await perMember()
  expect(await budgetsOf(await keyOf({ serviceAccountId: world.ids.serviceAccount }))).toEqual([])
})

test('a member of another team has no part', async () => {
  const { id: teamId } = await world.make('teamCreate', { body: { name: world.name() } })
  await perMember({ scope: { type: 'team', id: teamId } })
  expect(await budgetsOf(await keyOf({ userId: await someone() }))).toEqual([])
})

test('the parts of the organization, the team and the project all hold', async () => {
  const { id } = await world.app.db.selectFrom('organization').select('id').executeTakeFirstOrThrow()
  await perMember({ scope: { type: 'organization', id }, limitUsd: '1' })
  await perMember({ limitUsd: '2' })
  await perMember({ scope: { type: 'project', id: world.ids.project }, limitUsd: '3' })
  const held = await budgetsOf(await keyOf({ userId: await someone() }))
  expect(held.map(({ limitNanoUsd }) => limitNanoUsd / 10n ** 9n)).toEqual([1n, 2n, 3n])
})

test('a hundred first calls at once make one part', async () => {
  const whole = await perMember()
  const key = await keyOf({ userId: await someone() })
  const all = await Promise.all(Array.from({ length: 100 }, () => budgetsOf(key)))
  expect(new Set(all.map(([budget, ...more]) => [budget?.id, more.length].join(' '))).size).toBe(1)
  expect((await members(whole.id)).filter(({ budgetId }) => budgetId !== null)).toHaveLength(1)
})

test('who owns a key is in the list before their first call, with what they have left', async () => {
  const whole = await perMember()
  const userId = await someone()
  const key = await keyOf({ userId })
  expect(await member(whole.id, userId)).toMatchObject({ budgetId: null, remainingUsd: '50.00' })
  const [part] = await budgetsOf(key)
  await spend(part?.id ?? '', '12.5')
  expect(await member(whole.id, userId)).toMatchObject({
    budgetId: part?.id,
    spentUsd: '12.50',
    remainingUsd: '37.50',
    ownLimit: false,
  })
  const { data } = await call(owner, budgetList, { query: { userId } })
  expect(data).toMatchObject([{ id: part?.id, window: { remainingUsd: '37.50' } }])
  // The list of budgets has the whole alone.
  expect((await call(owner, budgetList, {})).data.map(({ id }) => id)).toEqual([whole.id])
})

test('a change of the whole is one of every part, at once, for the ledger too', async () => {
  const whole = await perMember()
  const [ada, bob] = [await someone(), await someone()]
  const [first] = await budgetsOf(await keyOf({ userId: ada }))
  const [second] = await budgetsOf(await keyOf({ userId: bob }))
  const heard: BusMessage[] = []
  const stop = world.app.bus.subscribe((message) => heard.push(message))
  const body = { limitUsd: '60', kind: 'soft' as const, thresholds: [90] }
  await call(owner, budgetUpdate, { params: { budgetId: whole.id }, body })
  for (const id of [first?.id ?? '', second?.id ?? '']) {
    expect(await call(owner, budgetView, { params: { budgetId: id } })).toMatchObject({
      ...body,
      limitUsd: '60.00',
      name: '60 USD a month for each member',
    })
    await expect.poll(() => heard).toContainEqual({ topic: 'budget', id })
  }
  stop()
})

describe("a member's own limit", () => {
  const setOwn = (budgetId: string, userId: string, limitUsd: string | null) =>
    call(owner, budgetMemberSet, { params: { budgetId, userId }, body: { limitUsd } })

  test.each(['200', '5'])('takes the place of the one of all, up or down: %s', async (limitUsd) => {
    const whole = await perMember()
    const userId = await someone()
    const key = await keyOf({ userId })
    const [part] = await budgetsOf(key)
    await spend(part?.id ?? '', '3')
    const set = await setOwn(whole.id, userId, limitUsd)
    expect(set).toMatchObject({
      budgetId: part?.id,
      limitUsd: `${limitUsd}.00`,
      ownLimit: true,
      spentUsd: '3.00',
    })
    expect(await budgetsOf(key)).toMatchObject([
      { id: part?.id, name: `${limitUsd} USD a month`, limitNanoUsd: BigInt(limitUsd) * 10n ** 9n },
    ])
    await call(owner, budgetUpdate, { params: { budgetId: whole.id }, body: { limitUsd: '60' } })
    expect(await member(whole.id, userId)).toMatchObject({ limitUsd: `${limitUsd}.00`, ownLimit: true })
    expect(await setOwn(whole.id, userId, null)).toMatchObject({ limitUsd: '60.00', ownLimit: false })
    expect(await budgetsOf(key)).toMatchObject([{ name: '60 USD a month for each member' }])
  })

  test('waits for who has no key yet', async () => {
    const whole = await perMember()
    const userId = await someone()
    await setOwn(whole.id, userId, '7')
    expect(await budgetsOf(await keyOf({ userId }))).toMatchObject([{ limitNanoUsd: 7_000_000_000n }])
  })

  test('can be set on the part as on any budget; nothing else of it can', async () => {
    const whole = await perMember()
    const userId = await someone()
    const [part] = await budgetsOf(await keyOf({ userId }))
    const params = { budgetId: part?.id ?? '' }
    await call(owner, budgetUpdate, { params, body: { limitUsd: '70' } })
    expect(await member(whole.id, userId)).toMatchObject({ limitUsd: '70.00', ownLimit: true })
    const soft = call(owner, budgetUpdate, { params, body: { kind: 'soft' } })
    await expect(soft).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(call(owner, budgetDelete, { params })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('is not set by a change of the part that says nothing', async () => {
    const whole = await perMember()
    const userId = await someone()
    const [part] = await budgetsOf(await keyOf({ userId }))
    const said = await call(owner, budgetUpdate, { params: { budgetId: part?.id ?? '' }, body: {} })
    expect(said.name).toBe(whole.name)
    expect(await member(whole.id, userId)).toMatchObject({ ownLimit: false })
  })

  test('is set on the version that was read alone, whoever changed it since', async () => {
    const whole = await perMember()
    const userId = await someone()
    const key = await keyOf({ userId })
    const params = { budgetId: whole.id, userId }
    const setAt = (limitUsd: string, ifMatch: number) =>
      call(owner, budgetMemberSet, { params, body: { limitUsd } }, { ifMatch })
    const version = async () => (await member(whole.id, userId))?.version ?? -1

    const unmade = await version()
    const [part] = await budgetsOf(key)
    expect(await version(), 'a part that is made says nothing new').toBe(unmade)
    expect(await setAt('7', unmade)).toMatchObject({ limitUsd: '7.00', version: unmade + 1 })
    const late = setAt('8', unmade)
    await expect(late).rejects.toMatchObject({ code: 'precondition_failed' })
    await call(owner, budgetUpdate, { params: { budgetId: part?.id ?? '' }, body: { limitUsd: '9' } })
    await expect(setAt('8', unmade + 1)).rejects.toMatchObject({ code: 'precondition_failed' })
    await call(owner, budgetUpdate, { params: { budgetId: whole.id }, body: { limitUsd: '60' } })
    await expect(setAt('8', unmade + 2)).rejects.toMatchObject({ code: 'precondition_failed' })
    expect(await member(whole.id, userId)).toMatchObject({ limitUsd: '9.00', version: unmade + 3 })
  })

  test('of who has no key yet is set on the version of the whole, and not at all on another', async () => {
    const whole = await perMember()
    const params = { budgetId: whole.id, userId: await someone() }
    const setAt = (ifMatch: number) =>
      call(owner, budgetMemberSet, { params, body: { limitUsd: '7' } }, { ifMatch })
    await expect(setAt(whole.version + 1)).rejects.toMatchObject({ code: 'precondition_failed' })
    expect((await call(owner, budgetList, { query: { userId: params.userId } })).data).toEqual([])
    expect(await setAt(whole.version)).toMatchObject({ ownLimit: true })
  })

  test('is for somebody who is there, of a budget for each member', async () => {
    const whole = await perMember()
    const nobody = setOwn(whole.id, 'usr_01JD0000000000000000000000', '7')
    await expect(nobody).rejects.toMatchObject({ code: 'not_found' })
    const plain = await perMember({ perMember: false })
    await expect(setOwn(plain.id, world.ids.user, '7')).rejects.toMatchObject({ code: 'conflict' })
  })
})

test('what is prorated of the whole is prorated of the parts, but of a limit of their own', async () => {
  const whole = await perMember({ period: 'quarter' })
  const [ada, bob] = [await someone(), await someone()]
  for (const userId of [ada, bob]) await budgetsOf(await keyOf({ userId }))
  const own = { params: { budgetId: whole.id, userId: bob }, body: { limitUsd: '20' } }
  await call(owner, budgetMemberSet, own)
  const body = { limitUsd: '5000', prorate: true }
  const { window } = await call(owner, budgetUpdate, { params: { budgetId: whole.id }, body })
  expect(window.limitUsd).not.toBe('5000.00')
  expect(await member(whole.id, ada)).toMatchObject({ limitUsd: '5000.00', remainingUsd: window.limitUsd })
  expect(await member(whole.id, bob)).toMatchObject({ limitUsd: '20.00', remainingUsd: '20.00' })
})

test('a part can be raised for a while, the whole cannot', async () => {
  const whole = await perMember()
  const userId = await someone()
  const [part] = await budgetsOf(await keyOf({ userId }))
  const until = new Date(Date.now() + 3_600_000).toISOString()
  const raise = (budgetId: string) =>
    call(owner, budgetRaiseCreate, { body: { budgetId, addUsd: '5', until, reason: 'a launch' } })
  await expect(raise(whole.id)).rejects.toMatchObject({ code: 'conflict' })
  await raise(part?.id ?? '')
  expect(await member(whole.id, userId)).toMatchObject({ limitUsd: '50.00', remainingUsd: '55.00' })
})

test('a deleted budget leaves no part behind', async () => {
  const whole = await perMember()
  const key = await keyOf({ userId: await someone() })
  const [part] = await budgetsOf(key)
  await call(owner, budgetDelete, { params: { budgetId: whole.id } })
  expect(await budgetsOf(key)).toEqual([])
  const view = call(owner, budgetView, { params: { budgetId: part?.id ?? '' } })
  await expect(view).rejects.toMatchObject({ code: 'not_found' })
})

test('no part misses a change that is made while it is', async () => {
  const whole = await perMember()
  const keys = await Promise.all(Array.from({ length: 8 }, async () => keyOf({ userId: await someone() })))
  const change = call(owner, budgetUpdate, { params: { budgetId: whole.id }, body: { limitUsd: '9' } })
  await Promise.all([change, ...keys.map(budgetsOf)])
  const parts = (await members(whole.id)).filter(({ budgetId }) => budgetId !== null)
  expect(parts.map(({ limitUsd }) => limitUsd)).toEqual(Array(8).fill('9.00'))
})

test('members are those of the organization, a team or a project', async () => {
  const scope = { type: 'environment', id: world.ids.environment }
  const body = { scope, limitUsd: '1', period: 'day', perMember: true }
  const answer = await world.api.send(budgetCreate, { body }, { token: world.tokens.owner })
  expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/body/perMember'])
})

/** What the ledger would have written. */
async function spend(budgetId: string, spentUsd: string): Promise<void> {
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nano_usd, spent_nano_usd)
    select b.id, w.window_start, w.window_end, b.limit_nano_usd, ${spentUsd}::numeric * 1e9
    from budgets b, budget_window(b.period, b.time_zone, now()) w where b.id = ${budgetId}`.execute(
    world.app.db,
  )
}
