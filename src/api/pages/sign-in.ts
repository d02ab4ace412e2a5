import type { Hono } from 'hono'
import { html } from 'hono/html'
import { askForAnyPasskey, signInWithPasskey } from '../../actions/passkey-sign-in.ts'
import { signInWithPassword } from '../../actions/password-sign-in.ts'
import { endSessions } from '../../actions/sessions.ts'
import type { NextStep } from '../../actions/sign-in.ts'
import { connectionOf, connectionsToOffer } from '../../actions/sso-begin.ts'
import type { App } from '../../app.ts'
import { PasskeyAnswer } from '../../contract/passkeys.ts'
import { clearCookie, DEVICE_COOKIE, PASSKEY_COOKIE, readCookie, SESSION_COOKIE } from '../../cookies.ts'
import { AppError } from '../../domain/errors.ts'
import { safeReturnTo } from '../../domain/return-to.ts'
import { relyingPartyAt } from '../../passkeys.ts'
import { alert, field, hidden } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { begun, passkeyForm, readAnswer } from './passkey-form.ts'
import { offers, signInThereOnly, signInWith } from './sso-offers.ts'
import { statusOf } from './status.ts'
import { pageVisit, signedIn } from './viewer.ts'

/** Signing in: the address first, since it says how, then the password. And signing out. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveSignInPages(hono: Hono<any>, app: App): void {
  hono.get('/sign-in', async (c) => {
    const to = safeReturnTo(c.req.query('to') ?? '')
    if (await signedIn(c, app)) return c.redirect(to, 303)
    if (!keepsCookies(app)) return page(c, app, { title: 'Sign in', body: needsHttps(app) })
    const connections = await connectionsToOffer(pageVisit(c, app))
    const body = html`${askAddress(app, to)}${offers(connections, to)}`
    return page(c, app, { title: 'Sign in', body, passkeys: true })
  })

  hono.post('/sign-in/passkey', async (c) => {
    const fields = await readForm(c, app, ['passkey', 'to'])
    const visit = pageVisit(c, app)
    const to = safeReturnTo(fields.to)
    try {
      const options = await begun(c, fields.passkey, async () => {
        const { options, cookie } = await askForAnyPasskey(visit)
        c.header('set-cookie', cookie, { append: true })
        return options
      })
      if (options) return options
      const response = readAnswer(PasskeyAnswer, fields.passkey)
      const browser = readCookie(c.req.header('cookie') ?? null, PASSKEY_COOKIE)
      return goOn(c, await signInWithPasskey(visit, { response, browser, returnTo: to }))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const body = html`${askAddress(app, to, error.message)}${offers(await connectionsToOffer(visit), to)}`
      return page(c, app, { title: 'Sign in', body, passkeys: true, status: statusOf(error) })
    }
  })

  hono.post('/sign-in', async (c) => {
    const fields = await readForm(c, app, ['email', 'password', 'to'])
    const { email, password } = fields
    const returnTo = safeReturnTo(fields.to)
    const there = await connectionOf(pageVisit(c, app), email)
    const ask = (error?: string) =>
      there?.enforced
        ? signInThereOnly(email, there, returnTo, passwordForm(email, returnTo), error)
        : html`${askPassword(email, returnTo, error)}${there ? signInWith(there, returnTo) : ''}`
    if (password === '') return page(c, app, { title: 'Sign in', body: ask() })
    try {
      const device = readCookie(c.req.header('cookie') ?? null, DEVICE_COOKIE)
      return goOn(c, await signInWithPassword(pageVisit(c, app), { email, password, returnTo, device }))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return page(c, app, { title: 'Sign in', body: ask(error.message), status: statusOf(error) })
    }
  })

  hono.post('/sign-out', async (c) => {
    await readForm(c, app, [])
    const viewer = await signedIn(c, app)
    if (viewer?.actor.sessionId) {
      await endSessions(viewer, { sessionId: viewer.actor.sessionId }, 'signed out')
    }
    c.header('set-cookie', clearCookie(SESSION_COOKIE))
    return page(c, app, { title: 'Signed out', body: signedOut() })
  })
}

/** On with the sign-in: to the next question, or to where somebody wanted to go. */
export function goOn(c: PageContext, { cookies, location }: NextStep): Response {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
  return c.redirect(location, 303)
}

/** Browsers keep our cookies with HTTPS, and without it on this very machine. */
export function keepsCookies({ config }: App): boolean {
  const { protocol, hostname } = new URL(config.url)
  return protocol === 'https:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

function askAddress({ config }: App, to: string, passkeyProblem?: string): Markup {
  return html`<h1>Sign in</h1>
<form method="post" action="/sign-in">
  ${hidden('to', to)}
  ${field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', focus: true })}
  <button type="submit">Continue</button>
</form>
${
  relyingPartyAt(config.url)
    ? passkeyForm({
        action: '/sign-in/passkey',
        ceremony: 'get',
        label: 'Sign in with a passkey',
        fields: { to },
        error: passkeyProblem,
        quiet: true,
      })
    : ''
}`
}

function askPassword(email: string, to: string, error?: string): Markup {
  return html`<h1>Sign in</h1>
<p>As <strong>${email}</strong>. <a href="/sign-in?${new URLSearchParams({ to }).toString()}">Someone else?</a></p>
${alert(error)}
${passwordForm(email, to)}
<p class="aside"><a href="/reset">Forgot your password?</a></p>`
}

function passwordForm(email: string, to: string): Markup {
  return html`<form method="post" action="/sign-in">
  ${hidden('to', to)}
  <input class="unseen" type="email" name="email" value="${email}" autocomplete="username" readonly tabindex="-1" aria-label="E-mail address">
  ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', focus: true })}
  <button type="submit">Sign in</button>
</form>`
}

function needsHttps({ config }: App): Markup {
  return html`<h1>Signing in needs HTTPS</h1>
<p>Claviger is reached at <strong>${config.url}</strong>, where browsers do not keep what says that you are signed in.
Put it behind HTTPS, and set <code>CLAVIGER_URL</code> to that address.</p>`
}

function signedOut(): Markup {
  return html`<h1>You are signed out</h1>
<p>This browser forgot you.</p>
<p><a href="/sign-in">Sign in again</a></p>`
}
