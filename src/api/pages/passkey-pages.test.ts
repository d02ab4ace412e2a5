import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../../test/app.ts'
import { type SoftPasskey, softPasskey } from '../../../test/authenticator.ts'
import { type ControlPlane, serveControlPlane } from '../../../test/control-plane.ts'
import { browserAt, type FormBrowser } from '../../../test/cookie-browser.ts'
import { callConfirmed } from '../../../test/step-up.ts'
import { setPassword } from '../../actions/passwords.ts'
import { updateSecurity } from '../../actions/security.ts'
import { createUser } from '../../actions/users.ts'
import { call } from '../../contract/client.ts'
import { passkeyCreate, passkeyList, passkeyStart } from '../../contract/passkeys.ts'
import { stepUpCreate } from '../../contract/step-ups.ts'

const ORIGIN = 'http://localhost:8484'
const PASSWORD = 'seven quiet herons by the weir'
const CODE = /(?<=[>\n])[a-z2-9]{5}-[a-z2-9]{5}(?=[<\n])/g

let app: TestApp
let api: ControlPlane
beforeAll(async () => {
  app = await testApp({ url: ORIGIN, mail: { smtpUrl: 'smtp://127.0.0.1:9', from: 'claviger@example.com' } })
  api = await serveControlPlane(app)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})
beforeEach(() => app.db.deleteFrom('throttles').execute())

let people = 0

async function somebody(): Promise<string> {
  people += 1
  const email = `person-${people}@example.com`
  const { id } = await createUser(app.as(), { params: {}, query: {}, body: { email, name: 'Ada' } })
  await setPassword(app.as(), id, PASSWORD)
  return email
}

const browser = () => browserAt(api.url, ORIGIN)
const typed = ({ go }: FormBrowser, email: string) =>
  go('/sign-in', { email, password: PASSWORD, to: '/profile' })

/** What the script does with a form: asks what to answer, then sends the answer. */
async function answer(
  { go }: FormBrowser,
  path: string,
  passkey: SoftPasskey,
  { field = 'passkey', kept = {} as Record<string, string> } = {},
) {
  const begun = await go(path, { ...kept, [field]: 'begin' })
  expect(begun.headers.get('content-type')).toContain('application/json')
  return go(path, { ...kept, [field]: JSON.stringify(passkey.get(JSON.parse(begun.text))) })
}

const inside = async ({ go }: FormBrowser) => (await go('/device')).status === 200

async function withPasskey() {
  const email = await somebody()
  const one = browser()
  await typed(one, email)
  const { options } = await callConfirmed(one.client, passkeyStart, {}, () => ({ password: PASSWORD }))
  const passkey = softPasskey(ORIGIN)
  const body = { name: 'Work laptop', response: passkey.create(options) }
  await call(one.client, passkeyCreate, { body })
  return { email, one, passkey }
}

test('it is asked for after the password', async () => {
  const { email, passkey } = await withPasskey()
  const two = browser()
  expect((await typed(two, email)).to).toBe('/sign-in/factor')
  expect(await inside(two)).toBe(false)
  expect((await answer(two, '/sign-in/factor', passkey)).to).toBe('/profile')
  expect(await inside(two)).toBe(true)
})

test('alone it signs in, and leads to the page that somebody wanted', async () => {
  const { passkey } = await withPasskey()
  const two = browser()
  const done = await answer(two, '/sign-in/passkey', passkey, { kept: { to: '/profile?tab=1' } })
  expect([done.status, done.to]).toEqual([303, '/profile?tab=1'])
  expect(await inside(two)).toBe(true)
  const away = await answer(browser(), '/sign-in/passkey', passkey, { kept: { to: '//evil.example' } })
  expect(away.to).toBe('/')
})

test('it confirms on a page what a program asks for', async () => {
  const { one, passkey } = await withPasskey()
  const body = { operation: 'tokenCreate', requestHash: 'x'.repeat(43) }
  const { id } = await call(one.client, stepUpCreate, { body })
  const page = `/step-up/${id}`
  expect((await one.go(page)).text).toContain('data-passkey="get"')
  const confirmed = await answer(one, page, passkey, { field: 'proofPasskey' })
  expect(confirmed.text).toContain('<h1>Confirmed</h1>')
})

test('41: who needs a passkey adds one on the way in', async () => {
  const email = await somebody()
  await updateSecurity(app.as(), { params: {}, query: {}, body: { mfa: 'passkeys' } })
  const one = browser()
  expect((await typed(one, email)).to).toBe('/sign-in/enrol')
  expect((await one.go('/sign-in/enrol')).text).not.toContain('aria-label="Secret"')
  const passkey = softPasskey(ORIGIN)
  const name = 'Phone'
  const begun = await one.go('/sign-in/enrol', { name, passkey: 'begin' })
  const made = JSON.stringify(passkey.create(JSON.parse(begun.text)))
  const done = await one.go('/sign-in/enrol', { name, passkey: made })
  expect(done.text.match(CODE)).toHaveLength(10)
  const { data } = await call(one.client, passkeyList, {})
  expect(data.map(({ name }) => name)).toEqual(['Phone'])
  await updateSecurity(app.as(), { params: {}, query: {}, body: { mfa: 'optional' } })
})

test('a form that no script filled in says so', async () => {
  const { go } = browser()
  for (const passkey of ['', 'x', '{}']) {
    const { status, text } = await go('/sign-in/passkey', { passkey, to: '/' })
    expect([status, text.includes('did not answer with a passkey')]).toEqual([400, true])
  }
})

test('30: pages have one script at most, of ours, and nothing is in line', async () => {
  const { one } = await withPasskey()
  const body = { operation: 'tokenCreate', requestHash: 'x'.repeat(43) }
  const { id } = await call(one.client, stepUpCreate, { body })
  const script = await one.go('/passkeys.js')
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  const pages = [await browser().go('/sign-in'), await one.go(`/step-up/${id}`)]
  for (const { text, headers } of pages) {
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("; script-src 'self'; connect-src 'self'")
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text).not.toMatch(/\son\w+=|javascript:/)
  }
  expect((await one.go('/device')).headers.get('content-security-policy')).not.toContain('script-src')
})

test('44: the links of a change of address ask first, and only their person is asked', async () => {
  const { one } = await withPasskey()
  const other = browser()
  await typed(other, await somebody())
  const unknown = '/email/cvg_emc_x'
  expect((await browser().go(unknown)).to).toBe(`/sign-in?to=${encodeURIComponent(unknown)}`)
  expect((await one.go(unknown)).status).toBe(404)
  expect((await other.go('/email/stop/cvg_ems_x')).status).toBe(404)
})
