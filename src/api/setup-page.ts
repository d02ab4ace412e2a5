import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { z } from 'zod'
import { completeSetup, isSetUp } from '../actions/setup.ts'
import type { App } from '../app.ts'
import { setupComplete } from '../contract/setup.ts'
import { AppError } from '../domain/errors.ts'
import { type Markup, page } from './pages/layout.ts'
import { pageVisit } from './pages/viewer.ts'

type Fields = Record<string, string>

const MAX_FORM_BYTES = 8 * 1024

/** The page behind the one-time link: a form, and the owner's token in answer to it. Works without scripts. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveSetupPage(hono: Hono<any>, app: App): void {
  const show = (c: Context, status: 200 | 400 | 401 | 404, body: Markup) =>
    page(c, app, { title: 'Set up Claviger', body, status })

  hono.get('/setup', async (c) => {
    if (await isSetUp(app)) return show(c, 404, done())
    return show(c, 200, form({ setupToken: c.req.query('token') ?? '' }, {}))
  })

  hono.post('/setup', async (c) => {
    const fields = await readForm(c)
    const parsed = (setupComplete.body as z.ZodType<Parameters<typeof completeSetup>[1]['body']>).safeParse(
      fields,
    )
    if (!parsed.success) return show(c, 400, form(fields, problems(parsed.error)))
    try {
      const { secret } = await completeSetup(pageVisit(c, app), { params: {}, query: {}, body: parsed.data })
      return show(c, 200, token(secret))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'not_found') return show(c, 404, done())
      return show(c, 401, form(fields, { setupToken: error.message }))
    }
  })
}

async function readForm(c: Context): Promise<Fields> {
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  if (!(length <= MAX_FORM_BYTES))
    throw new AppError('request_too_large', 'This form is larger than it can be.')
  const fields = new URLSearchParams(await c.req.text())
  return Object.fromEntries(
    ['setupToken', 'organization', 'email', 'name'].map((name) => [name, fields.get(name) ?? '']),
  )
}

function problems(error: z.ZodError): Fields {
  return Object.fromEntries(error.issues.map((issue) => [String(issue.path[0]), issue.message]))
}

function form(values: Fields, errors: Fields): Markup {
  return html`<h1>Set up Claviger</h1>
<p>Name your organization and its first owner. This page works once.</p>
<form method="post" action="/setup">
  ${field('organization', 'Organization', 'text', 'organization', values, errors)}
  ${field('name', 'Your name', 'text', 'name', values, errors)}
  ${field('email', 'Your e-mail address', 'email', 'email', values, errors)}
  ${tokenField(values, errors)}
  <button type="submit">Set up</button>
</form>`
}

/** The link brings it along: it is shown only to who has to type it. No password: browsers would keep it. */
function tokenField(values: Fields, errors: Fields): Markup {
  return values.setupToken && !errors.setupToken
    ? html`<input type="hidden" name="setupToken" value="${values.setupToken}">`
    : field('setupToken', 'Set-up token', 'text', 'off', values, errors)
}

function field(
  name: string,
  label: string,
  type: string,
  autocomplete: string,
  values: Fields,
  errors: Fields,
): Markup {
  const error = errors[name]
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${values[name] ?? ''}" required
  ${error ? html`aria-invalid="true" aria-describedby="${name}-error"` : ''}>
${error ? html`<p class="error" id="${name}-error" role="alert">${error}</p>` : ''}`
}

function token(secret: string): Markup {
  return html`<h1>Claviger is set up</h1>
<p>This is your API token. It is shown here only, now: keep it in a password manager.</p>
<pre tabindex="0" aria-label="API token">${secret}</pre>
<p>In a terminal, sign in and paste it when asked:</p>
<pre tabindex="0" aria-label="Command">npx claviger login</pre>`
}

function done(): Markup {
  return html`<h1>Already set up</h1>
<p>This installation has its owner. Sign in with an API token: <code>npx claviger login</code>.</p>`
}
