import type { Hono } from 'hono'
import { html } from 'hono/html'
import { decideOffer, findOffer } from '../../actions/device-codes.ts'
import { viewProfile } from '../../actions/profile.ts'
import type { App, Ctx } from '../../app.ts'
import { readUserCode, showUserCode } from '../../domain/device-code.ts'
import { AppError } from '../../domain/errors.ts'
import { field, hidden } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { statusOf } from './status.ts'
import { signedIn } from './viewer.ts'

const TITLE = 'Sign in a command line'

/**
 * Where somebody signs in a command line that has no browser beside it. A link may bring the code along, but nothing
 * happens before they saw who waits, and pressed a button (RFC 8628, 3.3 and 5.4).
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveDevicePages(hono: Hono<any>, app: App): void {
  hono.get('/device', async (c) => {
    const code = readUserCode(c.req.query('code') ?? '')
    if (!(await signedIn(c, app))) return toSignIn(c, code)
    return page(c, app, { title: TITLE, body: askCode(code ? showUserCode(code) : '') })
  })

  hono.post('/device', async (c) => {
    const { code } = await readForm(c, app, ['code'])
    return answered(c, app, code, async (viewer) => {
      const offer = await findOffer(viewer, code)
      const { user } = await viewProfile(viewer)
      return askYes({
        ...offer,
        code: showUserCode(readUserCode(code) ?? ''),
        email: user.email,
        viewerIp: viewer.ip,
      })
    })
  })

  hono.post('/device/answer', async (c) => {
    const { code, answer } = await readForm(c, app, ['code', 'answer'])
    return answered(c, app, code, async (viewer) => {
      const yes = answer === 'yes'
      await decideOffer(viewer, code, yes)
      return yes ? goBack() : refused()
    })
  })
}

/** The page that `work` makes for who is signed in; the first one again when it fails. */
async function answered(
  c: PageContext,
  app: App,
  code: string,
  work: (viewer: Ctx) => Promise<Markup>,
): Promise<Response> {
  const viewer = await signedIn(c, app)
  if (!viewer) return toSignIn(c, readUserCode(code))
  try {
    return await page(c, app, { title: TITLE, body: await work(viewer) })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return page(c, app, { title: TITLE, body: askCode(code, error.message), status: statusOf(error) })
  }
}

/** To the sign-in page, and from there back to the first one: a form is not sent on. */
function toSignIn(c: PageContext, code: string | null): Response {
  const to = code === null ? '/device' : `/device?code=${showUserCode(code)}`
  return c.redirect(`/sign-in?${new URLSearchParams({ to })}`, 303)
}

function askCode(code: string, error?: string): Markup {
  return html`<h1>Sign in a command line</h1>
<p>Enter the code that your terminal shows.</p>
<form method="post" action="/device">
  ${field({ name: 'code', label: 'Code', autocomplete: 'off', hint: 'Eight letters, such as WDJB-MJHT.', value: code, error, focus: true })}
  <button type="submit">Continue</button>
</form>`
}

type Waiting = {
  code: string
  clientName: string
  ip: string | null
  userAgent: string | null
  createdAt: Date
  /** As whom it will act, and where they are. */
  email: string
  viewerIp: string | null
}

function askYes({ code, clientName, ip, userAgent, createdAt, email, viewerIp }: Waiting): Markup {
  return html`<h1>Did you start this?</h1>
<p>A command line asks to act as <strong>${email}</strong>.</p>
<ul class="rows">
  <li><div><small>Code</small><br><strong>${code}</strong></div></li>
  <li><div><small>It calls itself</small><br><strong>${clientName}</strong>${userAgent ? html` <small>${userAgent}</small>` : ''}</div></li>
  <li><div><small>Its address</small><br><strong>${ip ?? 'unknown'}</strong>${
    ip !== viewerIp ? html`<br><small>You are at ${viewerIp ?? 'an unknown address'}.</small>` : ''
  }</div></li>
  <li><div><small>It began</small><br><strong>${createdAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</strong></div></li>
</ul>
${whatItMayDo()}
<p>Go on only if you started it yourself just now, and your terminal shows this very code. If somebody sent you the code
or the link, press “No”.</p>
${yesOrNo('/device/answer', { code })}`
}

/** What a command line gets with a yes, wherever it is asked for. */
export function whatItMayDo(): Markup {
  return html`<p>It may then do all that you may, until it signs out or you sign it out in <a href="/profile">your profile</a>.
For what is sensitive it asks you to confirm.</p>`
}

export function yesOrNo(path: string, fields: Record<string, string>): Markup {
  return html`<form method="post" action="${path}">
  ${Object.entries(fields).map(([name, value]) => hidden(name, value))}
  <button type="submit" name="answer" value="yes">Yes, sign it in</button>
  <button type="submit" name="answer" value="no" class="quiet wide">No</button>
</form>`
}

function goBack(): Markup {
  return html`<h1>It is signed in</h1>
<p>Go back to your terminal: it goes on within a few seconds. You can close this window.</p>`
}

function refused(): Markup {
  return html`<h1>It was not signed in</h1>
<p>The command line got nothing. You can close this window.</p>`
}
