import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { createSession } from '../actions/sessions.ts'
import { createUser } from '../actions/users.ts'
import { visitOf } from '../app.ts'
import type { BusMessage } from '../bus.ts'
import type { KeyState } from '../domain/key-state.ts'
import { newId } from '../ids.ts'
import { awakenKeys } from './awaken-keys.ts'
import { dropIdempotencyKeys } from './drop-idempotency-keys.ts'
import { expireKeys } from './expire-keys.ts'
import { startJobs } from './scheduler.ts'
import { BATCH } from './sweep.ts'
import { auditSweeps } from './sweeps-audit.ts'
import { identitySweeps } from './sweeps-identity.ts'

type Times = { state?: KeyState; notBefore?: Date; expiresAt?: Date; resumeAt?: Date }

const PAST = new Date(Date.now() - 60_000)
const FUTURE = new Date(Date.now() + 3_600_000)

/** Keys with these times, in a project of their own. The audit row is what lets the change in. */
async function insertKeys(app: TestApp, all: Times[]): Promise<string[]> {
  const [teamId, projectId, environmentId, userId] = [newId('team'), newId('prj'), newId('env'), newId('usr')]
  const keys = all.map((times) => ({
    id: newId('key'),
    environmentId,
    userId,
    state: 'active' as KeyState,
    createdBy: userId,
    ...times,
  }))
  await app.db.transaction().execute(async (db) => {
    await db.insertInto('teams').values({ id: teamId, name: teamId }).execute()
    await db.insertInto('projects').values({ id: projectId, teamId, name: 'p' }).execute()
    await db
      .insertInto('environments')
      .values({ id: environmentId, projectId, name: 'e', kind: 'development' })
      .execute()
    await db
      .insertInto('users')
      .values({ id: userId, email: `${userId.toLowerCase()}@example.com`, name: 'u' })
      .execute()
    await db
      .insertInto('keys')
      .values(keys.map((key) => ({ ...key, name: key.id })))
      .execute()
    const event = {
      id: newId('evt'),
      actorKind: 'setup' as const,
      actorId: 'test',
      action: 'test',
      targetId: teamId,
    }
    await db.insertInto('auditEvents').values(event).execute()
  })
  return keys.map((key) => key.id)
}

async function states(app: TestApp, ids: string[]): Promise<(string | undefined)[]> {
  const rows = await app.db.selectFrom('keys').select(['id', 'state']).execute()
  return ids.map((id) => rows.find((row) => row.id === id)?.state)
}

test('keys whose end has come are marked expired, whatever state they were in; final ones stay as they are', async () => {
  await using app = await testApp()
  const ids = await insertKeys(app, [
    { expiresAt: PAST },
    { state: 'suspended', expiresAt: PAST, resumeAt: FUTURE },
    { state: 'pending', expiresAt: PAST },
    { state: 'revoked', expiresAt: PAST },
    { expiresAt: FUTURE },
    {},
  ])
  const heard: BusMessage[] = []
  app.bus.subscribe((message) => heard.push(message))
  expect(await expireKeys(app)).toBe(3)
  expect(await states(app, ids)).toEqual(['expired', 'expired', 'expired', 'revoked', 'active', 'active'])
  expect(await expireKeys(app)).toBe(0)

  const events = await app.db
    .selectFrom('auditEvents')
    .selectAll()
    .where('action', '=', 'key.expire')
    .execute()
  expect(events.map((event) => event.targetId).sort()).toEqual(ids.slice(0, 3).sort())
  expect(events[0]).toMatchObject({ actorKind: 'job', actorId: 'expire-keys', after: { state: 'expired' } })
  await expect.poll(() => heard.length).toBe(3)
  expect(heard).toContainEqual({ topic: 'key', id: ids[0] })
})

test('keys whose beginning or resumption has come are marked active, unless their end has come too', async () => {
  await using app = await testApp()
  const ids = await insertKeys(app, [
    { state: 'suspended', resumeAt: PAST },
    { state: 'pending', notBefore: PAST },
    { state: 'suspended', resumeAt: PAST, expiresAt: PAST },
    { state: 'suspended', resumeAt: FUTURE },
    { state: 'suspended' },
    { state: 'pending', notBefore: FUTURE },
  ])
  expect(await awakenKeys(app)).toBe(2)
  expect(await states(app, ids)).toEqual([
    'active',
    'active',
    'suspended',
    'suspended',
    'suspended',
    'pending',
  ])
  const events = await app.db
    .selectFrom('auditEvents')
    .select(['action', 'targetId'])
    .orderBy('action')
    .execute()
  expect(events).toContainEqual({ action: 'key.resume', targetId: ids[0] })
  expect(events).toContainEqual({ action: 'key.activate', targetId: ids[1] })
})

test('sweeps that run at the same time move each key once', async () => {
  await using app = await testApp()
  await insertKeys(
    app,
    Array.from({ length: BATCH + 20 }, () => ({ expiresAt: PAST })),
  )
  const moved = await Promise.all(Array.from({ length: 4 }, () => expireKeys(app)))
  expect(moved.reduce((sum, count) => sum + count, 0)).toBe(BATCH + 20)
  const events = await app.db
    .selectFrom('auditEvents')
    .select('targetId')
    .where('action', '=', 'key.expire')
    .execute()
  expect(new Set(events.map((event) => event.targetId)).size).toBe(BATCH + 20)
  expect(events).toHaveLength(BATCH + 20)
})

test('an Idempotency-Key is kept for 24 hours', async () => {
  await using app = await testApp()
  const row = { actorId: 'tok_1', operation: 'keyCreate', bodyHash: 'x', status: 200 }
  await app.db
    .insertInto('idempotencyKeys')
    .values([
      { ...row, key: 'old' },
      { ...row, key: 'new' },
    ])
    .execute()
  await sql`update idempotency_keys set created_at = now() - interval '24 hours 1 second' where key = 'old'`.execute(
    app.db,
  )
  await sql`update idempotency_keys set created_at = now() - interval '23 hours 59 minutes' where key = 'new'`.execute(
    app.db,
  )
  expect(await dropIdempotencyKeys(app)).toBe(1)
  expect(await app.db.selectFrom('idempotencyKeys').select('key').execute()).toEqual([{ key: 'new' }])
})

test('what is over is forgotten: guesses after a day, confirmations that were not given, notices after a month', async () => {
  await using app = await testApp()
  const { db } = app
  const keys = async () => (await db.selectFrom('throttles').select('key').execute()).map(({ key }) => key)
  await sql`insert into throttles (key, failures, updated_at) values
    ('pwd:ip:old', 9, now() - interval '25 hours'), ('pwd:ip:new', 9, now() - interval '23 hours')`.execute(
    db,
  )
  await sql`insert into notices (id, kind, email, created_at, sent_at, failed_at) values
    ('sent', 'x', 'a@example.com', now(), now() - interval '31 days', null),
    ('failed', 'x', 'a@example.com', now(), null, now() - interval '31 days'),
    ('fresh', 'x', 'a@example.com', now(), now() - interval '29 days', null),
    ('waiting', 'x', 'a@example.com', now() - interval '90 days', null, null)`.execute(db)
  const about = { email: 'ada@example.com', name: 'Ada' }
  const { id: userId } = await createUser(app.as(), { params: {}, query: {}, body: about })
  const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
  const { sessionId } = await createSession(visitOf(app), session)
  await sql`insert into step_ups (id, session_id, operation, request_hash, expires_at) values
    ('old', ${sessionId}, 'x', 'x', now() - interval '25 hours'), ('new', ${sessionId}, 'x', 'x', now())`.execute(
    db,
  )
  for (const { sweep } of [
    ...identitySweeps,
    ...auditSweeps.filter(({ name }) => name.startsWith('forget')),
  ]) {
    await sweep(app)
  }
  expect(await keys()).toEqual(['pwd:ip:new'])
  const notices = await db.selectFrom('notices').select('id').orderBy('id').execute()
  expect(notices.map(({ id }) => id)).toEqual(['fresh', 'waiting'])
  expect(await db.selectFrom('stepUps').select('id').execute()).toEqual([{ id: 'new' }])
})

test('the scheduler runs the sweeps by itself, and stops when told to', async () => {
  await using app = await testApp()
  const ids = await insertKeys(
    app,
    Array.from({ length: BATCH + 5 }, () => ({ expiresAt: PAST })),
  )
  const jobs = startJobs(app)
  await expect.poll(() => states(app, ids), { timeout: 10_000 }).toEqual(ids.map(() => 'expired'))
  await jobs.close()
})
