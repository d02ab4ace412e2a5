import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import type { BusMessage } from '../bus.ts'
import { budgetRaiseCreate, budgetRaiseEnd, budgetRaiseList } from '../contract/budget-raises.ts'
import { budgetCreate, budgetDelete, budgetUpdate, budgetView } from '../contract/budgets.ts'
import { type Client, call } from '../contract/client.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
const HOUR_MS = 3_600_000

async function budget(): Promise<string> {
  const scope = { type: 'team' as const, id: world.ids.team }
  const body = { scope, limitUsd: '100', period: 'month' as const }
  return (await call(owner, budgetCreate, { body })).id
}

function raise(budgetId: string, addUsd: string, until = inMs(HOUR_MS)) {
  return call(owner, budgetRaiseCreate, { body: { budgetId, addUsd, until, reason: 'launch week' } })
}

const view = (budgetId: string) => call(owner, budgetView, { params: { budgetId } })

test('a raise adds to what the window allows, beside the limit, and the ledger hears of it', async () => {
  const heard: BusMessage[] = []
  const stop = world.app.bus.subscribe((message) => heard.push(message))
  const budgetId = await budget()
  const until = inMs(HOUR_MS)
  const made = await raise(budgetId, '50', until)
  expect(made).toMatchObject({
    budgetId,
    addUsd: '50.00',
    until,
    active: true,
    endedAt: null,
    accessRequestId: null,
  })
  await expect.poll(() => heard).toContainEqual({ topic: 'budget', id: budgetId })
  stop()
  const second = await raise(budgetId, '0.5')
  const raised = await view(budgetId)
  expect(raised).toMatchObject({ limitUsd: '100.00', window: { limitUsd: '150.50', remainingUsd: '150.50' } })
  expect(raised.raises).toEqual([
    { id: made.id, addUsd: '50.00', until, reason: 'launch week' },
    { id: second.id, addUsd: '0.50', until: second.until, reason: 'launch week' },
  ])
  await call(owner, budgetUpdate, { params: { budgetId }, body: { limitUsd: '10' } })
  expect((await view(budgetId)).window.limitUsd, 'a raise is beside whatever the limit is').toBe('60.50')
})

test('a raise is over at its time, by itself', async () => {
  const budgetId = await budget()
  const { id } = await raise(budgetId, '50', inMs(2_000))
  await expect.poll(async () => (await view(budgetId)).window.limitUsd).toBe('100.00')
  expect((await view(budgetId)).raises).toEqual([])
  const listed = await call(owner, budgetRaiseList, { query: { budgetId } })
  expect(listed.data).toMatchObject([{ id, active: false, endedAt: null }])
  const ended = await call(owner, budgetRaiseEnd, { params: { budgetRaiseId: id } })
  expect(ended.endedAt, 'ending it changes nothing').toBeNull()
})

test('a raise that is ended is over at once, and only once', async () => {
  const budgetId = await budget()
  const { id: budgetRaiseId } = await raise(budgetId, '50')
  const ended = await call(owner, budgetRaiseEnd, { params: { budgetRaiseId } })
  expect(ended).toMatchObject({ active: false, endedAt: expect.any(String) })
  expect(await call(owner, budgetRaiseEnd, { params: { budgetRaiseId } })).toEqual(ended)
  expect((await view(budgetId)).window.limitUsd).toBe('100.00')
  const events = await world.app.db
    .selectFrom('auditEvents')
    .select(['action', 'reason'])
    .where('targetId', '=', budgetRaiseId)
    .orderBy('seq')
    .execute()
  expect(events).toEqual([
    { action: 'budget-raise.create', reason: 'launch week' },
    { action: 'budget-raise.end', reason: null },
  ])
})

describe('what makes no sense is refused, where it is', () => {
  test.each([
    [{ addUsd: '0' }, '/body/addUsd'],
    [{ addUsd: '-1' }, '/body/addUsd'],
    [{ until: '2020-01-01T00:00:00Z' }, '/body/until'],
    [{ reason: ' ' }, '/body/reason'],
  ])('%j', async (change, pointer) => {
    const body = { budgetId: await budget(), addUsd: '1', until: inMs(HOUR_MS), reason: 'a test', ...change }
    const answer = await world.api.send(budgetRaiseCreate, { body }, { token: world.tokens.owner })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer])
  })

  test('more than a budget can hold', async () => {
    const budgetId = await budget()
    await raise(budgetId, '9000000000')
    await expect(raise(budgetId, '9000000000')).rejects.toMatchObject({ code: 'conflict' })
  })
})

test('a team sees the raises of its budgets, gives itself none, and knows nothing of those of others', async () => {
  const budgetId = await budget()
  const { id: budgetRaiseId } = await raise(budgetId, '5')
  const ours = world.api.client(world.tokens.ownTeam)
  const theirs = world.api.client(world.tokens.otherTeam)
  const body = { budgetId, addUsd: '5', until: inMs(HOUR_MS), reason: 'we want it' }
  await expect(call(ours, budgetRaiseCreate, { body })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(call(theirs, budgetRaiseCreate, { body })).rejects.toMatchObject({ code: 'not_found' })
  await expect(call(theirs, budgetRaiseEnd, { params: { budgetRaiseId } })).rejects.toMatchObject({
    code: 'not_found',
  })
  const listed = (client: Client) => call(client, budgetRaiseList, { query: { budgetId } })
  expect((await listed(ours)).data).toHaveLength(1)
  expect((await listed(theirs)).data).toEqual([])
})

test('a budget that is deleted takes its raises with it', async () => {
  const budgetId = await budget()
  const { id: budgetRaiseId } = await raise(budgetId, '5')
  await call(owner, budgetDelete, { params: { budgetId } })
  expect((await call(owner, budgetRaiseList, { query: { budgetId } })).data).toEqual([])
  await expect(call(owner, budgetRaiseEnd, { params: { budgetRaiseId } })).rejects.toMatchObject({
    code: 'not_found',
  })
})
