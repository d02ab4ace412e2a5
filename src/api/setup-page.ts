import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { z } from 'zod'
import { completeSetup, completeSetupInBrowser, isSetUp } from '../actions/setup.ts'
import { passFirstFactor } from '../actions/sign-in.ts'
import type { App } from '../app.ts'
import { setupComplete } from '../contract/setup.ts'
import { AppError } from '../domain/errors.ts'
import { errorOf, field, hidden, newPasswordField } from './pages/form.ts'
import { type Markup, page } from './pages/layout.ts'
import { goOn, keepsCookies } from './pages/sign-in.ts'
import { pageVisit } from './pages/viewer.ts'

type Fields = Record<string, string>

const MAX_FORM_BYTES = 8 * 1024

/**
 * The page behind the one-time link: a form that leads to the first steps in the dashboard, signed in. Where browsers cannot
 * be signed in, or without a password, its answer is the owner's token. Works without scripts.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveSetupPage(hono: Hono<any>, app: App): void {
  const show = (c: Context, status: 200 | 400 | 401 | 404, body: Markup) =>
    page(c, app, { title: 'Set up Claviger', body, status })

  hono.get('/setup', async (c) => {
    if (await isSetUp(app)) return show(c, 404, done())
    return show(c, 200, form({ setupToken: c.req.query('token') ?? '' }, {}))
  })

  hono.post('/setup', async (c) => {
    const { password, ...fields } = await readForm(c)
    const parsed = (setupComplete.body as z.ZodType<Parameters<typeof completeSetup>[1]['body']>).safeParse(
      password === '' ? fields : { ...fields, password },
    )
    if (!parsed.success) return show(c, 400, form(fields, problems(parsed.error)))
    try {
      const visit = pageVisit(c, app)
      if (parsed.data.password && keepsCookies(app)) {
        const owner = { ...parsed.data, password: parsed.data.password }
        const { user } = await completeSetupInBrowser(visit, owner)
        const how = { methods: ['pwd'], mfaDone: false, returnTo: '/start' }
        return goOn(c, await passFirstFactor(visit, { userId: user.id, ...how }))
      }
      const { secret } = await completeSetup(visit, { params: {}, query: {}, body: parsed.data })
      return show(c, 200, token(secret))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'not_found') return show(c, 404, done())
      const problem = errorOf(error, 'password')
      if (problem) return show(c, 400, form(fields, { password: problem }))
      return show(c, 401, form(fields, { setupToken: error.message }))
    }
  })
}

/**
 * Not the `readForm` of the other pages, which asks for our own Origin: nobody is signed in yet, so there is no cookie to
 * misuse. What counts is the one-time token, and its link opens where the program listens, which `CLAVIGER_URL` need not be.
 */
async function readForm(c: Context): Promise<Fields> {
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  if (!(length <= MAX_FORM_BYTES))
    throw new AppError('request_too_large', 'This form is larger than it can be.')
  const fields = new URLSearchParams(await c.req.text())
  return Object.fromEntries(
    ['setupToken', 'organization', 'email', 'name', 'password'].map((name) => [name, fields.get(name) ?? '']),
  )
}

function problems(error: z.ZodError): Fields {
  return Object.fromEntries(error.issues.map((issue) => [String(issue.path[0]), issue.message]))
}

function form(values: Fields, errors: Fields): Markup {
  const about = (name: string) => ({ name, value: values[name] ?? '', error: errors[name] })
  return html`<h1>Set up Claviger</h1>
<p>Name your organization and its first owner. This page works once.</p>
<form method="post" action="/setup">
  ${field({ ...about('organization'), label: 'Organization', autocomplete: 'organization', focus: true })}
  ${field({ ...about('name'), label: 'Your name', autocomplete: 'name' })}
  ${field({ ...about('email'), label: 'Your e-mail address', type: 'email', autocomplete: 'username' })}
  ${newPasswordField(errors.password)}
  ${tokenField(values, errors)}
  <button type="submit">Set up</button>
</form>`
}

/** The link brings it along: it is shown only to who has to type it. No password: browsers would keep it. */
function tokenField(values: Fields, errors: Fields): Markup {
  const { setupToken = '' } = values
  if (setupToken && !errors.setupToken) return hidden('setupToken', setupToken)
  const error = errors.setupToken
  return field({ name: 'setupToken', label: 'Set-up token', autocomplete: 'off', value: setupToken, error })
}

function token(secret: string): Markup {
  return html`<h1>Claviger is set up</h1>
<p>This is your API token. It is shown here only, now: keep it in a password manager.</p>
<pre tabindex="0" aria-label="API token">${secret}</pre>
<p>In a terminal, sign in with it, and paste it when asked:</p>
<pre tabindex="0" aria-label="Command">npx claviger login --token-stdin</pre>`
}

function done(): Markup {
  return html`<h1>Already set up</h1>
<p>This installation has its owner. <a href="/sign-in">Sign in</a> here, or with an API token in a terminal:
<code>npx claviger login --token-stdin</code>.</p>`
}
