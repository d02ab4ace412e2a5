import { Hono } from 'hono'
import { html } from 'hono/html'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../../test/app.ts'
import { serveControlPlane } from '../../../test/control-plane.ts'
import { passFirstFactor } from '../../actions/sign-in.ts'
import { visitOf } from '../../app.ts'
import { AppError } from '../../domain/errors.ts'
import { page, readForm } from './layout.ts'
import { signedIn, toSignIn } from './viewer.ts'

let app: TestApp
let pages: Hono
beforeAll(async () => {
  app = await testApp()
  await using _ = await serveControlPlane(app)
  pages = new Hono()
  pages.onError((error, c) => c.text(error instanceof AppError ? error.code : String(error), 400))
  pages.get('/plain', (c) => page(c, app, { title: '<b>', body: html`<p>${'<script>'}</p>` }))
  pages.get('/passkeys', (c) => page(c, app, { title: 'x', body: html``, passkeys: true }))
  pages.post('/form', async (c) => c.json(await readForm(c, app, ['name', 'other'])))
  pages.get('/mine', async (c) => {
    const viewer = await signedIn(c, app)
    return viewer ? c.text(viewer.actor.userId ?? '') : toSignIn(c)
  })
})
afterAll(() => app[Symbol.asyncDispose]())

test('a page runs nothing, is kept nowhere, and shows text as text', async () => {
  const answer = await pages.request('/plain')
  expect(answer.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; .*frame-ancestors 'none'$/,
  )
  expect(answer.headers.get('content-security-policy')).not.toContain('script-src')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('referrer-policy')).toBe('same-origin')
  const text = await answer.text()
  expect(text).toContain('<p>&lt;script&gt;</p>')
  expect(text).toContain('<title>&lt;b&gt;</title>')
  const passkeys = await pages.request('/passkeys')
  expect(passkeys.headers.get('content-security-policy')).toContain("script-src 'self'")
})

describe('a form is taken only', () => {
  const own = () => new URL(app.config.url).origin
  const send = (body: string, headers: Record<string, string>) =>
    pages.request('/form', {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
        ...headers,
      },
    })

  test('from a page of ours, with the fields that it has', async () => {
    const answer = await send('name=a%20b&more=1', { origin: own() })
    expect(await answer.json()).toEqual({ name: 'a b', other: '' })
  })

  test.each<[string, string, Record<string, string>, string]>([
    ['not from nowhere', 'name=a', { origin: '' }, 'origin_refused'],
    ['not from elsewhere', 'name=a', { origin: 'https://evil.example' }, 'origin_refused'],
    ['not as JSON', '{}', { 'content-type': 'application/json' }, 'unsupported_media_type'],
    ['not as plain text', 'name=a', { 'content-type': 'text/plain' }, 'unsupported_media_type'],
    ['not with a field twice', 'name=a&name=b', {}, 'invalid_request'],
    ['not when it is huge', `name=${'x'.repeat(17_000)}`, {}, 'request_too_large'],
  ])('%s', async (_, body, headers, code) => {
    expect(await (await send(body, { origin: own(), ...headers })).text()).toBe(code)
  })
})

test('a page knows who is signed in, and sends who is not to sign in and back', async () => {
  const { id: userId } = await app.db.selectFrom('users').select('id').executeTakeFirstOrThrow()
  const passed = await passFirstFactor(visitOf(app), {
    userId,
    methods: ['pwd'],
    mfaDone: false,
    returnTo: '/mine',
  })
  expect([passed.step, passed.location]).toEqual(['done', '/mine'])
  expect(passed.cookies[0]).toMatch(
    /^__Host-claviger=cvg_ses_\w{49}; Path=\/; Max-Age=604800; Secure; HttpOnly; SameSite=Lax$/,
  )
  const cookie = passed.cookies[0]?.split(';')[0] ?? ''
  expect(await (await pages.request('/mine', { headers: { cookie } })).text()).toBe(userId)
  const stranger = await pages.request('/mine?a=1')
  expect([stranger.status, stranger.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fmine%3Fa%3D1'])
})
