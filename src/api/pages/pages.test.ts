import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../../test/app.ts'
import { type ControlPlane, serveControlPlane } from '../../../test/control-plane.ts'
import { browserAt, type FormBrowser } from '../../../test/cookie-browser.ts'
import { newPerson, PASSWORD } from '../../../test/people.ts'
import { callConfirmed } from '../../../test/step-up.ts'
import { totpCode } from '../../../test/totp.ts'
import { call } from '../../contract/client.ts'
import { profileView, totpConfirm, totpDelete, totpStart } from '../../contract/profile.ts'
import { sessionClear, sessionList, sessionRevoke } from '../../contract/sessions.ts'
import { stepUpCreate } from '../../contract/step-ups.ts'

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

const somebody = async () => (await newPerson(app)).email

const browser = () => browserAt(api.url, new URL(app.config.url).origin)

async function signedIn(email: string) {
  const own = browser()
  await own.go('/sign-in', { email, password: PASSWORD, to: '/profile' })
  return own
}

const emailOf = async ({ client }: FormBrowser) => (await call(client, profileView, {})).user.email
/** Whether they see a page that is for who is signed in. */
const inside = async ({ go }: FormBrowser) => (await go('/device')).status === 200

test('the address, then the password, then the page that somebody wanted', async () => {
  const email = await somebody()
  const own = browser()
  const { go } = own
  const away = await go('/email/cvg_emc_x?tab=1')
  expect([away.status, away.to]).toEqual([303, '/sign-in?to=%2Femail%2Fcvg_emc_x%3Ftab%3D1'])
  expect((await go('/sign-in', { email, to: '/profile?tab=1' })).text).toContain('current-password')
  const wrong = await go('/sign-in', { email, password: 'not this one, no', to: '/' })
  expect([wrong.status, wrong.text.includes('The e-mail address or the password is wrong.')]).toEqual([
    401,
    true,
  ])
  const right = await go('/sign-in', { email, password: PASSWORD, to: '/profile?tab=1' })
  expect([right.status, right.to]).toEqual([303, '/profile?tab=1'])
  expect(await emailOf(own)).toBe(email)
})

test('32: a link to sign in never leads away', async () => {
  const email = await somebody()
  const { to } = await browser().go('/sign-in', { email, password: PASSWORD, to: '//evil.example' })
  expect(to).toBe('/')
})

test('an app is added after a confirmation, asked for from then on, and removed with a code', async () => {
  const email = await somebody()
  const { client } = await signedIn(email)
  const wrong = callConfirmed(client, totpStart, {}, () => ({ password: 'not this one, no' }))
  await expect(wrong).rejects.toMatchObject({ status: 400 })
  const { secret } = await callConfirmed(client, totpStart, {}, () => ({ password: PASSWORD }))
  const confirm = (code: string) => call(client, totpConfirm, { body: { code } })
  await expect(confirm('000000')).rejects.toMatchObject({ status: 400 })
  const { recoveryCodes } = await confirm(totpCode(secret, { stepsAhead: -1 }))
  expect(recoveryCodes).toHaveLength(10)

  const other = browser()
  const step = await other.go('/sign-in', { email, password: PASSWORD, to: '/profile' })
  expect(step.to).toBe('/sign-in/factor')
  expect(await inside(other)).toBe(false)
  expect((await other.go('/sign-in/factor', { code: totpCode(secret) })).to).toBe('/profile')

  await callConfirmed(client, totpDelete, {}, ({ methods }) => {
    expect(methods).not.toContain('pwd')
    return { code: totpCode(secret, { stepsAhead: 1 }) }
  })
  expect((await call(client, profileView, {})).factors).toMatchObject({ totp: false, recoveryCodes: 0 })
})

test('what a program of theirs asks for is confirmed on a page of its own', async () => {
  const { go, client } = await signedIn(await somebody())
  const body = { operation: 'tokenCreate', requestHash: 'x'.repeat(43) }
  const { id } = await call(client, stepUpCreate, { body })
  expect((await go(`/step-up/${id}`)).text).toContain('Create an API token')
  expect((await go(`/step-up/${id}`, { proofPassword: 'not this one, no' })).status).toBe(400)
  expect((await go(`/step-up/${id}`, { proofPassword: PASSWORD })).text).toContain('Confirmed')
  const stranger = await signedIn(await somebody())
  expect((await stranger.go(`/step-up/${id}`)).status).toBe(404)
})

test('24: signing out, out of another browser, and out of all, binds at the next request', async () => {
  const email = await somebody()
  const [one, two, three] = [await signedIn(email), await signedIn(email), await signedIn(email)]
  await one.go('/sign-out', {})
  expect([await inside(one), await inside(two), await inside(three)]).toEqual([false, true, true])
  const { data } = await call(three.client, sessionList, {})
  const [last] = data.filter(({ current }) => current)
  await call(two.client, sessionRevoke, { params: { sessionId: last?.id ?? '' } })
  expect([await inside(two), await inside(three)]).toEqual([true, false])
  const four = await signedIn(email)
  await call(two.client, sessionClear, { body: { keepThis: true } })
  expect([await inside(two), await inside(four)]).toEqual([true, false])
})

describe('26: a form counts only when it comes from a page of ours', () => {
  const FORMS = [
    '/sign-in',
    '/sign-in/passkey',
    '/sign-in/factor',
    '/sign-in/enrol',
    '/sign-out',
    '/email/x',
    '/email/stop/x',
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
  const { text, headers } = await browser().go('/sign-in', { email: '"><img src=x onerror=alert(1)>' })
  expect(text).not.toContain('<img')
  expect(text).toContain('&lt;img')
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
})

test('34, 83: nothing is fed to pages as it happens', async () => {
  const { go } = await signedIn(await somebody())
  for (const path of ['/device', '/sign-in', '/api/v1/sessions']) {
    const { headers, status } = await go(path, undefined, { accept: 'text/event-stream' })
    expect(headers.get('content-type') ?? '').not.toContain('event-stream')
    expect(status).not.toBe(101)
  }
})
