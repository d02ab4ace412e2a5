import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { type Client, call } from '../contract/client.ts'
import { keyCreate, keyRotate, keyView } from '../contract/keys.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const newKey = () =>
  call(owner, keyCreate, {
    body: { environmentId: world.ids.environment, name: world.name(), userId: world.ids.user },
  })
const rotate = (keyId: string, graceSeconds?: number) =>
  call(owner, keyRotate, { params: { keyId }, body: { graceSeconds } })
const outcome = (rotation: Promise<unknown>) =>
  rotation.then(
    () => 'rotated',
    (error) => error.code,
  )

/** How the gateway finds a key: by its secret's hash. */
const secretInDatabase = (secret: string) =>
  world.app.db
    .selectFrom('keySecrets')
    .selectAll()
    .where('hash', '=', world.app.keyring.hashSecret(secret))
    .executeTakeFirst()

test('16: a rotated key keeps its id, and its old secret works for a day unless told otherwise', async () => {
  const first = await newKey()
  const second = await rotate(first.key.id)
  expect(second.key.id).toBe(first.key.id)
  expect(second.secret).not.toBe(first.secret)
  expect(second.key.secrets.map(({ state }) => state)).toEqual(['current', 'grace'])
  const old = await secretInDatabase(first.secret)
  expect((old?.expiresAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(86_390_000)
  expect((old?.expiresAt?.getTime() ?? 0) - Date.now()).toBeLessThan(86_410_000)
  expect(await secretInDatabase(second.secret)).toMatchObject({ keyId: first.key.id, expiresAt: null })
})

test('without grace the old secret ends at once, and its hash stays to be recognized', async () => {
  const first = await newKey()
  const { key } = await rotate(first.key.id, 0)
  expect(key.secrets.map(({ state }) => state)).toEqual(['current', 'retired'])
  expect(await secretInDatabase(first.secret)).toMatchObject({ keyId: key.id })
})

test('without grace no older secret works either', async () => {
  const first = await newKey()
  await rotate(first.key.id, 86_400)
  const { key } = await rotate(first.key.id, 0)
  expect(key.secrets.map(({ state }) => state)).toEqual(['current', 'retired', 'retired'])
})

test.each([-1, 2_592_001, 1.5])('a grace period of %s seconds is refused', async (graceSeconds) => {
  const { key } = await newKey()
  await expect(rotate(key.id, graceSeconds)).rejects.toMatchObject({
    errors: [{ pointer: '/body/graceSeconds' }],
  })
})

test('16: of rotations at the same time exactly one gives a new secret', async () => {
  const { key } = await newKey()
  // Somebody holds the key until all have asked, so that they really overlap.
  const rotations = await world.app.db.transaction().execute(async (db) => {
    await db.selectFrom('keys').select('id').where('id', '=', key.id).forUpdate().execute()
    const started = Array.from({ length: 4 }, () => outcome(rotate(key.id)))
    await expect.poll(waitingForLocks).toBe(4)
    return started
  })
  expect((await Promise.all(rotations)).sort()).toEqual(['conflict', 'conflict', 'conflict', 'rotated'])
  const { secrets } = await call(owner, keyView, { params: { keyId: key.id } })
  expect(secrets.map(({ state }) => state)).toEqual(['current', 'grace'])
})

test('however rotations fall, there is one current secret and one new secret per success', async () => {
  const { key } = await newKey()
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => outcome(rotate(key.id))))
  expect(['rotated', 'conflict']).toEqual(expect.arrayContaining(outcomes))
  const { secrets } = await call(owner, keyView, { params: { keyId: key.id } })
  expect(secrets.filter(({ state }) => state === 'current')).toHaveLength(1)
  expect(secrets).toHaveLength(1 + outcomes.filter((result) => result === 'rotated').length)
})

async function waitingForLocks(): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%for update%'`.execute(
    world.app.gatewayDb,
  )
  return rows.length
}
