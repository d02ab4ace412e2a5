import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { type Client, call } from '../contract/client.ts'
import { rateLimitCreate, rateLimitDelete, rateLimitList, rateLimitUpdate } from '../contract/rate-limits.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const scope = () => ({ type: 'team' as const, id: world.ids.team })

test('a limit is made, changed and deleted', async () => {
  const made = await call(owner, rateLimitCreate, {
    body: { scope: scope(), requestsPerMinute: 60, modelPattern: 'gpt-5*' },
  })
  expect(made).toMatchObject({
    requestsPerMinute: 60,
    tokensPerMinute: null,
    modelPattern: 'gpt-5*',
    version: 1,
  })
  const params = { rateLimitId: made.id }
  const changed = await call(owner, rateLimitUpdate, {
    params,
    body: { requestsPerMinute: null, concurrentCalls: 4 },
  })
  expect(changed).toMatchObject({ requestsPerMinute: null, concurrentCalls: 4, version: 2 })
  const listed = await call(owner, rateLimitList, { query: { scopeType: 'team' } })
  expect(listed.data).toEqual([changed])
  await call(owner, rateLimitDelete, { params })
  expect((await call(owner, rateLimitList, {})).data).toEqual([])
  await expect(call(owner, rateLimitDelete, { params })).rejects.toMatchObject({ code: 'not_found' })
})

test('a limit that limits nothing is refused', async () => {
  const empty = call(owner, rateLimitCreate, { body: { scope: scope() } })
  await expect(empty).rejects.toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/body' }] })
  const { id: rateLimitId } = await call(owner, rateLimitCreate, {
    body: { scope: scope(), tokensPerMinute: 1000 },
  })
  const emptied = call(owner, rateLimitUpdate, { params: { rateLimitId }, body: { tokensPerMinute: null } })
  await expect(emptied).rejects.toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/body' }] })
})

test.each([
  [{ requestsPerMinute: 0 }, '/body/requestsPerMinute'],
  [{ requestsPerMinute: 1.5 }, '/body/requestsPerMinute'],
  [{ tokensPerMinute: 2 ** 31 }, '/body/tokensPerMinute'],
  [{ concurrentCalls: '4' }, '/body/concurrentCalls'],
  [{ requestsPerMinute: 1, providerId: 'prv_01JD0000000000000000000000' }, '/body/providerId'],
  [{ requestsPerMinute: 1, modelPattern: 'a b' }, '/body/modelPattern'],
])('%j is refused', async (terms, pointer) => {
  const input = { body: { scope: scope(), ...terms } }
  const answer = await world.api.send(rateLimitCreate, input, { token: world.tokens.owner })
  expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer])
})

test('a team cannot loosen what the organization set for it', async () => {
  const organization = await world.app.db.selectFrom('organization').select('id').executeTakeFirstOrThrow()
  const above = { type: 'organization' as const, id: organization.id }
  const { id: rateLimitId } = await call(owner, rateLimitCreate, {
    body: { scope: above, requestsPerMinute: 10 },
  })
  const ours = world.api.client(world.tokens.ownTeam)
  const loosened = call(ours, rateLimitUpdate, { params: { rateLimitId }, body: { requestsPerMinute: 1000 } })
  await expect(loosened).rejects.toMatchObject({ code: 'forbidden' })
  await expect(call(ours, rateLimitDelete, { params: { rateLimitId } })).rejects.toMatchObject({
    code: 'forbidden',
  })
})
