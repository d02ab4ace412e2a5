import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD } from '../../../test/people.ts'
import { type Person, type RequestsWorld, requestsWorld } from '../../../test/requests-world.ts'
import { actorOf } from '../../../test/step-up.ts'
import { setPassword } from '../../actions/passwords.ts'
import { createSession } from '../../actions/sessions.ts'
import { visitOf } from '../../app.ts'

let world: RequestsWorld
beforeAll(async () => {
  world = await requestsWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** Somebody new with a password, who may ask for things on their command line. A password ends older sessions. */
async function somebody(role: string): Promise<Person> {
  const { userId, token } = await world.person({ role })
  await setPassword(world.app.as(), userId, PASSWORD)
  const about = { userId, kind: 'cli', methods: ['pwd'], mfa: false } as const
  const { secret: session } = await createSession(visitOf(world.app), about)
  const ctx = async () => world.app.as(await actorOf(world.app, session))
  return { userId, token, session, ctx }
}

/** Their browser. */
async function browserOf({ userId }: Person) {
  const about = { userId, kind: 'browser', methods: ['pwd'], mfa: false } as const
  const { secret } = await createSession(visitOf(world.app), about)
  return async (path: string, fields?: Record<string, string>) => {
    const answer = await fetch(`${world.api.url}${path}`, {
      redirect: 'manual',
      headers: {
        cookie: `__Host-claviger=${secret}`,
        ...(fields && { origin: new URL(world.app.config.url).origin }),
      },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    })
    return { status: answer.status, to: answer.headers.get('location'), text: await answer.text() }
  }
}

const proof = { proofPassword: PASSWORD }
const wish = () => ({
  kind: 'key' as const,
  environmentId: world.ids.environment,
  name: '<b>nightly</b>',
  reason: 'the <i>nightly</i> report',
})

test('a request is read, approved with a confirmation, and its key opened by its owner, once', async () => {
  const developer = await somebody('developer')
  const max = await browserOf(await somebody('admin'))
  const ada = await browserOf(developer)
  const { id } = await world.ask(developer, wish())
  const path = `/access-requests/${id}`
  expect((await max('/access-requests')).text).toContain(path)
  const shown = await max(path)
  expect(shown.text).toContain('the &lt;i&gt;nightly&lt;/i&gt; report')
  expect(shown.text).toContain(`action="${path}/approve"`)
  // Whoever asked may read it, and gets no button.
  expect((await ada(path)).text).not.toContain('/approve"')

  const asked = await max(`${path}/approve`, {})
  expect([asked.status, asked.text.includes('proofPassword')]).toEqual([200, true])
  // Whoever confirms reads once more what it is.
  expect(asked.text).toContain('asks for a key</p>')
  expect(asked.text).toContain('Key: <strong>&lt;b&gt;nightly&lt;/b&gt;</strong>')
  const done = await max(`${path}/approve`, proof)
  expect([done.status, done.to]).toEqual([303, path])
  expect((await max(path)).text).toContain('This request is approved.')

  const delivery = await world.app.db
    .selectFrom('deliveries')
    .select('id')
    .where('userId', '=', developer.userId)
    .executeTakeFirstOrThrow()
  const link = `/delivery/${delivery.id}`
  // A mail scanner, or who merely looks, changes nothing.
  expect((await fetch(`${world.api.url}${link}`, { redirect: 'manual' })).status).toBe(303)
  const waiting = await ada(link)
  expect(waiting.text).toContain('&lt;b&gt;nightly&lt;/b&gt;')
  expect(waiting.text).not.toContain('sk-cvg-')
  expect((await max(link)).status).toBe(404)

  expect((await ada(link, {})).text).toContain('proofPassword')
  const opened = await ada(link, proof)
  const secret = /sk-cvg-dev-\w{49}/.exec(opened.text)?.[0]
  const headers = { authorization: `Bearer ${secret}` }
  expect((await fetch(`${world.url}/v1/models`, { headers })).status).toBe(200)
  const again = await ada(link, proof)
  expect([again.status, again.text.includes('opened before'), again.text.includes('sk-cvg')]).toEqual([
    409,
    true,
    false,
  ])
  expect((await ada(link)).text).toContain('Opened already')
})

test('a denial says why; one’s own request, and that of nobody, cannot be decided', async () => {
  const admin = await somebody('admin')
  const max = await browserOf(admin)
  const { id } = await world.ask(await somebody('developer'), wish())
  expect((await max(`/access-requests/${id}/deny`, { reason: ' ' })).text).toContain('Say why you deny it.')
  const reason = 'Use the shared one.'
  expect((await max(`/access-requests/${id}/deny`, { reason })).text).toContain(
    `Your reason: <strong>${reason}</strong>`,
  )
  await max(`/access-requests/${id}/deny`, { reason, ...proof })
  expect((await max(`/access-requests/${id}`)).text).toContain('Use the shared one.')
  const own = await world.ask(admin, wish())
  const answer = await max(`/access-requests/${own.id}/approve`, proof)
  expect([answer.status, answer.text.includes('own request')]).toEqual([403, true])
  expect((await max('/access-requests/acr_0')).status).toBe(404)
})

test('an approver leaves less of it on the page, and never more', async () => {
  const max = await browserOf(await somebody('admin'))
  const until = '2099-05-01T10:00:00.000Z'
  const { id } = await world.ask(await somebody('developer'), {
    kind: 'model',
    models: ['claude-*', 'gpt-5'],
    environmentId: world.ids.environment,
    until,
    reason: 'a test',
  })
  const path = `/access-requests/${id}`
  const shown = (await max(path)).text
  expect(shown).toContain('value="2099-05-01T10:00"')
  expect(shown).toContain('value="claude-*, gpt-5"')
  const more = await max(`${path}/approve`, { models: 'claude-*, o9', ...proof })
  expect([more.status, more.text.includes('Models: this is more than was asked for')]).toEqual([400, true])
  const wrong = await max(`${path}/approve`, { until: 'soon' })
  expect([wrong.status, wrong.text.includes('Until (UTC)')]).toEqual([400, true])
  const less = { models: 'gpt-5', until: '2099-04-01T00:00' }
  const asked = await max(`${path}/approve`, less)
  expect(asked.text).toContain('name="models" value="gpt-5"')
  for (const given of ['Models: <strong>gpt-5<', 'Until: <strong>2099-04-01 00:00 UTC<'])
    expect(asked.text).toContain(given)
  expect((await max(`${path}/approve`, { ...less, ...proof })).status).toBe(303)
  const row = world.app.db.selectFrom('accessRequests').select(['state', 'narrowed']).where('id', '=', id)
  expect(await row.executeTakeFirst()).toEqual({
    state: 'approved',
    narrowed: { models: ['gpt-5'], until: '2099-04-01T00:00:00Z' },
  })
})

test('what an approver left as it was is approved as it was', async () => {
  const max = await browserOf(await somebody('admin'))
  const { id } = await world.ask(await somebody('developer'), { ...wish(), name: 'weekly' })
  await max(`/access-requests/${id}/approve`, { until: '', ...proof })
  const row = world.app.db.selectFrom('accessRequests').select(['state', 'narrowed']).where('id', '=', id)
  expect(await row.executeTakeFirst()).toEqual({ state: 'approved', narrowed: null })
})
