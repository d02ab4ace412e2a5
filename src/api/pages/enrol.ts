import type { Hono } from 'hono'
import { html } from 'hono/html'
import {
  askToEnrol,
  type Enrolment,
  enrolAtSignIn,
  enrolPasskeyAtSignIn,
  viewEnrolment,
} from '../../actions/sign-in-enrolment.ts'
import type { App } from '../../app.ts'
import { PasskeyCreated } from '../../contract/passkeys.ts'
import { browserName } from '../../domain/browser-name.ts'
import { AppError } from '../../domain/errors.ts'
import { codeField, overdue, showRecoveryCodes, signInOf, totpSteps } from './factor.ts'
import { alert, errorOf } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { begun, passkeyForm, readAnswer } from './passkey-form.ts'
import { goOn } from './sign-in.ts'
import { statusOf } from './status.ts'
import { pageVisit } from './viewer.ts'

const TITLE = 'Add a second factor'

/** The second factor that somebody has to add before they get in. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveEnrolPages(hono: Hono<any>, app: App): void {
  const show = async (c: PageContext, failed?: Failed) => {
    try {
      const enrolment = await viewEnrolment(pageVisit(c, app), signInOf(c))
      const body = ask(enrolment, browserName(c.req.header('user-agent') ?? ''), failed)
      const status = failed ? statusOf(failed.error) : 200
      return page(c, app, { title: TITLE, body, status, passkeys: enrolment.passkey })
    } catch (error) {
      // Whoever is at another step, or took too long, is told nothing of this one.
      if (failed && error instanceof AppError && error.code !== 'ip_not_allowed')
        return overdue(c, new AppError('sign_in_required', error.message))
      return overdue(c, error)
    }
  }

  hono.get('/sign-in/enrol', (c) => show(c))

  hono.post('/sign-in/enrol', async (c) => {
    const { code, name, passkey } = await readForm(c, app, ['code', 'name', 'passkey'])
    const visit = pageVisit(c, app)
    const secret = signInOf(c)
    try {
      const options = await begun(c, passkey, () => askToEnrol(visit, secret))
      if (options) return options
      const made = passkey === '' ? null : { name, response: readAnswer(PasskeyCreated, passkey) }
      const enrolled = made
        ? await enrolPasskeyAtSignIn(visit, secret, made)
        : await enrolAtSignIn(visit, secret, code)
      const { recoveryCodes, location, cookies } = enrolled
      if (recoveryCodes.length === 0) return goOn(c, enrolled)
      for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
      return page(c, app, { title: 'Your recovery codes', body: showRecoveryCodes(recoveryCodes, location) })
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'sign_in_required') return overdue(c, error)
      return show(c, { error, passkey: passkey !== '' })
    }
  })
}

type Offer = NonNullable<Enrolment['app']>
type Failed = { error: AppError; passkey: boolean }

function ask({ app, passkey }: Enrolment, name: string, failed?: Failed): Markup {
  const error = failed && !failed.passkey ? failed.error : undefined
  const problem = error && (errorOf(error, 'code') ?? error.message)
  const message = failed?.passkey ? failed.error.message : undefined
  if (!passkey) {
    return html`<h1>${app ? 'Add an authenticator app' : 'Your organization requires a passkey'}</h1>
${app ? html`<p>Your organization asks for a second factor. You do this once.</p>${appForm(app, problem, true)}` : alert('Browsers have none for the address at which Claviger is reached. Ask an admin for help.')}`
  }
  return html`<h1>Add ${app ? 'a second factor' : 'a passkey'}</h1>
<p>Your organization asks for ${app ? 'one' : 'a passkey, and for nothing less'}. You do this once.</p>
<p>A passkey is kept by this device, by your phone or by a security key, and opens with your finger, face or PIN.</p>
${passkeyForm({ action: '/sign-in/enrol', ceremony: 'create', label: 'Add a passkey', fields: { name }, error: message })}
${app ? html`<details class="others" ${problem ? html`open` : ''}><summary>Use an authenticator app instead</summary>${appForm(app, problem, false)}</details>` : alert(problem)}`
}

function appForm(app: Offer, problem: string | undefined, focus: boolean): Markup {
  return html`<form method="post" action="/sign-in/enrol">
  ${totpSteps(app)}
  ${codeField(problem, 'Code', focus)}
  <button type="submit" ${focus ? '' : html`class="quiet"`}>Finish</button>
</form>`
}
