import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationNamed } from '../../test/control-plane.ts'
import { databaseText } from '../../test/database-text.ts'
import { type Person, type RequestsWorld, requestsWorld } from '../../test/requests-world.ts'
import { confirmed } from '../../test/step-up.ts'
import { deliverKey, listDeliveriesFor, openDelivery, viewDelivery } from './deliveries.ts'

let world: RequestsWorld
let owner: Person
let names = 0
beforeAll(async () => {
  world = await requestsWorld()
  owner = await world.person({ role: 'viewer', projectId: world.project })
})
afterAll(() => world?.[Symbol.asyncDispose]())

async function delivered(more: object = {}) {
  const body = {
    environmentId: world.ids.environment,
    name: `delivered-${++names}`,
    userId: owner.userId,
    ...more,
  }
  return world.make('deliveryCreate', { body })
}
const none = { query: {}, body: undefined as never }
const open = async (who: Person, deliveryId: string) =>
  openDelivery(await who.ctx(), { params: { deliveryId }, ...none })
const deliver = async (who: Person, keyId: string, graceSeconds = 86_400) =>
  deliverKey(await who.ctx(), { params: { keyId }, query: {}, body: { graceSeconds } })
const works = (secret: string) =>
  fetch(`${world.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } }).then(({ ok }) => ok)
const findings = (deliveryId: string) =>
  world.app.db
    .selectFrom('findings')
    .select(['severity', 'count'])
    .where('kind', '=', 'delivery-reopened')
    .where('targetId', '=', deliveryId)
    .execute()

test('a key that is to be delivered has no secret that anybody could take before its owner does', async () => {
  const { key, delivery } = await delivered()
  expect(key.secrets).toEqual([])
  const rotate = { params: { keyId: key.id }, body: {} }
  const taken = await world.api.send(operationNamed('keyRotate'), rotate, { token: world.api.owner })
  expect([taken.status, taken.body.code]).toEqual([409, 'conflict'])
  const { secret } = await open(owner, delivery.id)
  expect(await works(secret)).toBe(true)
  // What an admin, the audit trail, a notice or a backup could show of it.
  expect(await databaseText(world.app.db)).not.toContain(secret)
  expect(world.app.logged.join('\n')).not.toContain(secret)
})

test('15: what is opened with an Idempotency-Key is not kept for its repetition', async () => {
  const { delivery } = await delivered()
  const operation = operationNamed('deliveryOpen')
  const sample = { params: { deliveryId: delivery.id } }
  const headers = {
    ...(await confirmed(world.app, owner.session, operation, sample)),
    'idempotency-key': 'open-once',
  }
  const send = () => world.api.send(operation, sample, { token: owner.session, headers })
  const [first, second] = [await send(), await send()]
  expect([first.status, second.status]).toEqual([200, 200])
  expect(first.body.secret).toMatch(/^sk-cvg-dev-/)
  expect(second.body).not.toHaveProperty('secret')
  expect(await databaseText(world.app.db)).not.toContain(first.body.secret)
})

test('it is opened by its owner in a session that confirms it, not with an API token', async () => {
  const { delivery } = await delivered()
  const operation = operationNamed('deliveryOpen')
  const sample = { params: { deliveryId: delivery.id } }
  const codes = [owner.token, owner.session].map(async (token) => {
    const { body } = await world.api.send(operation, sample, { token })
    return body.code
  })
  expect(await Promise.all(codes)).toEqual(['forbidden', 'step_up_required'])
})

test('of fifty openings at the same moment one gets the secret, and a person is told of the others', async () => {
  const { key, delivery } = await delivered()
  const tried = await Promise.allSettled(Array.from({ length: 50 }, () => open(owner, delivery.id)))
  expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const secrets = await world.app.db
    .selectFrom('keySecrets')
    .select('id')
    .where('keyId', '=', key.id)
    .execute()
  expect(secrets).toHaveLength(1)
  expect(await findings(delivery.id)).toEqual([{ severity: 'medium', count: 49 }])
})

test('somebody else gets nothing, and it is found out, also when they would have it undone', async () => {
  const { delivery } = await delivered()
  await expect(open(world.max, delivery.id)).rejects.toMatchObject({ code: 'not_found' })
  const sample = { params: { deliveryId: delivery.id } }
  const options = { token: world.max.session, headers: { 'idempotency-key': 'undo-me' } }
  const answer = await world.api.send(operationNamed('deliveryOpen'), sample, options)
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([404, expect.not.stringContaining('sk-cvg')])
  expect(await findings(delivery.id)).toEqual([{ severity: 'high', count: 2 }])
  const denied = await world.app.db
    .selectFrom('auditEvents')
    .select('userId')
    .where('targetId', '=', delivery.id)
    .where('result', '=', 'denied')
    .execute()
  expect(denied).toEqual([{ userId: world.max.userId }, { userId: world.max.userId }])
  const { secret } = await open(owner, delivery.id)
  expect(await works(secret)).toBe(true)
})

test('what was not opened in time, was replaced, or is of a revoked key, opens nothing', async () => {
  const { key, delivery } = await delivered()
  const newer = await deliver(world.max, key.id)
  await expect(open(owner, delivery.id)).rejects.toMatchObject({
    message: expect.stringContaining('newer one'),
  })
  await world.app.db.transaction().execute(async (db) => {
    await db
      .updateTable('deliveries')
      .set({ expiresAt: new Date(0) })
      .where('id', '=', newer.id)
      .execute()
    const event = { id: `evt_${newer.id.slice(4)}`, actorKind: 'setup' as const, actorId: 'test' }
    await db
      .insertInto('auditEvents')
      .values({ ...event, action: 'test', targetId: newer.id })
      .execute()
  })
  await expect(open(owner, newer.id)).rejects.toMatchObject({ message: expect.stringContaining('in time') })
  const third = await deliver(owner, key.id)
  await world.make('keyRevoke', { params: { keyId: key.id }, body: {} })
  await expect(open(owner, third.id)).rejects.toMatchObject({ code: 'conflict' })
  await expect(deliver(owner, key.id)).rejects.toMatchObject({ code: 'conflict' })
  expect(await findings(delivery.id)).toEqual([])
})

test('opening a delivery of a key that has a secret replaces it, after the grace period', async () => {
  const { key, delivery } = await delivered()
  const first = await open(owner, delivery.id)
  const graceful = await deliver(world.max, key.id)
  const second = await open(owner, graceful.id)
  expect([await works(first.secret), await works(second.secret)]).toEqual([true, true])
  const third = await open(owner, (await deliver(world.max, key.id, 0)).id)
  await expect
    .poll(async () => [await works(first.secret), await works(second.secret), await works(third.secret)])
    .toEqual([false, false, true])
})

test('a program’s key is opened by who answers for it, as long as they do', async () => {
  const { app, project: projectId, max, eve, make } = world
  const developer = await world.person({ role: 'developer' })
  const account = await make('serviceAccountCreate', {
    body: { projectId, name: 'nightly', ownerUserId: developer.userId },
  })
  const body = { environmentId: world.ids.environment, name: 'nightly', serviceAccountId: account.id }
  const { key } = await make('keyCreate', { body })
  const first = await deliver(max, key.id)
  expect(first.userId).toBe(developer.userId)
  expect(await works((await open(developer, first.id)).secret)).toBe(true)
  const second = await deliver(max, key.id)
  const params = { serviceAccountId: account.id }
  await make('serviceAccountUpdate', { params, body: { ownerUserId: eve.userId } })
  await expect(open(developer, second.id)).rejects.toMatchObject({ code: 'not_found' })
  await make('serviceAccountUpdate', { params, body: { ownerUserId: null } })
  await expect(deliver(max, key.id)).rejects.toMatchObject({ code: 'conflict' })
  expect(app.logged.join()).not.toContain('sk-cvg-')
})

test('nobody sees what waits for others', async () => {
  const list = { params: {}, query: { limit: 200 }, body: undefined as never }
  const mine = await listDeliveriesFor(await owner.ctx(), list)
  expect(mine.data.length).toBeGreaterThan(0)
  expect(new Set(mine.data.map(({ userId }) => userId))).toEqual(new Set([owner.userId]))
  expect((await listDeliveriesFor(await world.max.ctx(), list)).data).toEqual([])
  const { delivery } = await delivered()
  const one = { params: { deliveryId: delivery.id }, query: {}, body: undefined as never }
  expect(await viewDelivery(await owner.ctx(), one)).toEqual(delivery)
  await expect(viewDelivery(await world.max.ctx(), one)).rejects.toMatchObject({ code: 'not_found' })
})
