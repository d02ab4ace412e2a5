import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { renderSVG } from 'uqr'
import { enrolAtSignIn, passSecondFactor, underWay, viewEnrolment } from '../../actions/sign-in.ts'
import type { App } from '../../app.ts'
import { readCookie, SIGN_IN_COOKIE } from '../../cookies.ts'
import { AppError } from '../../domain/errors.ts'
import { errorOf, field } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { goOn } from './sign-in.ts'
import { statusOf } from './status.ts'
import { pageVisit } from './viewer.ts'

/** The second question of a sign-in: a code, or the app that somebody has to add first. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveFactorPages(hono: Hono<any>, app: App): void {
  const secretOf = (c: PageContext) => readCookie(c.req.header('cookie') ?? null, SIGN_IN_COOKIE)

  hono.get('/sign-in/factor', async (c) => {
    try {
      await underWay(pageVisit(c, app), secretOf(c), 'factor')
    } catch (error) {
      return overdue(c, error)
    }
    return page(c, app, { title: 'Confirm that it is you', body: askCode() })
  })

  hono.post('/sign-in/factor', async (c) => {
    const { code } = await readForm(c, app, ['code'])
    try {
      return goOn(c, await passSecondFactor(pageVisit(c, app), secretOf(c), code))
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'sign_in_required') return overdue(c, error)
      const body = askCode(errorOf(error, 'code') ?? error.message)
      return page(c, app, { title: 'Confirm that it is you', body, status: statusOf(error) })
    }
  })

  hono.get('/sign-in/enrol', async (c) => {
    try {
      const offer = await viewEnrolment(pageVisit(c, app), secretOf(c))
      return page(c, app, { title: 'Add an authenticator app', body: enrol(offer) })
    } catch (error) {
      return overdue(c, error)
    }
  })

  hono.post('/sign-in/enrol', async (c) => {
    const { code } = await readForm(c, app, ['code'])
    const visit = pageVisit(c, app)
    try {
      const { recoveryCodes, location, cookies } = await enrolAtSignIn(visit, secretOf(c), code)
      for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
      return page(c, app, { title: 'Your recovery codes', body: showRecoveryCodes(recoveryCodes, location) })
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'sign_in_required') return overdue(c, error)
      const offer = await viewEnrolment(visit, secretOf(c)).catch(() => null)
      if (offer === null) return overdue(c, new AppError('sign_in_required', error.message))
      const body = enrol(offer, errorOf(error, 'code') ?? error.message)
      return page(c, app, { title: 'Add an authenticator app', body, status: statusOf(error) })
    }
  })
}

/** There is no such sign-in, or it took too long: from the beginning. */
function overdue(c: PageContext, error: unknown): Response {
  if (error instanceof AppError && error.code === 'sign_in_required') return c.redirect('/sign-in', 303)
  throw error
}

function askCode(error?: string): Markup {
  return html`<h1>Confirm that it is you</h1>
<p>Enter the code that your authenticator app shows now.</p>
<form method="post" action="/sign-in/factor">
  ${codeField(error)}
  <button type="submit">Continue</button>
</form>
<p class="aside">Without your phone? Enter one of your recovery codes instead.</p>`
}

function enrol(offer: { secret: string; uri: string }, error?: string): Markup {
  return html`<h1>Add an authenticator app</h1>
<p>Your organization asks for a second factor. You do this once.</p>
<form method="post" action="/sign-in/enrol">
  ${totpSteps(offer)}
  ${codeField(error)}
  <button type="submit">Finish</button>
</form>`
}

/** How an app learns the secret: by its camera, or typed in. */
export function totpSteps({ secret, uri }: { secret: string; uri: string }): Markup {
  return html`<ol>
  <li>Install an authenticator app on your phone, if you have none.</li>
  <li>In the app, scan this code:
    <span class="qr">${raw(renderSVG(uri, { border: 2 }))}</span>
    <details><summary>Enter it by hand</summary><pre tabindex="0" aria-label="Secret">${secret.replace(/.{4}(?=.)/g, '$& ')}</pre></details></li>
  <li>Enter the six digits that it shows.</li>
</ol>`
}

export function codeField(error?: string): Markup {
  return field({ name: 'code', label: 'Code', autocomplete: 'one-time-code', error, focus: true })
}

/** Shown once: whoever has these and the password is in. */
export function showRecoveryCodes(codes: string[], location: string): Markup {
  return html`<h1>Keep these recovery codes</h1>
<p>Each opens your account once if your phone is gone. They are shown now only: print them, or keep them in a password
manager.</p>
<pre class="codes" tabindex="0" aria-label="Recovery codes">${codes.join('\n')}</pre>
<p><a class="button" href="${location}">I have kept them</a></p>`
}
