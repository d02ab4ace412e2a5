import type { Hono } from 'hono'
import { html } from 'hono/html'
import { mailConfigured } from '../../actions/notices.ts'
import { openReset, requestReset, resetPassword } from '../../actions/password-reset.ts'
import type { App } from '../../app.ts'
import { AppError } from '../../domain/errors.ts'
import { alert, errorOf, field, newPasswordField } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { statusOf } from './status.ts'
import { pageVisit } from './viewer.ts'

const TITLE = 'Reset your password'

/** For who forgot their password: asking for a link, and what it opens. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveResetPages(hono: Hono<any>, app: App): void {
  const show = (c: PageContext, body: Markup, status?: ReturnType<typeof statusOf>) =>
    page(c, app, { title: TITLE, body, ...(status && { status }) })

  hono.get('/reset', (c) => show(c, mailConfigured(app) ? ask() : askAdmin()))

  hono.post('/reset', async (c) => {
    const { email } = await readForm(c, app, ['email'])
    if (!mailConfigured(app)) return show(c, askAdmin())
    try {
      await requestReset(pageVisit(c, app), email)
      return show(c, sent())
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return show(c, ask(error.message), statusOf(error))
    }
  })

  hono.get('/reset/:token', async (c) => {
    try {
      await openReset(pageVisit(c, app), c.req.param('token'))
      return show(c, choose(c.req.path))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return show(c, gone(error), statusOf(error))
    }
  })

  hono.post('/reset/:token', async (c) => {
    const { password } = await readForm(c, app, ['password'])
    try {
      c.header('set-cookie', await resetPassword(pageVisit(c, app), c.req.param('token'), password))
      return show(c, done())
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const problem = errorOf(error, 'password')
      return show(c, problem ? choose(c.req.path, problem) : gone(error), statusOf(error))
    }
  })
}

function ask(error?: string): Markup {
  return html`<h1>Reset your password</h1>
<p>We send a link to your address, with which you choose a new one.</p>
${alert(error)}
<form method="post" action="/reset">
  ${field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', focus: true })}
  <button type="submit">Send the link</button>
</form>
<p class="aside"><a href="/sign-in">Back to signing in</a></p>`
}

function askAdmin(): Markup {
  return html`<h1>Reset your password</h1>
<p>This installation sends no mail. Ask an admin for a link: they make one with
<code>claviger user reset &lt;your address&gt; --password true</code>.</p>
<p class="aside"><a href="/sign-in">Back to signing in</a></p>`
}

function sent(): Markup {
  return html`<h1>Look into your mail</h1>
<p>If there is an account with this address, a link is on its way to it. It works for 30 minutes.</p>`
}

function choose(path: string, error?: string): Markup {
  return html`<h1>Choose a new password</h1>
<p>You are signed out everywhere once it is changed.</p>
<form method="post" action="${path}">
  ${newPasswordField(error)}
  <button type="submit">Change the password</button>
</form>`
}

function done(): Markup {
  return html`<h1>Your password is changed</h1>
<p><a class="button" href="/sign-in">Sign in</a></p>`
}

function gone({ code, message }: AppError): Markup {
  if (code === 'ip_not_allowed') return html`<h1>This link does not work from here</h1>${alert(message)}`
  return html`<h1>This link does not work any more</h1>
${alert(message)}
<p class="aside"><a href="/reset">Ask for a new one</a></p>`
}
