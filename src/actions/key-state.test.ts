import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../test/world.ts'
import { auditList } from '../contract/audit.ts'
import { type Client, call } from '../contract/client.ts'
import { keyCreate, keyResume, keyRevoke, keyRotate, keySuspend, keyUpdate } from '../contract/keys.ts'

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
const params = (keyId: string) => ({ params: { keyId } })
const conflict = { code: 'conflict' }

test('a suspended key says why, by whom and until when, and works again when resumed', async () => {
  const { key } = await newKey()
  const resumeAt = new Date(Date.now() + 3_600_000).toISOString()
  const suspended = await call(owner, keySuspend, {
    ...params(key.id),
    body: { reason: 'odd traffic', resumeAt },
  })
  expect(suspended.state).toBe('suspended')
  expect(suspended.suspension).toEqual({
    reason: 'odd traffic',
    by: expect.stringMatching(/^usr_/),
    resumeAt,
  })
  const again = call(owner, keySuspend, { ...params(key.id), body: { reason: 'again' } })
  await expect(again).rejects.toMatchObject(conflict)
  const resumed = await call(owner, keyResume, params(key.id))
  expect(resumed).toMatchObject({ state: 'active', suspension: null })
  await expect(call(owner, keyResume, params(key.id))).rejects.toMatchObject(conflict)
})

test('a key resumes by itself when its time has come, and can then be suspended again', async () => {
  const { key } = await newKey()
  const soon = new Date(Date.now() + 3_000).toISOString()
  await call(owner, keySuspend, { ...params(key.id), body: { reason: 'a break', resumeAt: soon } })
  const suspendAgain = () => call(owner, keySuspend, { ...params(key.id), body: { reason: 'another' } })
  await expect(suspendAgain()).rejects.toMatchObject(conflict)
  const suspension = () =>
    suspendAgain().then(
      (key) => key.suspension,
      () => null,
    )
  await expect.poll(suspension).toMatchObject({ reason: 'another', resumeAt: null })
})

test('a resume time that has passed is refused', async () => {
  const { key } = await newKey()
  const resumeAt = new Date(Date.now() - 1_000).toISOString()
  const refused = call(owner, keySuspend, { ...params(key.id), body: { reason: 'x', resumeAt } })
  await expect(refused).rejects.toMatchObject({ errors: [{ pointer: '/body/resumeAt' }] })
})

test('a revoked key stays revoked, and stays recognizable', async () => {
  const { key, secret } = await newKey()
  const revoked = await call(owner, keyRevoke, { ...params(key.id), body: { reason: 'leaked in a log' } })
  expect(revoked).toMatchObject({ state: 'revoked', revokedAt: expect.any(String) })
  await expect(call(owner, keyResume, params(key.id))).rejects.toMatchObject(conflict)
  await expect(call(owner, keyRevoke, { ...params(key.id), body: {} })).rejects.toMatchObject(conflict)
  await expect(call(owner, keyRotate, { ...params(key.id), body: {} })).rejects.toMatchObject(conflict)
  const suspend = { ...params(key.id), body: { reason: 'x' } }
  await expect(call(owner, keySuspend, suspend)).rejects.toMatchObject(conflict)
  const extend = { ...params(key.id), body: { expiresAt: null } }
  await expect(call(owner, keyUpdate, extend)).rejects.toMatchObject(conflict)
  const hash = world.app.keyring.hashSecret(secret)
  const rows = await world.app.db.selectFrom('keySecrets').select('keyId').where('hash', '=', hash).execute()
  expect(rows).toEqual([{ keyId: key.id }])
  const events = await call(owner, auditList, { query: { targetId: key.id } })
  expect(events.data.find(({ action }) => action === 'key.revoke')).toMatchObject({
    reason: 'leaked in a log',
  })
})

test('the name of a revoked key is free again', async () => {
  const { key } = await newKey()
  const body = { environmentId: key.environmentId, name: key.name, userId: world.ids.user }
  await expect(call(owner, keyCreate, { body })).rejects.toMatchObject({ code: 'conflict' })
  await call(owner, keyRevoke, { params: { keyId: key.id }, body: {} })
  expect((await call(owner, keyCreate, { body })).key.name).toBe(key.name)
})

test('a change that was decided on an older version is refused', async () => {
  const { key } = await newKey()
  await call(owner, keyUpdate, { ...params(key.id), body: { purpose: 'changed' } })
  const late = call(owner, keyRevoke, { ...params(key.id), body: {} }, { ifMatch: key.version })
  await expect(late).rejects.toMatchObject({ code: 'precondition_failed' })
})
