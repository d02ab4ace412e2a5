import type { Hono } from 'hono'
import { html } from 'hono/html'
import { confirmEmailChange, openEmailChange, openStop, stopEmailChange } from '../../actions/email-change.ts'
import type { App } from '../../app.ts'
import { AppError } from '../../domain/errors.ts'
import { alert } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { statusOf } from './status.ts'
import { pageVisit, signedIn, toSignIn } from './viewer.ts'

const TITLE = 'Your e-mail address'

/** What the links open that go to both addresses when somebody changes theirs. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveEmailPages(hono: Hono<any>, app: App): void {
  const show = (c: PageContext, body: Markup) => page(c, app, { title: TITLE, body })
  /** Shows what came of it, or why nothing did. */
  const trying = async (c: PageContext, work: () => Promise<Response>) => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return page(c, app, { title: TITLE, body: refused(error.message), status: statusOf(error) })
    }
  }

  hono.get('/email/:token', async (c) => {
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    return trying(c, async () =>
      show(c, change(c.req.path, await openEmailChange(viewer, c.req.param('token')))),
    )
  })

  hono.post('/email/:token', async (c) => {
    await readForm(c, app, [])
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    return trying(c, async () => {
      await confirmEmailChange(viewer, c.req.param('token'))
      return c.redirect('/profile', 303)
    })
  })

  hono.get('/email/stop/:token', (c) =>
    trying(c, async () => show(c, stop(c.req.path, await openStop(pageVisit(c, app), c.req.param('token'))))),
  )

  hono.post('/email/stop/:token', async (c) => {
    await readForm(c, app, [])
    return trying(c, async () => {
      await stopEmailChange(pageVisit(c, app), c.req.param('token'))
      return show(c, stopped())
    })
  })
}

type Addresses = { oldEmail: string; newEmail: string }

function change(action: string, { oldEmail, newEmail }: Addresses): Markup {
  return html`<h1>Change your address</h1>
<p>You sign in with <strong>${newEmail}</strong> from then on, and no more with <strong>${oldEmail}</strong>. Your other
sessions end.</p>
<form method="post" action="${action}"><button type="submit">Change the address</button></form>
<p class="aside"><a href="/profile">Not now</a></p>`
}

function stop(action: string, { oldEmail, newEmail }: Addresses): Markup {
  return html`<h1>Was this not you?</h1>
<p>Somebody who is signed in to your account asked to use <strong>${newEmail}</strong> instead of
<strong>${oldEmail}</strong>. Stop it, and your address stays, or is again, the old one. Everybody is signed out of your
account, and you get a link to choose a new password.</p>
<form method="post" action="${action}"><button type="submit">Stop the change</button></form>`
}

function stopped(): Markup {
  return html`<h1>The change is stopped</h1>
<p>Your address is the old one, and everybody is signed out of your account. Look into your mail for a link to a new
password, and tell your admin.</p>
<p><a class="button" href="/sign-in">Sign in</a></p>`
}

function refused(message: string): Markup {
  return html`<h1>Nothing was changed</h1>
${alert(message)}
<p class="aside"><a href="/profile">Your profile</a></p>`
}
