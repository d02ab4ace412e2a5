import type { Hono } from 'hono'
import { html } from 'hono/html'
import { beginSso } from '../../actions/sso-attempts.ts'
import { beginInvited, beginLink, beginStepUp, beginTest } from '../../actions/sso-begin.ts'
import { LogoutRefused, logOutAtProvider } from '../../actions/sso-logout.ts'
import { finishSso, type Tested } from '../../actions/sso-sign-in.ts'
import type { App } from '../../app.ts'
import { clearCookie, readCookie, SSO_COOKIE } from '../../cookies.ts'
import { AppError } from '../../domain/errors.ts'
import { alert } from './form.ts'
import { type Markup, type PageContext, page } from './layout.ts'
import { goOn } from './sign-in.ts'
import { statusOf } from './status.ts'
import { pageVisit, signedIn, toSignIn } from './viewer.ts'

const TITLE = 'Sign in'
const MAX_FORM_BYTES = 65_536

/** To identity providers and back. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, these pages do not look at it.
export function serveSsoPages(hono: Hono<any>, app: App): void {
  const sent = async (c: PageContext, begin: () => Promise<{ cookies: string[]; location: string }>) => {
    try {
      const { cookies, location } = await begin()
      for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
      return c.redirect(location, 303)
    } catch (error) {
      return failed(c, app, error)
    }
  }

  hono.get('/sso/:connectionId/start', (c) =>
    sent(c, () => {
      const returnTo = c.req.query('to') ?? ''
      return beginSso(pageVisit(c, app), c.req.param('connectionId'), { purpose: 'sign-in' }, { returnTo })
    }),
  )

  hono.get('/sso/:connectionId/test', async (c) => {
    const viewer = await signedIn(c, app)
    return viewer ? sent(c, () => beginTest(viewer, c.req.param('connectionId'))) : toSignIn(c)
  })

  hono.get('/sso/:connectionId/step-up/:stepUpId', async (c) => {
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    return sent(c, () => beginStepUp(viewer, c.req.param('connectionId'), c.req.param('stepUpId')))
  })

  hono.get('/sso/:connectionId/link/:token', async (c) => {
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    return sent(c, () => beginLink(viewer, c.req.param('connectionId'), c.req.param('token')))
  })

  hono.get('/invite/:token/sso', (c) => sent(c, () => beginInvited(pageVisit(c, app), c.req.param('token'))))

  hono.get('/sso/callback', async (c) => {
    const cookie = readCookie(c.req.header('cookie') ?? null, SSO_COOKIE)
    const viewer = await signedIn(c, app)
    try {
      const parameters = new URL(c.req.url).searchParams
      const finished = await finishSso(pageVisit(c, app), { parameters, cookie, viewer })
      c.header('set-cookie', clearCookie(SSO_COOKIE), { append: true })
      switch (finished.done) {
        case 'signed-in':
          return goOn(c, finished.next)
        case 'linked':
          return c.redirect('/profile', 303)
        case 'tested':
          return page(c, app, { title: 'Test sign-in', body: tested(finished.tested) })
        case 'confirmed':
          return page(c, app, { title: 'Confirmed', body: confirmed() })
      }
    } catch (error) {
      return failed(c, app, error)
    }
  })

  // From the provider itself, and proved by what it signed: no cookie comes with it (2.5 and 2.8 of Back-Channel Logout).
  hono.post('/sso/:connectionId/backchannel-logout', async (c) => {
    const token = await readLogoutToken(c)
    try {
      if (token === null) throw new LogoutRefused('it is no form with a logout_token')
      await logOutAtProvider(pageVisit(c, app), c.req.param('connectionId'), token)
      return c.body(null, 200)
    } catch (error) {
      if (error instanceof LogoutRefused) return c.json({ error: 'invalid_request' }, 400)
      throw error
    }
  })
}

async function readLogoutToken({ req }: PageContext): Promise<string | null> {
  const length = Number(req.header('content-length') ?? Number.NaN)
  if (!(length <= MAX_FORM_BYTES)) return null
  const tokens = new URLSearchParams(await req.text()).getAll('logout_token')
  return tokens.length === 1 ? (tokens[0] ?? null) : null
}

function failed(c: PageContext, app: App, error: unknown): Response | Promise<Response> {
  if (!(error instanceof AppError)) throw error
  const body = html`<h1>Not signed in</h1>
${alert(error.message)}
<p class="aside"><a href="/sign-in">Back to the sign-in page</a></p>`
  return page(c, app, { title: TITLE, body, status: statusOf(error) })
}

function confirmed(): Markup {
  return html`<h1>Confirmed</h1>
<p>Go back to where you came from: the request may now be sent, once.</p>`
}

/** What the provider said, for whoever sets a connection up: to see which claims there are to map. */
function tested({ connectionId, connection, claims, mfa, grants, problem }: Tested): Markup {
  return html`<h1>${problem === null ? 'It works' : 'Not yet'}</h1>
${
  problem === null
    ? html`<p><strong>${connection}</strong> said who you are, and people can sign in with it once it is enabled. Nobody was signed in by this test.</p>`
    : html`<p class="error" role="alert">${problem}</p>`
}
<section>
  <h2>What it would come to</h2>
  <ul class="rows">
    <li><span>Second factor</span><strong>${mfa ? 'done at the provider' : 'asked for here, where one is required'}</strong></li>
    ${grants.map(
      ({ roleId, projectId, teamId, production }) =>
        html`<li><span>Role <strong>${roleId}</strong></span><span>${projectId ?? teamId ?? 'the whole organization'}${production ? ', production too' : ''}</span></li>`,
    )}
    ${grants.length === 0 ? html`<li>No role: nothing here could be used.</li>` : ''}
  </ul>
</section>
<section>
  <h2>What it said</h2>
  <pre>${JSON.stringify(claims, null, 2)}</pre>
  <p class="hint">Give a group a role with <code>claviger mapping create --connection ${connectionId}</code>.</p>
</section>`
}
