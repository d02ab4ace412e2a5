import type { Hono } from 'hono'
import { html } from 'hono/html'
import {
  changeEmail,
  confirmEmailChange,
  openEmailChange,
  openStop,
  stopEmailChange,
} from '../../actions/email-change.ts'
import type { App } from '../../app.ts'
import { emailChange } from '../../contract/profile.ts'
import { AppError } from '../../domain/errors.ts'
import { confirmed, PROOF_FIELDS } from './confirm.ts'
import { alert, errorOf, field } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { statusOf } from './status.ts'
import { pageVisit, signedIn, toSignIn } from './viewer.ts'

const TITLE = 'Your e-mail address'

/** Changing the address of one's own account: asking for it, and what the links to both addresses open. */
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

  hono.get('/account/email', async (c) => ((await signedIn(c, app)) ? show(c, ask('')) : toSignIn(c)))

  hono.post('/account/email', async (c) => {
    const fields = await readForm(c, app, ['email', ...PROOF_FIELDS])
    const viewer = await signedIn(c, app)
    if (!viewer) return c.redirect('/sign-in?to=/account/email', 303)
    const body = emailChange.body?.safeParse({ email: fields.email.trim() })
    const again = (error: string) =>
      page(c, app, { title: TITLE, body: ask(fields.email, error), status: 400 })
    if (!body?.success) return again('Enter an address such as ada@example.com.')
    const asked = { title: 'Change your address', operation: 'emailChange', fields }
    return confirmed(c, app, viewer, asked, async (ctx) => {
      try {
        await changeEmail(ctx, { params: {}, query: {}, body: body.data })
        return show(c, sent(body.data.email))
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'step_up_required') throw error
        return again(errorOf(error, 'email') ?? error.message)
      }
    })
  })

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

function ask(email: string, error?: string): Markup {
  return html`<h1>Change your address</h1>
<p>We send a link to the new one. You sign in with it once you opened that link in this browser. The old address is told,
and can stop it for seven days.</p>
<form method="post" action="/account/email">
  ${field({ name: 'email', label: 'New e-mail address', type: 'email', autocomplete: 'email', value: email, error, focus: true })}
  <button type="submit">Send the link</button>
</form>
<p class="aside"><a href="/account">Not now</a></p>`
}

function sent(email: string): Markup {
  return html`<h1>Look into your mail</h1>
<p>A link is on its way to <strong>${email}</strong>. Open it in this browser, within 24 hours. Until then nothing changes.</p>
<p class="aside"><a href="/account">Back to your account</a></p>`
}

type Addresses = { oldEmail: string; newEmail: string }

function change(action: string, { oldEmail, newEmail }: Addresses): Markup {
  return html`<h1>Change your address</h1>
<p>You sign in with <strong>${newEmail}</strong> from then on, and no more with <strong>${oldEmail}</strong>. Your other
sessions end.</p>
<form method="post" action="${action}"><button type="submit">Change the address</button></form>
<p class="aside"><a href="/account">Not now</a></p>`
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
