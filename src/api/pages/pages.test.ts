import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../../test/app.ts'
import { type ControlPlane, serveControlPlane } from '../../../test/control-plane.ts'
import { browserAt } from '../../../test/cookie-browser.ts'
import { newPerson, PASSWORD } from '../../../test/people.ts'
import { totpCode } from '../../../test/totp.ts'

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

const somebody = async (name?: string) => (await newPerson(app, name)).email

const browser = () => browserAt(api.url, new URL(app.config.url).origin)

async function signedIn(email: string) {
  const { go, jar } = browser()
  await go('/sign-in', { email, password: PASSWORD, to: '/account' })
  return { go, jar }
}

test('the address, then the password, then the page that somebody wanted', async () => {
  const email = await somebody()
  const { go } = browser()
  const away = await go('/account?tab=1')
  expect([away.status, away.to]).toEqual([303, '/sign-in?to=%2Faccount%3Ftab%3D1'])
  expect((await go('/sign-in', { email, to: '/account?tab=1' })).text).toContain('current-password')
  const wrong = await go('/sign-in', { email, password: 'not this one, no', to: '/' })
  expect([wrong.status, wrong.text.includes('The e-mail address or the password is wrong.')]).toEqual([
    401,
    true,
  ])
  const right = await go('/sign-in', { email, password: PASSWORD, to: '/account?tab=1' })
  expect([right.status, right.to]).toEqual([303, '/account?tab=1'])
  expect((await go('/account')).text).toContain(email)
})

test('32: a link to sign in never leads away', async () => {
  const email = await somebody()
  const { to } = await browser().go('/sign-in', { email, password: PASSWORD, to: '//evil.example' })
  expect(to).toBe('/')
})

test('an app is added after a confirmation, asked for from then on, and removed with a code', async () => {
  const email = await somebody()
  const { go } = await signedIn(email)
  expect((await go('/account/totp', {})).text).toContain('name="proofPassword"')
  expect((await go('/account/totp', { proofPassword: 'not this one, no' })).status).toBe(400)
  const offer = await go('/account/totp', { proofPassword: PASSWORD })
  const secret = /aria-label="Secret">([A-Z2-7 ]+)</.exec(offer.text)?.[1]?.replaceAll(' ', '') ?? ''
  expect((await go('/account/totp/confirm', { code: '000000' })).status).toBe(400)
  const added = await go('/account/totp/confirm', { code: totpCode(secret, { stepsAhead: -1 }) })
  expect(added.text.match(/(?<=[>\n])[a-z2-9]{5}-[a-z2-9]{5}(?=[<\n])/g)).toHaveLength(10)

  const other = browser()
  const step = await other.go('/sign-in', { email, password: PASSWORD, to: '/account' })
  expect(step.to).toBe('/sign-in/factor')
  expect((await other.go('/account')).to).toMatch(/^\/sign-in/)
  expect((await other.go('/sign-in/factor', { code: totpCode(secret) })).to).toBe('/account')

  expect((await go('/account/totp/remove', {})).text).toContain('name="proofCode"')
  const removed = await go('/account/totp/remove', { proofCode: totpCode(secret, { stepsAhead: 1 }) })
  expect(removed.to).toBe('/account')
})

test('what a program of theirs asks for is confirmed on a page of its own', async () => {
  const { go, jar } = await signedIn(await somebody())
  const asked = await fetch(`${api.url}/api/v1/step-ups`, {
    method: 'POST',
    headers: {
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      origin: new URL(app.config.url).origin,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ operation: 'tokenCreate', requestHash: 'x'.repeat(43) }),
  })
  const { id } = (await asked.json()) as { id: string }
  expect((await go(`/step-up/${id}`)).text).toContain('Create an API token')
  expect((await go(`/step-up/${id}`, { proofPassword: 'not this one, no' })).status).toBe(400)
  expect((await go(`/step-up/${id}`, { proofPassword: PASSWORD })).text).toContain('Confirmed')
  const stranger = await signedIn(await somebody())
  expect((await stranger.go(`/step-up/${id}`)).status).toBe(404)
})

test('24: signing out, out of another browser, and out of all, binds at the next request', async () => {
  const email = await somebody()
  const [one, two, three] = [await signedIn(email), await signedIn(email), await signedIn(email)]
  const inside = async ({ go }: typeof one) => (await go('/account')).status === 200
  await one.go('/sign-out', {})
  expect([await inside(one), await inside(two), await inside(three)]).toEqual([false, true, true])
  const [, sessionId = ''] = /name="sessionId" value="(ses_\w+)"/.exec((await two.go('/account')).text) ?? []
  await two.go('/account/sessions/end', { sessionId })
  expect([await inside(two), await inside(three)]).toEqual([true, false])
  const four = await signedIn(email)
  await two.go('/account/sessions/clear', {})
  expect([await inside(two), await inside(four)]).toEqual([true, false])
})

describe('26: a form counts only when it comes from a page of ours', () => {
  const FORMS = [
    '/sign-in',
    '/sign-in/passkey',
    '/sign-in/factor',
    '/sign-in/enrol',
    '/sign-out',
    '/account/name',
    '/account/password',
    '/account/totp',
    '/account/totp/confirm',
    '/account/totp/remove',
    '/account/recovery-codes',
    '/account/passkeys',
    '/account/passkeys/add',
    '/account/passkeys/remove',
    '/account/email',
    '/email/x',
    '/email/stop/x',
    '/account/sessions/end',
    '/account/sessions/clear',
    '/step-up/stp_01JD0000000000000000000000',
    '/invite/x',
    '/reset',
    '/reset/x',
  ]
  test.each(FORMS)('%s', async (path) => {
    const { go } = await signedIn(await somebody())
    const own = new URL(app.config.url)
    for (const origin of [
      '',
      'null',
      'https://evil.example',
      `${own.origin}.evil.example`,
      'http://127.0.0.1:1',
    ]) {
      expect((await go(path, {}, { origin })).status, origin).toBe(403)
    }
    expect((await go(path, {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await go(path, {}, { 'content-type': 'text/plain' })).status).toBe(415)
  })
})

test('29, 31, 33, 35: what people write is shown as text, by a page that nothing frames, keeps or opens', async () => {
  const email = await somebody('"><img src=x onerror=alert(1)>')
  const { go } = await signedIn(email)
  const { text, headers } = await go('/account')
  expect(text).not.toContain('<img')
  expect(text).toContain('&lt;img')
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
})

test('34, 83: nothing is fed to pages as it happens', async () => {
  const { go } = await signedIn(await somebody())
  for (const path of ['/account', '/sign-in', '/api/v1/sessions']) {
    const { headers, status } = await go(path, undefined, { accept: 'text/event-stream' })
    expect(headers.get('content-type') ?? '').not.toContain('event-stream')
    expect(status).not.toBe(101)
  }
})
