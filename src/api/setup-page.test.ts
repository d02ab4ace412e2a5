import { expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { createSetupToken } from '../actions/setup.ts'

const OWNER = { organization: 'Acme', email: 'ada@example.com', name: 'Ada' }

function submit(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(`${url}/setup`, { method: 'POST', body: new URLSearchParams(fields) })
}

test('the link opens a form that sets the installation up and shows the token once', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const setupToken = (await createSetupToken(app)) ?? ''
  const form = await fetch(`${url}/setup?token=${setupToken}`)
  expect(form.status).toBe(200)
  expect(form.headers.get('cache-control')).toBe('no-store')
  expect(form.headers.get('referrer-policy')).toBe('same-origin')
  expect(await form.text()).toContain(`<input type="hidden" name="setupToken" value="${setupToken}">`)

  const answer = await submit(url, { ...OWNER, setupToken })
  expect(answer.status).toBe(200)
  const secret = /cvg_tok_\w{49}/.exec(await answer.text())?.[0]
  const headers = { authorization: `Bearer ${secret}` }
  expect((await fetch(`${url}/api/v1/organization`, { headers })).status).toBe(200)
  expect((await submit(url, { ...OWNER, setupToken })).status).toBe(404)
})

test('with a password the browser is signed in and led to the first steps, and no token is made that nobody saw', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const setupToken = (await createSetupToken(app)) ?? ''
  const body = new URLSearchParams({ ...OWNER, password: 'seven quiet herons by the weir', setupToken })
  const answer = await fetch(`${url}/setup`, { method: 'POST', body, redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/start'])
  const cookie = answer.headers
    .getSetCookie()
    .map((set) => set.split(';')[0])
    .join('; ')
  const tokens = await fetch(`${url}/api/v1/tokens`, { headers: { cookie } })
  expect([tokens.status, ((await tokens.json()) as { data: unknown[] }).data]).toEqual([200, []])
})

test('where browsers keep no session the token is shown, whatever was chosen: it is the one way in', async () => {
  await using app = await testApp({ url: 'http://claviger.acme.example' })
  const url = await app.serve()
  const setupToken = (await createSetupToken(app)) ?? ''
  const answer = await submit(url, { ...OWNER, password: 'seven quiet herons by the weir', setupToken })
  expect([answer.status, /cvg_tok_\w{49}/.test(await answer.text())]).toEqual([200, true])
})

test('the page runs nothing and loads nothing but its own style', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const page = await fetch(`${url}/setup`)
  expect(page.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  const text = await page.text()
  expect(text).not.toMatch(/<script|<style| style=| on\w+=/i)
  const style = await fetch(`${url}/pages.css`)
  expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect(await style.text()).not.toMatch(/url\(|@import/)
})

test('what was typed comes back, said to be wrong where it is, and never as markup', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const setupToken = (await createSetupToken(app)) ?? ''
  const organization = '"><script>alert(1)</script>'
  const answer = await submit(url, { organization, email: 'nobody', name: 'Ada', setupToken })
  expect(answer.status).toBe(400)
  const text = await answer.text()
  expect(text).toContain('aria-describedby="email-error"')
  expect(text).not.toContain('<script>')
  expect(text).toContain('&lt;script&gt;')
})

test('a wrong token and an overlong form are refused', async () => {
  await using app = await testApp()
  const url = await app.serve()
  const wrong = await submit(url, { ...OWNER, setupToken: 'cvg_setup_wrong' })
  expect(wrong.status).toBe(401)
  const text = await wrong.text()
  expect(text).toContain('This set-up token is not valid')
  expect(text).toContain('<label for="setupToken">')
  expect((await submit(url, { ...OWNER, setupToken: 'x'.repeat(20_000) })).status).toBe(413)
})
