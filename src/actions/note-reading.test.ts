import { sql } from 'kysely'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { issueToken, operationNamed, type Sample } from '../../test/control-plane.ts'
import { insertUsageRow } from '../../test/usage-row.ts'
import { createWorld, type World } from '../../test/world.ts'
import { visitOf } from '../app.ts'
import { newId } from '../ids.ts'
import { MOST_READINGS, READING_TOLD_FOR_MS } from './note-reading.ts'
import { createSession } from './sessions.ts'

let world: World
beforeEach(async () => {
  await world?.[Symbol.asyncDispose]()
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

async function read(name: string, sample: Sample = {}, token = world.tokens.analyst): Promise<number> {
  return (await world.api.send(operationNamed(name), sample, { token })).status
}

const readings = () =>
  world.app.db
    .selectFrom('auditEvents')
    .select(['action', 'targetId', 'teamId', 'after', 'reason', 'userId'])
    .where('action', 'in', ['usage.report', 'request.list', 'request.view'])
    .orderBy('seq')
    .execute()

test('a look at the usage of others says who asked for what, of which time', async () => {
  const { ids } = world
  const { secret, userId } = await issueToken(world.app, { role: 'viewer', teamId: ids.team })
  const query = { from: '2026-11-01', to: '2026-12-01', teamId: ids.team, model: 'demo/echo' }
  await read('usageReport', { query: { ...query, by: 'user' } }, secret)
  await read('requestList', { query: { projectId: ids.project, limit: '5' } }, secret)
  await read('requestView', { params: { requestId: ids.request } }, secret)
  const time = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' }
  const within = { teamIds: [ids.team], projectIds: [], ownerUserId: null }
  expect(await readings()).toMatchObject([
    {
      action: 'usage.report',
      userId,
      targetId: ids.team,
      teamId: ids.team,
      after: { ...query, ...time, by: ['user'], within },
    },
    {
      action: 'request.list',
      targetId: ids.project,
      teamId: null,
      after: { projectId: ids.project, from: null, to: null, within },
    },
    { action: 'request.view', targetId: ids.request, teamId: ids.team },
  ])
})

test('the same one is told once in a while, whichever page of it and however often at once', async () => {
  const week = { from: '-7d', to: 'now' }
  await Promise.all(Array.from({ length: 20 }, () => read('usageReport', { query: week })))
  for (const limit of ['1', '2', '3']) await read('requestList', { query: { limit } })
  await read('requestList', { query: { cursor: newId('use') } })
  expect((await readings()).map(({ action }) => action).sort()).toEqual(['request.list', 'usage.report'])
  world.app.advance(READING_TOLD_FOR_MS - 60_000)
  await read('usageReport', { query: week })
  expect(await readings()).toHaveLength(2)
  world.app.advance(60_000)
  await read('usageReport', { query: week })
  await read('usageReport', { query: week }, world.tokens.admin)
  expect(await readings()).toHaveLength(4)
})

test('whoever asks for something else each time is told of once more, not for ever', async () => {
  for (let i = 0; i < MOST_READINGS + 20; i++) await read('requestList', { query: { model: `demo/${i}` } })
  const told = await readings()
  expect(told).toHaveLength(MOST_READINGS + 1)
  expect(told.at(-1)?.reason).toContain('not told one by one')
  await read('requestList', {}, world.tokens.admin)
  expect(await readings()).toHaveLength(MOST_READINGS + 2)
})

test('who looks at their own calls alone is not told of', async () => {
  const { userId } = await issueToken(world.app, { role: 'developer' })
  const session = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
  const { secret } = await createSession(visitOf(world.app), session)
  const requestId = newId('req')
  await insertUsageRow(world.app, { requestId, userId })
  expect(await read('requestList', {}, secret)).toBe(200)
  expect(await read('usageReport', {}, secret)).toBe(200)
  expect(await read('requestView', { params: { requestId } }, secret)).toBe(200)
  expect(await read('requestList', { query: { userId } }, secret)).toBe(200)
  expect(await readings()).toEqual([])
})

test('without its event there is no answer, and the next one is told', async () => {
  await sql`alter table audit_events rename to audit_events_gone`.execute(world.app.db)
  expect(await read('requestList')).toBe(500)
  expect(await read('requestList')).toBe(500)
  await sql`alter table audit_events_gone rename to audit_events`.execute(world.app.db)
  expect(await read('requestList')).toBe(200)
  expect(await readings()).toHaveLength(1)
})
