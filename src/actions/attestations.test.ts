import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { attestationList, keyAttest } from '../contract/attestations.ts'
import { type Client, call } from '../contract/client.ts'
import { findingList } from '../contract/findings.ts'
import { grantCreate } from '../contract/grants.ts'
import { keyCreate, keySuspend, keyUpdate, keyView } from '../contract/keys.ts'
import { ownershipUpdate, ownershipView } from '../contract/ownership.ts'
import { serviceAccountCreate, serviceAccountUpdate } from '../contract/service-accounts.ts'
import { tokenCreate } from '../contract/tokens.ts'
import { userCreate } from '../contract/users.ts'
import { NOT_ATTESTED } from '../domain/attestation.ts'
import { attest } from '../jobs/attest.ts'

let world: World
let owner: Client
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
})
afterAll(() => world?.[Symbol.asyncDispose]())

const settings = (body: object) => call(owner, ownershipUpdate, { body })
beforeEach(() =>
  settings({
    requirePurpose: false,
    requireApplication: false,
    requiredTags: [],
    attestationDays: null,
    attestationGraceDays: 7,
  }),
)

const createKey = async (about: object = {}) => {
  const whose = 'userId' in about ? {} : { serviceAccountId: world.ids.serviceAccount }
  const body = { environmentId: world.ids.environment, ...whose, name: world.name(), ...about }
  return (await call(owner, keyCreate, { body })).key
}

describe('what keys must say of themselves', () => {
  test('is asked for when they are created and when they are changed, all that is missing at once', async () => {
    const old = await createKey()
    await settings({ requirePurpose: true, requireApplication: true, requiredTags: ['cost-center'] })
    expect(await call(owner, ownershipView, {})).toMatchObject({ requiredTags: ['cost-center'] })
    await expect(createKey()).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [
        { pointer: '/body/purpose' },
        { pointer: '/body/application' },
        { pointer: '/body/tags/cost-center' },
      ],
    })
    const said = { purpose: 'search', application: 'site', tags: { 'cost-center': '42' } }
    const key = await createKey(said)
    expect(key).toMatchObject(said)
    const change = (keyId: string, body: object) => call(owner, keyUpdate, { params: { keyId }, body })
    await expect(change(key.id, { application: null })).rejects.toThrow(/which application/)
    await expect(change(key.id, { tags: {} })).rejects.toThrow(/the tag "cost-center"/)
    await expect(change(old.id, { name: world.name() })).rejects.toThrow(/asks for more/)
    expect(await change(old.id, said)).toMatchObject(said)
  })
})

describe('a key that nobody says they need', () => {
  test('is asked for three times, suspended after the grace days, and resumes by an answer', async () => {
    const { userId, client } = await someone()
    const key = await createKey({ userId })
    await settings({ attestationDays: 30 })
    const at = async (days: number) => {
      await age(key.id, days)
      await attest(world.app)
      return { state: (await view(key.id)).state, told: await told(userId) }
    }
    expect(await at(15)).toEqual({ state: 'active', told: 0 })
    expect(await at(16)).toEqual({ state: 'active', told: 1 })
    expect(await at(26)).toEqual({ state: 'active', told: 1 })
    expect(await at(27)).toEqual({ state: 'active', told: 2 })
    expect(await at(30)).toEqual({ state: 'active', told: 3 })
    expect(await at(36)).toEqual({ state: 'active', told: 3 })
    expect(await at(37)).toEqual({ state: 'active', told: 3 })
    await audited(
      sql`update keys set attestation_noticed_at = now() - interval '7 days' where id = ${key.id}`,
    )
    expect(await at(37)).toEqual({ state: 'suspended', told: 4 })
    expect((await view(key.id)).suspension?.reason).toBe(NOT_ATTESTED)
    const { data } = await call(owner, attestationList, { query: { due: 'true' } })
    expect(data.find(({ keyId }) => keyId === key.id)).toMatchObject({
      suspended: true,
      ownerUserId: userId,
      notices: 3,
    })
    const answer = await call(client, keyAttest, { params: { keyId: key.id }, body: { needed: true } })
    expect(answer.state).toBe('active')
    await attest(world.app)
    expect(await told(userId)).toBe(4)
  })

  test('is revoked when its owner does not need it any more', async () => {
    const { userId, client } = await someone()
    const key = await createKey({ userId })
    const body = { needed: false, note: 'the project has ended' }
    expect((await call(client, keyAttest, { params: { keyId: key.id }, body })).state).toBe('revoked')
    const again = call(client, keyAttest, { params: { keyId: key.id }, body: { needed: true } })
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
  })

  test('an answer resumes what was suspended for want of it, and nothing else', async () => {
    const { userId, client } = await someone()
    const key = await createKey({ userId })
    const params = { keyId: key.id }
    await call(owner, keySuspend, { params, body: { reason: NOT_ATTESTED } })
    expect((await call(client, keyAttest, { params, body: { needed: true } })).state).toBe('suspended')
  })

  test('is asked for anew from the day on which asking is switched on, never at once', async () => {
    const key = await createKey()
    await age(key.id, 500)
    await settings({ attestationDays: 30 })
    await attest(world.app)
    const { data } = await call(owner, attestationList, { query: { limit: 200 } })
    const found = data.find(({ keyId }) => keyId === key.id)
    expect(found).toMatchObject({ notices: 0 })
    expect(Date.parse(found?.dueAt ?? '') - Date.now()).toBeGreaterThan(29 * 86_400_000)
    await settings({ attestationDays: null })
    expect((await call(owner, attestationList, {})).data).toEqual([])
  })

  test('of a service account is asked of who answers for it; without anybody, a finding says so', async () => {
    const { userId, client } = await someone()
    const body = { projectId: world.ids.project, name: world.name(), ownerUserId: userId }
    const { id: serviceAccountId } = await call(owner, serviceAccountCreate, { body })
    const key = await createKey({ serviceAccountId })
    await settings({ attestationDays: 30 })
    await age(key.id, 20)
    await attest(world.app)
    expect(await told(userId)).toBe(1)
    await call(client, keyAttest, { params: { keyId: key.id }, body: { needed: true } })
    await call(owner, serviceAccountUpdate, { params: { serviceAccountId }, body: { ownerUserId: null } })
    await age(key.id, 20)
    await attest(world.app)
    expect(await told(userId)).toBe(1)
    const { data } = await call(owner, findingList, { query: { kind: 'attestation-without-owner' } })
    expect(data.map(({ targetId }) => targetId)).toContain(key.id)
  })

  test('sweeps at the same time ask once', async () => {
    const { userId } = await someone()
    const key = await createKey({ userId })
    await settings({ attestationDays: 30 })
    await age(key.id, 20)
    await Promise.all([attest(world.app), attest(world.app), attest(world.app)])
    expect(await told(userId)).toBe(1)
  })

  test('only its owner or who may change it says so', async () => {
    const { userId } = await someone()
    const key = await createKey({ userId })
    const answer = (token: string) =>
      call(world.api.client(token), keyAttest, { params: { keyId: key.id }, body: { needed: true } })
    await expect(answer(world.tokens.projectViewer)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(answer(world.tokens.otherTeam)).rejects.toMatchObject({ code: 'not_found' })
    await answer(world.tokens.builder)
  })
})

async function someone(): Promise<{ userId: string; client: Client }> {
  const body = { email: `${world.name()}@example.com`, name: 'Ada' }
  const { id: userId } = await call(owner, userCreate, { body })
  await call(owner, grantCreate, { body: { userId, role: 'viewer', projectId: world.ids.project } })
  const { secret } = await call(owner, tokenCreate, {
    body: { name: 'all', userId, production: true },
  })
  return { userId, client: world.api.client(secret) }
}

const view = (keyId: string) => call(owner, keyView, { params: { keyId } })

async function told(userId: string): Promise<number> {
  const rows = await world.app.db
    .selectFrom('notices')
    .select('id')
    .where('userId', '=', userId)
    .where('kind', '=', 'key.attest')
    .execute()
  return rows.length
}

/** Makes it so many days ago that the key was last attested or made, and asking switched on. */
function age(keyId: string, days: number): Promise<void> {
  return audited(sql`
    with moved as (
      update keys set created_at = now() - make_interval(days => ${days}), attested_at = null where id = ${keyId}
    )
    update ownership_settings set attestation_since = now() - make_interval(days => ${days})
    where attestation_since is not null`)
}

/** Sets the clock of a row, in a transaction that the database takes for a change with its event. */
function audited(change: ReturnType<typeof sql>): Promise<void> {
  return world.app.db.transaction().execute(async (db) => {
    await change.execute(db)
    await sql`insert into audit_events (id, actor_kind, actor_id, action, target_id)
      values ('evt_' || gen_random_uuid(), 'setup', 'test', 'test', 'test')`.execute(db)
  })
}
