import { hash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/app.ts'
import {
  type Answer,
  type ControlPlane,
  operationNamed,
  serveControlPlane,
} from '../../test/control-plane.ts'
import { databaseText } from '../../test/database-text.ts'
import { createSession, endSessions } from '../actions/sessions.ts'
import { createUser } from '../actions/users.ts'
import { visitOf } from '../app.ts'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const CLIENT = { client_id: 'claviger-cli' }
const REDIRECT = 'http://127.0.0.1:53412/callback'
const STATE = 'a-state-that-nobody-guesses'

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
beforeEach(async () => {
  await app.db.deleteFrom('throttles').execute()
  await app.db.deleteFrom('deviceCodes').execute()
})

let people = 0

/** Somebody in a browser of theirs: signed in, with the factors that `mfa` says. */
async function person({ mfa = true } = {}) {
  const about = { email: `cli-${++people}@example.com`, name: 'Ada' }
  const { id: userId } = await createUser(app.as(), { params: {}, query: {}, body: about })
  const methods = mfa ? ['pwd', 'otp'] : ['pwd']
  const session = await createSession(visitOf(app), { userId, kind: 'browser', methods, mfa })
  const cookie = `__Host-claviger=${session.secret}`
  async function go(path: string, fields?: Record<string, string>, headers: Record<string, string> = {}) {
    const answer = await fetch(`${api.url}${path}`, {
      redirect: 'manual',
      headers: { cookie, ...(fields && { origin: new URL(app.config.url).origin }), ...headers },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    })
    const { status } = answer
    return { status, to: answer.headers.get('location'), headers: answer.headers, text: await answer.text() }
  }
  return { userId, sessionId: session.sessionId, ...about, go }
}

async function post(path: string, form: Record<string, string>, headers = {}): Promise<Answer> {
  const answer = await fetch(`${api.url}${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
  })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}
const token = (form: Record<string, string>) => post('/oauth/token', { ...CLIENT, ...form })
const offer = async (form = {}) => (await post('/oauth/device_authorization', { ...CLIENT, ...form })).body
const poll = (deviceCode: string) => token({ grant_type: DEVICE, device_code: deviceCode })
const refresh = (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken })
const self = (accessToken: string) => api.send(operationNamed('tokenSelf'), {}, { token: accessToken })
/** As if the device had waited as long as it must. */
const wait = () => app.db.updateTable('deviceCodes').set({ lastPollAt: null }).execute()

async function signedInDevice(who: Awaited<ReturnType<typeof person>>) {
  const { device_code, user_code } = await offer()
  await who.go('/device/answer', { code: user_code, answer: 'yes' })
  const { body } = await poll(device_code)
  return { access: body.access_token as string, refresh: body.refresh_token as string }
}

describe('a device without a browser', () => {
  test('gets a code to show, waits, and is signed in as who said yes, once', async () => {
    const ada = await person()
    const given = await offer({ client_name: 'build box' })
    expect(given).toMatchObject({
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${app.config.url}/device`,
      verification_uri_complete: `${app.config.url}/device?code=${given.user_code}`,
      expires_in: 600,
      interval: 5,
    })
    expect((await poll(given.device_code)).body).toEqual({ error: 'authorization_pending' })
    await wait()

    const link = await ada.go(`/device?code=${given.user_code}`)
    expect([link.status, link.text.includes(`value="${given.user_code}"`)]).toEqual([200, true])
    const seen = await ada.go('/device', { code: given.user_code.toLowerCase() })
    for (const what of ['build box', ada.email, given.user_code, '127.0.0.1'])
      expect(seen.text).toContain(what)
    // Looking is no yes.
    expect((await poll(given.device_code)).body).toEqual({ error: 'authorization_pending' })
    await wait()

    const yes = await ada.go('/device/answer', { code: given.user_code, answer: 'yes' })
    expect([yes.status, yes.text.includes('It is signed in')]).toEqual([200, true])
    const { status, body, headers } = await poll(given.device_code)
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(body).toEqual({
      access_token: expect.stringMatching(/^cvg_acc_/),
      refresh_token: expect.stringMatching(/^cvg_ref_/),
      token_type: 'Bearer',
      expires_in: 3600,
    })
    expect((await self(body.access_token)).body).toMatchObject({
      user: { id: ada.userId },
      session: { methods: ['pwd', 'otp'] },
    })
    await wait()
    expect((await poll(given.device_code)).body).toEqual({ error: 'invalid_grant' })
    const kept = (await databaseText(app.db)) + app.logged.join('\n')
    for (const secret of [given.device_code, body.access_token, body.refresh_token]) {
      expect(kept).not.toContain(secret)
    }
  })

  test('that asks too soon waits longer each time', async () => {
    const { device_code } = await offer()
    const answers: string[] = []
    for (let i = 0; i < 3; i++) answers.push((await poll(device_code)).body.error)
    expect(answers).toEqual(['authorization_pending', 'slow_down', 'slow_down'])
    const { intervalSeconds } = await app.db.selectFrom('deviceCodes').selectAll().executeTakeFirstOrThrow()
    expect(intervalSeconds).toBe(15)
  })

  test('whose person says no gets nothing', async () => {
    const ada = await person()
    const { device_code, user_code } = await offer()
    expect((await ada.go('/device/answer', { code: user_code, answer: 'no' })).text).toContain(
      'not signed in',
    )
    expect((await poll(device_code)).body).toEqual({ error: 'access_denied' })
    const again = await ada.go('/device/answer', { code: user_code, answer: 'yes' })
    expect(again.status).toBe(404)
  })

  test('is refused after ten minutes, with a yes or without', async () => {
    const ada = await person()
    const late = await offer()
    const approved = await offer()
    await ada.go('/device/answer', { code: approved.user_code, answer: 'yes' })
    await app.db
      .updateTable('deviceCodes')
      .set({ expiresAt: sql<Date>`now() - interval '1 second'` })
      .execute()
    expect((await ada.go('/device/answer', { code: late.user_code, answer: 'yes' })).status).toBe(404)
    for (const { device_code } of [late, approved]) {
      expect((await poll(device_code)).body).toEqual({ error: 'expired_token' })
    }
  })

  test('that somebody has answered belongs to them: another browser changes nothing', async () => {
    const [ada, bob] = [await person(), await person()]
    const { device_code, user_code } = await offer()
    await ada.go('/device/answer', { code: user_code, answer: 'yes' })
    for (const answer of ['yes', 'no']) {
      expect((await bob.go('/device/answer', { code: user_code, answer })).status).toBe(404)
    }
    expect((await bob.go('/device', { code: user_code })).status).toBe(404)
    const { body } = await poll(device_code)
    expect((await self(body.access_token)).body.user.id).toBe(ada.userId)
  })

  test('of many answers at once the first counts', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => person()))
    const { user_code: code } = await offer()
    const answer = (i: number) => (i % 2 === 0 ? 'yes' : 'no')
    const answers = await Promise.all(
      people.map(({ go }, i) => go('/device/answer', { code, answer: answer(i) })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('of two polls at once one gets the tokens', async () => {
    const ada = await person()
    const { device_code, user_code } = await offer()
    await ada.go('/device/answer', { code: user_code, answer: 'yes' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => poll(device_code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('gets nothing from a yes of somebody who was signed out since', async () => {
    const ada = await person()
    const { device_code, user_code } = await offer()
    await ada.go('/device/answer', { code: user_code, answer: 'yes' })
    await endSessions(app.as(), { userId: ada.userId }, 'password changed')
    expect((await poll(device_code)).body).toEqual({ error: 'access_denied' })
  })

  test('guessed codes are slowed down, also with a code of one’s own in between', async () => {
    const ada = await person()
    const own = await offer()
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) {
      statuses.push((await ada.go('/device/answer', { code: 'BCDF-GHJK', answer: 'yes' })).status)
      statuses.push((await ada.go('/device', { code: own.user_code })).status)
    }
    expect(statuses.slice(0, 4)).toEqual([404, 200, 404, 200])
    expect(statuses.slice(-4)).toEqual([429, 429, 429, 429])
    // Also from another browser at the same address.
    const bob = await person()
    expect((await bob.go('/device', { code: own.user_code })).status).toBe(429)
  })

  test('37: parallel guesses are all counted', async () => {
    const ada = await person()
    const guesses = Array.from({ length: 40 }, () => ada.go('/device', { code: 'BCDF-GHJK' }))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 404).length).toBeLessThanOrEqual(6)
  })

  test('more than twenty do not wait at one address', async () => {
    for (let i = 0; i < 20; i++) await offer()
    const { status, headers } = await post('/oauth/device_authorization', CLIENT)
    expect([status, headers.get('retry-after')]).toEqual([429, '60'])
  })
})

test('26, 38: only a form of ours, in a browser that is signed in with all factors, says yes', async () => {
  const ada = await person()
  const { device_code, user_code } = await offer()
  const yes = { code: user_code, answer: 'yes' }
  for (const origin of ['https://evil.example', 'null', `${new URL(app.config.url).origin}.evil.example`]) {
    expect((await ada.go('/device/answer', yes, { origin })).status).toBe(403)
  }
  const secrets = ['sgn', 'tok'].map((kind) => `cvg_${kind}_${'x'.repeat(49)}`)
  for (const cookie of [
    '',
    ...secrets.map((secret) => `__Host-claviger=${secret}`),
    '__Host-claviger-sign-in=x',
  ]) {
    expect((await ada.go('/device/answer', yes, { cookie })).to).toBe(
      `/sign-in?${new URLSearchParams({ to: `/device?code=${user_code}` })}`,
    )
  }
  // A session of a command line, presented as one presents an API token, is no browser.
  const { access } = await signedInDevice(ada)
  const bearer = { cookie: `__Host-claviger=${access}`, authorization: `Bearer ${access}` }
  expect((await ada.go('/device/answer', yes, bearer)).status).toBe(303)
  expect((await poll(device_code)).body).toEqual({ error: 'authorization_pending' })
})

test('31: what a device calls itself is text on the page', async () => {
  const ada = await person()
  const { user_code } = await offer({ client_name: '<script>alert(1)</script>' })
  const { text } = await ada.go('/device', { code: user_code })
  expect(text).toContain('&lt;script&gt;')
  expect(text).not.toContain('<script>alert')
})

describe('the browser of the same machine', () => {
  const verifier = () => randomBytes(32).toString('base64url')
  const asked = (secret: string, more = {}) => ({
    response_type: 'code',
    ...CLIENT,
    redirect_uri: REDIRECT,
    code_challenge: hash('sha256', secret, 'base64url'),
    code_challenge_method: 'S256',
    state: STATE,
    client_name: 'laptop',
    ...more,
  })
  const codeOf = (to: string | null) => new URL(to ?? '').searchParams.get('code') ?? ''
  const redeem = (code: string, secret: string, more = {}) =>
    token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: secret, ...more })

  test('is asked, and brings a code to the command line', async () => {
    const ada = await person()
    const secret = verifier()
    const fields = asked(secret)
    const page = await ada.go(`/oauth/authorize?${new URLSearchParams(fields)}`)
    expect([page.status, page.text.includes(ada.email), page.text.includes('laptop')]).toEqual([
      200,
      true,
      true,
    ])
    expect(page.headers.get('content-security-policy')).toContain(
      "form-action 'self' http://127.0.0.1:53412;",
    )
    const { status, to } = await ada.go('/oauth/authorize', { ...fields, answer: 'yes' })
    expect([status, to?.startsWith(`${REDIRECT}?code=cvg_cod_`), to?.endsWith(`&state=${STATE}`)]).toEqual([
      303,
      true,
      true,
    ])
    const given = await redeem(codeOf(to), secret)
    expect((await self(given.body.access_token)).body.user.id).toBe(ada.userId)
  })

  test('says no', async () => {
    const ada = await person()
    const { to } = await ada.go('/oauth/authorize', { ...asked(verifier()), answer: 'no' })
    expect(to).toBe(`${REDIRECT}?error=access_denied&state=${STATE}`)
  })

  test('comes back to the question after signing in', async () => {
    const ada = await person()
    const path = `/oauth/authorize?${new URLSearchParams(asked(verifier()))}`
    const { to } = await ada.go(path, undefined, { cookie: '' })
    expect(to).toBe(`/sign-in?${new URLSearchParams({ to: path })}`)
  })

  test.each<[string, (secret: string) => [string, object]]>([
    ['47: without the verifier of who began', () => [verifier(), {}]],
    [
      '47: with the challenge as the verifier, as with plain',
      (secret) => [hash('sha256', secret, 'base64url'), {}],
    ],
    ['with a verifier that is too short', () => ['short', {}]],
    ['at another address', (secret) => [secret, { redirect_uri: 'http://127.0.0.1:1/callback' }]],
  ])('a code is not redeemed %s, and is used up by the try', async (_, wrong) => {
    const ada = await person()
    const secret = verifier()
    const { to } = await ada.go('/oauth/authorize', { ...asked(secret), answer: 'yes' })
    const [presented, more] = wrong(secret)
    expect((await redeem(codeOf(to), presented, more)).body).toEqual({ error: 'invalid_grant' })
    expect((await redeem(codeOf(to), secret)).body).toEqual({ error: 'invalid_grant' })
  })

  test('a code that comes back ends the session that it made, and a finding says so', async () => {
    const ada = await person()
    const secret = verifier()
    const { to } = await ada.go('/oauth/authorize', { ...asked(secret), answer: 'yes' })
    const { body } = await redeem(codeOf(to), secret)
    expect((await self(body.access_token)).status).toBe(200)
    expect((await redeem(codeOf(to), verifier())).body).toEqual({ error: 'invalid_grant' })
    expect((await self(body.access_token)).status).toBe(401)
    expect((await refresh(body.refresh_token)).status).toBe(400)
    const findings = await app.db
      .selectFrom('findings')
      .select(['kind', 'severity'])
      .where('targetId', '=', ada.userId)
      .execute()
    expect(findings).toEqual([{ kind: 'authorization-code-reused', severity: 'high' }])
  })

  test('of those who bring the same code at once one gets tokens, and none keeps them', async () => {
    const ada = await person()
    const secret = verifier()
    const { to } = await ada.go('/oauth/authorize', { ...asked(secret), answer: 'yes' })
    const answers = await Promise.all([1, 2, 3, 4].map(() => redeem(codeOf(to), secret)))
    const given = answers.filter(({ status }) => status === 200)
    expect(given).toHaveLength(1)
    expect((await self(given[0]?.body.access_token)).status).toBe(401)
  })

  test('47: a code of one sign-in is nothing in another', async () => {
    const [ada, eve] = [await person(), await person()]
    const [hers, his] = [verifier(), verifier()]
    const victim = await ada.go('/oauth/authorize', { ...asked(hers), answer: 'yes' })
    await eve.go('/oauth/authorize', { ...asked(his), answer: 'yes' })
    expect((await redeem(codeOf(victim.to), his)).status).toBe(400)
  })

  test.each<[string, object]>([
    ['47: plain', { code_challenge_method: 'plain' }],
    ['32: another host', { redirect_uri: 'https://evil.example/callback' }],
    ['32: another path', { redirect_uri: 'http://127.0.0.1:53412/elsewhere' }],
    ['a token at once', { response_type: 'token' }],
  ])('is sent nowhere by a request that is not right: %s', async (_, more) => {
    const ada = await person()
    const fields = asked(verifier(), more)
    for (const answer of [
      await ada.go(`/oauth/authorize?${new URLSearchParams(fields)}`),
      await ada.go('/oauth/authorize', { ...fields, answer: 'yes' }),
    ]) {
      expect([answer.status, answer.to]).toEqual([400, null])
    }
  })

  test('is sent nowhere by a parameter that is there twice', async () => {
    const ada = await person()
    const query = `${new URLSearchParams(asked(verifier()))}&redirect_uri=${encodeURIComponent('https://evil.example/')}`
    expect((await ada.go(`/oauth/authorize?${query}`)).status).toBe(400)
  })

  test('a code is of no use after a minute, nor when its browser was signed out', async () => {
    const ada = await person()
    const secret = verifier()
    const yes = async () => codeOf((await ada.go('/oauth/authorize', { ...asked(secret), answer: 'yes' })).to)
    const old = await yes()
    await app.db.updateTable('authorizationCodes').set({ expiresAt: sql<Date>`now()` }).execute()
    expect((await redeem(old, secret)).status).toBe(400)
    const fresh = await yes()
    await endSessions(app.as(), { userId: ada.userId }, 'offboarded')
    expect((await redeem(fresh, secret)).status).toBe(400)
  })
})

describe('24: a session of the command line', () => {
  test('goes on with its refresh token; the tokens of before stop, the access token after a minute', async () => {
    const ada = await person()
    const first = await signedInDevice(ada)
    const { status, body } = await refresh(first.refresh)
    expect([status, body.expires_in]).toEqual([200, 3600])
    expect((await self(body.access_token)).status).toBe(200)
    expect((await self(first.access)).status).toBe(200)
    await app.db.updateTable('sessions').set({ previousUntil: sql<Date>`now()` }).execute()
    expect((await self(first.access)).status).toBe(401)
    expect((await self(body.access_token)).status).toBe(200)
  })

  test('ends for both when a refresh token is used twice, and a finding says so', async () => {
    const ada = await person()
    const first = await signedInDevice(ada)
    const next = (await refresh(first.refresh)).body
    expect((await refresh(first.refresh)).body).toEqual({ error: 'invalid_grant' })
    for (const secret of [first.access, next.access_token]) expect((await self(secret)).status).toBe(401)
    expect((await refresh(next.refresh_token)).status).toBe(400)
    const finding = await app.db
      .selectFrom('findings')
      .selectAll()
      .where('targetId', '=', ada.userId)
      .executeTakeFirstOrThrow()
    expect(finding).toMatchObject({ kind: 'refresh-token-reused', severity: 'high', count: 1 })
    const ended = await app.db
      .selectFrom('auditEvents')
      .selectAll()
      .where('action', '=', 'session.end')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(ended).toMatchObject({ actorKind: 'nobody', reason: 'its refresh token was used twice' })
    // The browser in which it was approved is another session.
    expect((await ada.go('/device')).status).toBe(200)
  })

  test('of two refreshes at once one is a second use', async () => {
    const ada = await person()
    const { refresh: token } = await signedInDevice(ada)
    const answers = await Promise.all([refresh(token), refresh(token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const given = answers.find(({ status }) => status === 200)
    expect((await self(given?.body.access_token)).status).toBe(401)
  })

  test('ends with all of its person’s', async () => {
    const ada = await person()
    const { refresh: token } = await signedInDevice(ada)
    await endSessions(app.as(), { userId: ada.userId }, 'password changed')
    expect((await refresh(token)).body).toEqual({ error: 'invalid_grant' })
  })

  test('is signed out by either of its tokens, and by no other', async () => {
    for (const which of ['access', 'refresh'] as const) {
      const ada = await person()
      const tokens = await signedInDevice(ada)
      for (const other of ['', 'nonsense', api.owner]) {
        expect((await post('/oauth/revoke', { token: other })).status).toBe(200)
      }
      expect((await self(tokens.access)).status).toBe(200)
      expect((await post('/oauth/revoke', { token: tokens[which] })).status).toBe(200)
      expect((await self(tokens.access)).status).toBe(401)
      expect((await refresh(tokens.refresh)).status).toBe(400)
    }
  })

  test('38: is as strong as the browser that let it in, no stronger', async () => {
    const ada = await person({ mfa: false })
    const { access } = await signedInDevice(ada)
    expect((await self(access)).body.session.methods).toEqual(['pwd'])
    const row = await app.db
      .selectFrom('sessions')
      .selectAll()
      .where('hash', '=', app.keyring.hashSecret(access))
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ kind: 'cli', mfa: false })
  })
})

describe('137: a secret of one kind is no other', () => {
  test('at the token endpoint', async () => {
    const ada = await person()
    const { device_code } = await offer()
    const { access, refresh: token1 } = await signedInDevice(ada)
    for (const secret of [device_code, access, api.owner]) expect((await refresh(secret)).status).toBe(400)
    for (const secret of [access, token1, api.owner]) {
      expect((await poll(secret)).body).toEqual({ error: 'invalid_grant' })
    }
    for (const secret of [device_code, token1]) expect((await self(secret)).status).toBe(401)
  })
})

test.each<[string, string, Record<string, string>, number, string]>([
  ['no client', '/oauth/token', { grant_type: 'refresh_token', refresh_token: 'x' }, 400, 'invalid_request'],
  [
    'another client',
    '/oauth/token',
    { grant_type: DEVICE, device_code: 'x', client_id: 'x' },
    401,
    'invalid_client',
  ],
  ['another client', '/oauth/device_authorization', { client_id: 'x' }, 401, 'invalid_client'],
  ['no code', '/oauth/token', { grant_type: DEVICE, ...CLIENT }, 400, 'invalid_request'],
  [
    'an inherited name',
    '/oauth/token',
    { grant_type: 'constructor', ...CLIENT },
    400,
    'unsupported_grant_type',
  ],
  ['nothing', '/oauth/revoke', {}, 400, 'invalid_request'],
])('a form that is not right is refused as OAuth says: %s at %s', async (_, path, form, status, error) => {
  const answer = await post(path, form)
  expect([answer.status, answer.body.error]).toEqual([status, error])
})

test('says where it is, without an authorization endpoint', async () => {
  const answer = await fetch(`${api.url}/.well-known/oauth-authorization-server`)
  const metadata = await answer.json()
  expect(metadata).toMatchObject({
    issuer: app.config.url,
    token_endpoint: `${app.config.url}/oauth/token`,
    device_authorization_endpoint: `${app.config.url}/oauth/device_authorization`,
  })
  expect(metadata).not.toHaveProperty('authorization_endpoint')
})
