import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/world.ts'
import { addShippedModule } from '../../actions/shipped-module.ts'
import { passFirstFactor } from '../../actions/sign-in.ts'
import { visitOf } from '../../app.ts'
import { type Client, call } from '../../contract/client.ts'
import { documentCreate, documentList, documentPublish, documentUpdate } from '../../contract/documents.ts'
import { grantCreate } from '../../contract/grants.ts'
import { userCreate } from '../../contract/users.ts'

let world: World
let owner: Client
let cookie: string
let documentId: string
beforeAll(async () => {
  world = await createWorld()
  owner = world.api.client(world.tokens.owner)
  await addShippedModule(world.app)
  const { data } = await call(owner, documentList, {})
  documentId = data[0]?.id ?? ''
  await call(owner, documentUpdate, { params: { documentId }, body: { required: true } })
  const { id: userId } = await call(owner, userCreate, {
    body: { email: 'reader@example.com', name: 'Reader' },
  })
  const passed = await passFirstFactor(visitOf(world.app), {
    userId,
    methods: ['pwd'],
    mfaDone: false,
    returnTo: '/training',
  })
  cookie = passed.cookies[0]?.split(';')[0] ?? ''
})
afterAll(() => world?.[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = { cookie }) =>
  fetch(`${world.api.url}${path}`, { headers, redirect: 'manual' })
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${world.api.url}${path}`, {
    method: 'POST',
    headers: { cookie, origin: new URL(world.app.config.url).origin, ...headers },
    body: new URLSearchParams(fields),
  })
const RIGHT = {
  version: '1',
  q0: '1',
  'q1.0': '1',
  'q1.2': '1',
  q2: '1',
  q3: '2',
  'q4.0': '1',
  'q4.1': '1',
  'q4.3': '1',
  q5: '1',
}

test('who is not signed in is asked to, and comes back', async () => {
  const answer = await get(`/training/${documentId}`, {})
  expect([answer.status, answer.headers.get('location')]).toEqual([
    303,
    `/sign-in?to=${encodeURIComponent(`/training/${documentId}`)}`,
  ])
})

test('a person without any role reads what concerns them, answers, and has nothing left to read', async () => {
  expect(await (await get('/training')).text()).toContain('Needed before you create or rotate a key')
  const shown = await (await get(`/training/${documentId}`)).text()
  expect(shown).toContain('<h1>Handling keys</h1>')
  expect(shown.match(/Handling keys<\/h[12]>/g)).toHaveLength(1)
  expect(shown).toContain('6 questions')
  const { q5: _, ...tooFew } = RIGHT
  const unanswered = await post(`/training/${documentId}`, tooFew)
  expect([unanswered.status, await unanswered.text()]).toEqual([
    400,
    expect.stringContaining('Please answer every question.'),
  ])
  const wrong = await post(`/training/${documentId}`, { ...RIGHT, q0: '0', q2: '0' })
  const again = await wrong.text()
  expect([wrong.status, again]).toEqual([400, expect.stringContaining('66 % of your answers were right')])
  expect(again).toContain('name="q0" value="0" checked')
  const done = await post(`/training/${documentId}`, RIGHT)
  expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('You have acknowledged')])
  expect(await (await get('/training')).text()).toContain('Nothing to read')
})

test('looking changes nothing, and a form from elsewhere is refused', async () => {
  const count = async () => (await world.app.db.selectFrom('acknowledgements').select('id').execute()).length
  const before = await count()
  await get(`/training/${documentId}?version=1&q0=1`)
  const forged = await post(`/training/${documentId}`, RIGHT, { origin: 'https://evil.example' })
  expect(forged.status).toBe(403)
  expect(await count()).toBe(before)
})

test('a version that is not in force any more is not acknowledged', async () => {
  const body = { title: 'Policy' }
  const { id } = await call(owner, documentCreate, { body })
  const publish = (text: string) =>
    call(owner, documentPublish, { params: { documentId: id }, body: { body: text } })
  await publish('First')
  await publish('Second <img src=x onerror=alert(1)>')
  const answer = await post(`/training/${id}`, { version: '1' })
  const text = await answer.text()
  expect([answer.status, text]).toEqual([409, expect.stringContaining('There is a new version')])
  expect(text).not.toContain('<img')
  expect((await post(`/training/${id}`, { version: '2' })).status).toBe(200)
})

test('what is for others is not there', async () => {
  const body = { title: 'Theirs', roles: ['admin'] }
  const { id } = await call(owner, documentCreate, { body })
  await call(owner, documentPublish, { params: { documentId: id }, body: { body: 'Secret' } })
  const hidden = await get(`/training/${id}`)
  expect([hidden.status, await hidden.text()]).toEqual([404, expect.not.stringContaining('Secret')])
  for (const path of ['/training/doc_0', '/training/doc_01JDXXXXXXXXXXXXXXXXXXXXXX']) {
    expect((await get(path)).status).toBe(404)
  }
  const { id: userId } = await world.app.db
    .selectFrom('users')
    .select('id')
    .where('email', '=', 'reader@example.com')
    .executeTakeFirstOrThrow()
  const role = { userId, role: 'admin', teamId: world.ids.team }
  await call(owner, grantCreate, { body: role })
  expect((await get(`/training/${id}`)).status).toBe(200)
})
