import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { renderSVG } from 'uqr'
import type { SecondFactors } from '../../actions/factors.ts'
import { askInSignIn, passSecondFactor, viewFactors } from '../../actions/sign-in.ts'
import type { App } from '../../app.ts'
import { PasskeyAnswer } from '../../contract/passkeys.ts'
import { readCookie, SIGN_IN_COOKIE } from '../../cookies.ts'
import { AppError } from '../../domain/errors.ts'
import { errorOf, field } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { begun, passkeyForm, readAnswer } from './passkey-form.ts'
import { goOn } from './sign-in.ts'
import { statusOf } from './status.ts'
import { pageVisit } from './viewer.ts'

const TITLE = 'Confirm that it is you'

/** The second question of a sign-in: a passkey, or a code. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveFactorPages(hono: Hono<any>, app: App): void {
  const show = async (c: PageContext, failed?: Failed) => {
    try {
      const taken = await viewFactors(pageVisit(c, app), signInOf(c))
      const status = failed ? statusOf(failed.error) : 200
      return page(c, app, { title: TITLE, body: ask(taken, failed), status, passkeys: taken.passkey })
    } catch (error) {
      return overdue(c, error)
    }
  }

  hono.get('/sign-in/factor', (c) => show(c))

  hono.post('/sign-in/factor', async (c) => {
    const { code, passkey } = await readForm(c, app, ['code', 'passkey'])
    const visit = pageVisit(c, app)
    try {
      const options = await begun(c, passkey, () => askInSignIn(visit, signInOf(c)))
      if (options) return options
      const given = passkey === '' ? code : readAnswer(PasskeyAnswer, passkey)
      return goOn(c, await passSecondFactor(visit, signInOf(c), given))
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'sign_in_required') return overdue(c, error)
      return show(c, { error, passkey: passkey !== '' })
    }
  })
}

/** The secret of the sign-in under way, from its cookie. */
export function signInOf(c: PageContext): string | null {
  return readCookie(c.req.header('cookie') ?? null, SIGN_IN_COOKIE)
}

/** There is no such sign-in, or it took too long: from the beginning. */
export function overdue(c: PageContext, error: unknown): Response {
  if (error instanceof AppError && error.code === 'sign_in_required') return c.redirect('/sign-in', 303)
  throw error
}

type Failed = { error: AppError; passkey: boolean }

function ask({ passkey, otp }: SecondFactors, failed?: Failed): Markup {
  const error = failed && !failed.passkey ? failed.error : undefined
  const code = html`<form method="post" action="/sign-in/factor">
  ${codeField(error && (errorOf(error, 'code') ?? error.message), otp ? 'Code' : 'Recovery code', !passkey)}
  <button type="submit" ${passkey ? html`class="quiet"` : ''}>Continue</button>
</form>`
  if (!passkey) {
    return html`<h1>Confirm that it is you</h1>
<p>${otp ? 'Enter the code that your authenticator app shows now.' : 'Enter one of your recovery codes.'}</p>
${code}
${otp ? html`<p class="aside">Without your phone? Enter one of your recovery codes instead.</p>` : ''}`
  }
  const message = failed?.passkey ? failed.error.message : undefined
  return html`<h1>Confirm that it is you</h1>
<p>Use the passkey that you added to your account.</p>
${passkeyForm({ action: '/sign-in/factor', ceremony: 'get', label: 'Use your passkey', error: message })}
<details class="others" ${error ? html`open` : ''}><summary>Without your passkey?</summary>
<p>${otp ? 'Enter the code that your authenticator app shows now, or one of your recovery codes.' : 'Enter one of your recovery codes.'}</p>
${code}</details>`
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

export function codeField(error?: string, label = 'Code', focus = true): Markup {
  return field({ name: 'code', label, autocomplete: 'one-time-code', error, ...(focus && { focus }) })
}

/** Shown once: whoever has these and the password is in. */
export function showRecoveryCodes(codes: string[], location: string): Markup {
  return html`<h1>Keep these recovery codes</h1>
<p>Each opens your account once if your phone is gone. They are shown now only: print them, or keep them in a password
manager.</p>
<pre class="codes" tabindex="0" aria-label="Recovery codes">${codes.join('\n')}</pre>
<p><a class="button" href="${location}">I have kept them</a></p>`
}
