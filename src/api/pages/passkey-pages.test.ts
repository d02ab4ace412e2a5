import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../../test/app.ts'
import { type SoftPasskey, softPasskey } from '../../../test/authenticator.ts'
import { type ControlPlane, serveControlPlane } from '../../../test/control-plane.ts'
import { browserAt, type FormBrowser } from '../../../test/cookie-browser.ts'
import { setPassword } from '../../actions/passwords.ts'
import { updateSecurity } from '../../actions/security.ts'
import { createUser } from '../../actions/users.ts'

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
  go('/sign-in', { email, password: PASSWORD, to: '/account' })

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

/** The options that a page holds for the script. */
function optionsOf(text: string): object {
  const attribute = /data-options="([^"]+)"/.exec(text)?.[1] ?? ''
  return JSON.parse(attribute.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
}

async function withPasskey() {
  const email = await somebody()
  const one = browser()
  await typed(one, email)
  const offer = await one.go('/account/passkeys', { proofPassword: PASSWORD })
  const passkey = softPasskey(ORIGIN)
  const made = JSON.stringify(passkey.create(optionsOf(offer.text)))
  const added = await one.go('/account/passkeys/add', { name: 'Work laptop', passkey: made })
  return { email, one, passkey, codes: added.text.match(CODE) ?? [] }
}

test('one is added with a name after a confirmation, is listed, and is asked for after the password', async () => {
  const { email, one, passkey, codes } = await withPasskey()
  expect(codes).toHaveLength(10)
  expect((await one.go('/account')).text).toContain('Work laptop')
  const two = browser()
  expect((await typed(two, email)).to).toBe('/sign-in/factor')
  expect((await two.go('/account')).to).toMatch(/^\/sign-in/)
  expect((await answer(two, '/sign-in/factor', passkey)).to).toBe('/account')
  expect((await two.go('/account')).status).toBe(200)
})

test('alone it signs in, and leads to the page that somebody wanted', async () => {
  const { passkey } = await withPasskey()
  const two = browser()
  const done = await answer(two, '/sign-in/passkey', passkey, { kept: { to: '/account?tab=1' } })
  expect([done.status, done.to]).toEqual([303, '/account?tab=1'])
  expect((await two.go('/account')).status).toBe(200)
  const away = await answer(browser(), '/sign-in/passkey', passkey, { kept: { to: '//evil.example' } })
  expect(away.to).toBe('/')
})

test('42: it confirms the form that it was asked for, and none with other fields', async () => {
  const { one, passkey } = await withPasskey()
  const asked = await one.go('/account/recovery-codes', {})
  expect(asked.text).toContain('data-passkey="get"')
  const proof = { field: 'proofPasskey' }
  expect((await answer(one, '/account/recovery-codes', passkey, proof)).text.match(CODE)).toHaveLength(10)

  const kept = { email: 'mine@example.com' }
  const begun = await one.go('/account/email', { ...kept, proofPasskey: 'begin' })
  const proofPasskey = JSON.stringify(passkey.get(JSON.parse(begun.text)))
  const other = await one.go('/account/email', { email: 'eve@example.com', proofPasskey })
  expect([other.status, other.text.includes('was not accepted')]).toEqual([400, true])
  expect((await one.go('/account/email', { ...kept, proofPasskey })).text).toContain('Look into your mail')
})

test('a recovery code confirms a form, once', async () => {
  const { one, codes } = await withPasskey()
  const [proofCode = ''] = codes
  expect((await one.go('/account/totp', { proofCode })).text).toContain('aria-label="Secret"')
  expect((await one.go('/account/totp', { proofCode })).status).toBe(400)
})

test('it is removed after a confirmation', async () => {
  const { one, passkey } = await withPasskey()
  const [, passkeyId = ''] = /name="passkeyId" value="(pky_\w+)"/.exec((await one.go('/account')).text) ?? []
  const kept = { passkeyId }
  expect((await one.go('/account/passkeys/remove', kept)).text).toContain('Use your passkey')
  const removed = await answer(one, '/account/passkeys/remove', passkey, { field: 'proofPasskey', kept })
  expect(removed.to).toBe('/account')
  expect((await one.go('/account')).text).not.toContain('Work laptop')
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
  expect((await one.go('/account')).text).toContain('Phone')
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
  const script = await one.go('/passkeys.js')
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  const pages = [await browser().go('/sign-in'), await one.go('/account/recovery-codes', {})]
  for (const { text, headers } of pages) {
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("; script-src 'self'; connect-src 'self'")
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text).not.toMatch(/\son\w+=|javascript:/)
  }
  expect((await one.go('/account')).headers.get('content-security-policy')).not.toContain('script-src')
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
