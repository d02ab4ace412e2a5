import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import { type ControlPlane, issueToken, serveControlPlane } from '../../test/control-plane.ts'
import { teamCreate } from '../contract/teams.ts'
import { tokenCreate } from '../contract/tokens.ts'

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp()
  api = await serveControlPlane(app)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

function post(name: string, key: string, token = api.owner) {
  return api.send(teamCreate, { body: { name } }, { token, headers: { 'idempotency-key': key } })
}

async function teamsNamed(name: string): Promise<number> {
  return (await app.db.selectFrom('teams').select('id').where('name', '=', name).execute()).length
}

test('of twenty identical calls at the same time one is done, and all get its answer', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('Once', 'same-time')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(19)
  expect(await teamsNamed('Once')).toBe(1)
})

test('another request under the same key is refused, and nothing is done', async () => {
  await post('First', 'reused')
  const answer = await post('Second', 'reused')
  expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_mismatch'])
  expect(await teamsNamed('Second')).toBe(0)
})

test('a call that failed may be repeated under its key', async () => {
  await post('Occupied', 'occupier')
  expect((await post('Occupied', 'retried')).status).toBe(409)
  await app.db.transaction().execute(async (db) => {
    await db.updateTable('teams').set({ name: 'Moved away' }).where('name', '=', 'Occupied').execute()
    await db.insertInto('auditEvents').values(EVENT).execute()
  })
  const answer = await post('Occupied', 'retried')
  expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([201, null])
})

test("one caller's key says nothing to another caller", async () => {
  const other = await issueToken(app, { role: 'owner' })
  const [ours, theirs] = [await post('Ours', 'shared'), await post('Theirs', 'shared', other.secret)]
  expect([ours.status, theirs.status]).toEqual([201, 201])
  expect(theirs.body.id).not.toBe(ours.body.id)
})

test('a secret is not stored with the answer, nor is what would let somebody guess it', async () => {
  const headers = { 'idempotency-key': 'with-secret' }
  const body = { name: 'Repeated', role: 'analyst' }
  const first = await api.send(tokenCreate, { body }, { token: api.owner, headers })
  const second = await api.send(tokenCreate, { body }, { token: api.owner, headers })
  expect(first.body.secret).toMatch(/^cvg_tok_/)
  expect(second.body).toEqual({ token: first.body.token })
  const stored = JSON.stringify(await app.db.selectFrom('idempotencyKeys').selectAll().execute())
  expect(stored).toContain(first.body.token.id)
  expect(stored).not.toContain(first.body.secret)
})

test.each(['', ' ', 'x'.repeat(256), 'ä'])('the key %j is refused', async (key) => {
  const response = await fetch(`${api.url}/api/v1/teams`, {
    method: 'POST',
    headers: [
      ['authorization', `Bearer ${api.owner}`],
      ['content-type', 'application/json'],
      ['idempotency-key', key],
    ],
    body: JSON.stringify({ name: `With ${key.length}` }),
  })
  expect(response.status).toBe(400)
})

const EVENT = {
  id: 'evt_by_hand',
  actorKind: 'job',
  actorId: 'test',
  userId: null,
  action: 'team.update',
  targetId: 'x',
} as const
