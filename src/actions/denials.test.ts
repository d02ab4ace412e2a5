import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { issueToken, operationNamed } from '../../test/control-plane.ts'
import { createWorld, type World } from '../../test/world.ts'
import { newId } from '../ids.ts'
import { sayDenials } from './denials.ts'

const refuse = (world: World, name: string, input: object, token: string) =>
  world.api.send(operationNamed(name), input, { token })

const denialsOf = ({ app }: World) =>
  app.db
    .selectFrom('auditEvents')
    .select(['action', 'targetId', 'reason', 'actorId', 'userId', 'actorKind', 'ip'])
    .where('result', '=', 'denied')
    .orderBy('seq')
    .execute()

const aMinutePasses = ({ app }: World) =>
  sql`update denials set said_at = said_at - interval '61 seconds'`.execute(app.db)

test('155: who may not do something is written down with what it was, and nothing else of the request', async () => {
  await using world = await createWorld()
  const { userId, secret, id } = await issueToken(world.app, { role: 'viewer', projectId: world.ids.project })
  const input = { params: { projectId: world.ids.project }, body: { name: 'zz-private' } }
  expect((await refuse(world, 'projectUpdate', input, secret)).status).toBe(403)
  expect(await denialsOf(world)).toEqual([
    {
      action: 'project.update',
      targetId: world.ids.project,
      reason: 'This needs the permission "project:update", which none of your roles has.',
      actorKind: 'token',
      actorId: id,
      userId,
      ip: '127.0.0.1',
    },
  ])
})

test('155: a flood leaves one event a minute, which says how many there were', async () => {
  await using world = await createWorld()
  const token = world.tokens.teamViewer
  const flood = (count: number) =>
    Promise.all(Array.from({ length: count }, () => refuse(world, 'userList', {}, token)))
  await flood(200)
  expect(await denialsOf(world)).toHaveLength(1)
  expect(await sayDenials(world.app, 100)).toBe(0)
  await aMinutePasses(world)
  await sayDenials(world.app, 100)
  await sayDenials(world.app, 100)
  expect((await denialsOf(world)).map(({ action, reason }) => [action, reason?.slice(0, 40)])).toEqual([
    ['user.list', 'This needs the permission "user:read", w'],
    ['user.list', '199 times more since the last event of t'],
  ])
  await flood(3)
  expect(await denialsOf(world)).toHaveLength(2)
  await aMinutePasses(world)
  expect(await sayDenials(world.app, 100)).toBe(1)
  await aMinutePasses(world)
  expect(await sayDenials(world.app, 100)).toBe(0)
  const { rows } = await sql`select from denials`.execute(world.app.db)
  expect(rows).toEqual([])
})

test('155: nobody fills the trail by naming something else each time', async () => {
  await using world = await createWorld()
  const token = world.tokens.teamViewer
  for (let i = 0; i < 60; i++) await refuse(world, 'userView', { params: { userId: newId('usr') } }, token)
  const events = await denialsOf(world)
  expect(events).toHaveLength(31)
  expect(events.at(-1)).toMatchObject({ action: 'access.refuse', targetId: events.at(-1)?.actorId })
})

test('a confirmation that is asked for, and what one may not know of, are no denials', async () => {
  await using world = await createWorld()
  const body = { name: 'x', role: 'viewer', teamId: world.ids.team }
  expect((await refuse(world, 'tokenCreate', { body }, world.tokens.person)).body.code).toBe(
    'step_up_required',
  )
  const params = { teamId: world.ids.team }
  expect((await refuse(world, 'teamView', { params }, world.tokens.otherTeam)).status).toBe(404)
  expect(await denialsOf(world)).toEqual([])
})

test('it is written down while a required sink is behind, and inside of a request that is repeatable', async () => {
  await using world = await createWorld()
  const body = { name: 'siem', address: 'https://siem.example.com/', required: true }
  await world.make('auditSinkCreate', { body })
  await sql`update audit_sinks set failing_since = now() - interval '1 hour'`.execute(world.app.db)
  const { teamViewer: token } = world.tokens
  const operation = operationNamed('teamCreate')
  const headers = { 'idempotency-key': 'once' }
  const answer = await world.api.send(operation, { body: { name: 'more' } }, { token, headers })
  expect(answer.body.code).toBe('forbidden')
  expect(await denialsOf(world)).toMatchObject([{ action: 'team.create' }])
})
