import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeIdp, fakeIdp } from '../../test/fake-idp.ts'
import { oidcProvider } from '../../test/oidc-provider.ts'
import { type SsoWorld, ssoWorld } from '../../test/sso-world.ts'
import { visitOf } from '../app.ts'
import { call } from '../contract/client.ts'
import { profileView } from '../contract/profile.ts'
import { createSession } from './sessions.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

let world: SsoWorld
let idp: FakeIdp
let connectionId: string
beforeAll(async () => {
  world = await ssoWorld()
  idp = await fakeIdp()
  connectionId = await world.connect(idp, { name: 'Fake', domains: ['acme.test'] })
})
afterAll(async () => {
  await idp[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const logoutUri = (id = connectionId) => `${world.api.url}/sso/${id}/backchannel-logout`
const post = (token: string, uri = logoutUri()) =>
  fetch(uri, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })

let tokens = 0
function claims(over: Record<string, unknown> = {}): Record<string, unknown> {
  tokens += 1
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, exp: now + 120 }
  return {
    iss: idp.issuer,
    aud: 'claviger',
    ...times,
    jti: `token-${tokens}`,
    events: { [EVENT]: {} },
    ...over,
  }
}

/** A browser in which this person signed in, in this session of the provider. */
async function signedIn(sub: string, sid: string) {
  idp.person = { sub, sid, email: `${sub}@acme.test`, email_verified: true }
  const browser = world.open()
  await browser.go(`/sso/${connectionId}/start`)
  const isIn = async () => (await browser.go('/device')).url.endsWith('/device')
  expect(await isIn()).toBe(true)
  return { browser, isIn }
}

test('58: who signs out at a real provider is signed out here within two seconds', async () => {
  await using okta = await oidcProvider({ url: world.app.config.url })
  const id = await world.connect(okta, { domains: ['okta.test'] })
  okta.backchannelLogoutUri = logoutUri(id)
  okta.accounts.ada = { email: 'ada@okta.test', email_verified: true }
  okta.person = 'ada'
  const browser = world.open()
  await browser.go(`/sso/${id}/start`)
  expect((await browser.go('/device')).url).toMatch(/\/device$/)
  const elsewhere = world.open()
  await elsewhere.go(`/sso/${id}/start`)
  const began = Date.now()
  await okta.signOut(browser)
  expect((await browser.go('/device')).url).toContain('/sign-in?')
  expect(Date.now() - began).toBeLessThan(2_000)
  // Another session of theirs at the provider goes on.
  expect((await elsewhere.go('/device')).url).toMatch(/\/device$/)
})

test('a session of the provider is ended by its name, and all of a person by theirs', async () => {
  const [one, two, other] = [
    await signedIn('ada', 's1'),
    await signedIn('ada', 's2'),
    await signedIn('bob', 's3'),
  ]
  expect((await post(await idp.sign(claims({ sub: 'ada', sid: 's1' })))).status).toBe(200)
  expect([await one.isIn(), await two.isIn(), await other.isIn()]).toEqual([false, true, true])
  expect((await post(await idp.sign(claims({ sub: 'ada' })))).status).toBe(200)
  expect([await two.isIn(), await other.isIn()]).toEqual([false, true])
})

test('a sign-in that waits for its second factor ends as well', async () => {
  idp.person = { sub: 'ada', sid: 's4', email: 'ada@acme.test', email_verified: true }
  await world.app.db.updateTable('throttles').set({ failures: 0 }).execute()
  const { userId } = await world.app.db
    .selectFrom('identities')
    .select('userId')
    .where('subject', '=', 'ada')
    .executeTakeFirstOrThrow()
  await world.app.db
    .insertInto('signIns')
    .values({
      id: 'sgn_waiting',
      hash: 'waiting',
      userId,
      methods: ['sso'],
      connectionId,
      ssoSid: 's4',
      needs: 'factor',
      returnTo: '/profile',
      expiresAt: new Date(Date.now() + 60_000),
    })
    .execute()
  expect((await post(await idp.sign(claims({ sid: 's4' })))).status).toBe(200)
  expect(
    await world.app.db.selectFrom('signIns').select('id').where('id', '=', 'sgn_waiting').execute(),
  ).toEqual([])
})

test('a command line that was let in from such a browser ends with it', async () => {
  await signedIn('ada', 's6')
  const { userId } = await world.app.db
    .selectFrom('sessions')
    .select('userId')
    .where('ssoSid', '=', 's6')
    .executeTakeFirstOrThrow()
  const session = { userId, kind: 'cli', methods: ['sso'], mfa: false, connectionId, ssoSid: 's6' } as const
  const { secret } = await createSession(visitOf(world.app), session)
  const profile = () => call(world.api.client(secret), profileView, {})
  expect((await profile()).user.id).toBe(userId)
  expect((await post(await idp.sign(claims({ sid: 's6' })))).status).toBe(200)
  await expect(profile()).rejects.toMatchObject({ status: 401 })
})

test('a token is good once', async () => {
  const token = await idp.sign(claims({ sid: 'of-nobody' }))
  expect((await post(token)).status).toBe(200)
  expect((await post(token)).status).toBe(400)
})

const now = () => Math.floor(Date.now() / 1000)

test.each<[string, () => string | Promise<string>]>([
  ['that is no token', () => 'hello'],
  ['with a nonce: it is an ID token', () => idp.sign(claims({ sid: 's3', nonce: 'n' }))],
  ['without the event', () => idp.sign(claims({ sid: 's3', events: {} }))],
  ['with the event as text', () => idp.sign(claims({ sid: 's3', events: EVENT }))],
  ['that names nobody', () => idp.sign(claims())],
  ['without a name of its own', () => idp.sign(claims({ sid: 's3', jti: undefined }))],
  ['for somebody else', () => idp.sign(claims({ sid: 's3', aud: 'another' }))],
  ['of another issuer', () => idp.sign(claims({ sid: 's3', iss: 'https://elsewhere.example' }))],
  ['that is over', () => idp.sign(claims({ sid: 's3', iat: now() - 300, exp: now() - 120 }))],
  ['that never ends', () => idp.sign(claims({ sid: 's3', exp: undefined }))],
  ['that is old', () => idp.sign(claims({ sid: 's3', iat: now() - 3600 }))],
  [
    'that nobody signed',
    () => {
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
      return `${part({ alg: 'none' })}.${part(claims({ sid: 's3' }))}.`
    },
  ],
  ['of another key', async () => `${(await idp.sign(claims({ sid: 's3' }))).slice(0, -8)}AAAAAAAA`],
])('one %s ends nothing', async (_, token) => {
  // Forged ones are counted, and this test sends many from one address.
  await world.app.db.deleteFrom('throttles').execute()
  const bob = await signedIn('bob', 's3')
  expect((await post(await token())).status).toBe(400)
  expect(await bob.isIn()).toBe(true)
})

test('a token of one connection ends nothing of another', async () => {
  await world.app.db.deleteFrom('throttles').execute()
  const bob = await signedIn('bob', 's5')
  await using other = await fakeIdp()
  const id = await world.connect(other, { domains: [] })
  const now = Math.floor(Date.now() / 1000)
  const token = await other.sign({ ...claims({ sid: 's5', sub: 'bob' }), iss: other.issuer, iat: now })
  expect((await post(token, logoutUri(id))).status).toBe(200)
  expect((await post(token)).status).toBe(400)
  expect(await bob.isIn()).toBe(true)
})

test('who sends forged ones is slowed down', async () => {
  const statuses: number[] = []
  for (let i = 0; i < 12; i++)
    statuses.push((await post(await idp.sign(claims({ aud: 'another', sid: 'x' })))).status)
  expect(statuses).toContain(429)
  const refused = world.app.db.selectFrom('auditEvents').where('action', '=', 'sso-logout.refuse').selectAll()
  expect(await refused.executeTakeFirst()).toMatchObject({ actorKind: 'nobody', result: 'denied' })
  await world.app.db.deleteFrom('throttles').execute()
})
