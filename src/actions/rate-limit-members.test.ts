import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { type Client, call } from '../contract/client.ts'
import {
  rateLimitCreate,
  rateLimitDelete,
  rateLimitList,
  rateLimitUpdate,
  rateLimitView,
} from '../contract/rate-limits.ts'
import { findKeySnapshot } from '../db/key-snapshots.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const keyOf = async (who: object) => {
  const body = { environmentId: world.ids.environment, name: world.name(), ...who }
  return world.app.keyring.hashSecret((await world.make('keyCreate', { body })).secret)
}
const limitsOf = async (hash: string) => (await findKeySnapshot(world.app.db, hash))?.rateLimits ?? []

test('each member has a rate limit of their own, over all of their keys, that follows the whole', async () => {
  const scope = { type: 'team' as const, id: world.ids.team }
  const body = { scope, requestsPerMinute: 60, perMember: true }
  const whole = await call(owner, rateLimitCreate, { body })
  const userId = world.ids.user
  const [first, second] = [await keyOf({ userId }), await keyOf({ userId })]
  const own = await limitsOf(first)
  expect(own).toMatchObject([{ requestsPerMinute: 60, scope: { type: 'user', id: userId } }])
  expect(own[0]?.id).not.toBe(whole.id)
  expect(await limitsOf(second)).toEqual(own)
  expect(await limitsOf(await keyOf({ serviceAccountId: world.ids.serviceAccount }))).toEqual([])

  const [part] = (await call(owner, rateLimitList, { query: { userId } })).data
  expect(part).toMatchObject({ id: own[0]?.id, memberOf: whole.id, userId, scope })
  expect((await call(owner, rateLimitList, {})).data.map(({ id }) => id)).toEqual([whole.id])
  const params = { rateLimitId: whole.id }
  await call(owner, rateLimitUpdate, { params, body: { requestsPerMinute: 30 } })
  expect(await limitsOf(first)).toMatchObject([{ id: part?.id, requestsPerMinute: 30 }])

  const partOnly = { params: { rateLimitId: part?.id ?? '' } }
  const refused = await Promise.allSettled([
    call(owner, rateLimitUpdate, { ...partOnly, body: { requestsPerMinute: 1000 } }),
    call(owner, rateLimitDelete, partOnly),
  ])
  expect(refused).toMatchObject(Array(2).fill({ status: 'rejected', reason: { code: 'conflict' } }))
  await call(owner, rateLimitDelete, { params })
  expect(await limitsOf(first)).toEqual([])
  await expect(call(owner, rateLimitView, partOnly)).rejects.toMatchObject({ code: 'not_found' })
})

test('members are those of the organization, a team or a project', async () => {
  const scope = { type: 'key', id: 'key_01JD0000000000000000000000' }
  const body = { scope, requestsPerMinute: 60, perMember: true }
  const answer = await world.api.send(rateLimitCreate, { body }, { token: world.tokens.owner })
  expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/body/perMember'])
})
