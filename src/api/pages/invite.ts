import type { Hono } from 'hono'
import { html } from 'hono/html'
import { acceptWithPassword, readInvitation, type Welcome } from '../../actions/accept-invitation.ts'
import { viewProfile } from '../../actions/profile.ts'
import { connectionOf } from '../../actions/sso-begin.ts'
import type { App } from '../../app.ts'
import { Name } from '../../contract/fields.ts'
import { AppError } from '../../domain/errors.ts'
import { alert, errorOf, field, newPasswordField } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { goOn } from './sign-in.ts'
import { statusOf } from './status.ts'
import { pageVisit, signedIn } from './viewer.ts'

const TITLE = 'Your invitation'

/** What the link of an invitation opens: it becomes an account only when somebody sends this form. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveInvitePage(hono: Hono<any>, app: App): void {
  const refuse = (c: PageContext, error: unknown) => {
    if (!(error instanceof AppError)) throw error
    return page(c, app, { title: TITLE, body: refused(error.message), status: statusOf(error) })
  }
  /** Who is signed in as somebody else would get an account without noticing. */
  const other = async (c: PageContext, { email }: Welcome) => {
    const viewer = await signedIn(c, app)
    const signedInAs = viewer ? (await viewProfile(viewer)).user.email : email
    return signedInAs === email ? null : signedInAs
  }

  hono.get('/invite/:token', async (c) => {
    try {
      const welcome = await readInvitation(pageVisit(c, app), c.req.param('token'))
      const signedInAs = await other(c, welcome)
      const there = await connectionOf(pageVisit(c, app), welcome.email)
      const body = signedInAs
        ? signOutFirst(welcome, signedInAs)
        : there
          ? acceptThere(c.req.path, welcome, there)
          : form(c.req.path, welcome, welcome.name)
      return page(c, app, { title: TITLE, body })
    } catch (error) {
      return refuse(c, error)
    }
  })

  hono.post('/invite/:token', async (c) => {
    const token = c.req.param('token')
    const { name, password } = await readForm(c, app, ['name', 'password'])
    const visit = pageVisit(c, app)
    try {
      const welcome = await readInvitation(visit, token)
      const signedInAs = await other(c, welcome)
      if (signedInAs)
        return page(c, app, { title: TITLE, body: signOutFirst(welcome, signedInAs), status: 403 })
      const again = (problems: Problems, status: 400 | 409 = 400) =>
        page(c, app, { title: TITLE, body: form(c.req.path, welcome, name, problems), status })
      if (!Name.safeParse(name.trim()).success)
        return again({ name: 'Enter a name of at most 120 characters.' })
      try {
        return goOn(c, await acceptWithPassword(visit, { token, name: name.trim(), password }))
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        const problem = errorOf(error, 'password')
        if (problem) return again({ password: problem })
        throw error
      }
    } catch (error) {
      return refuse(c, error)
    }
  })
}

type Problems = { name?: string; password?: string }

function form(path: string, welcome: Welcome, name: string, problems: Problems = {}): Markup {
  const { organization, inviter, email } = welcome
  return html`<h1>Welcome to ${organization}</h1>
<p>${inviter} asks you in as <strong>${email}</strong>. Choose a password, and you are there.</p>
${acceptForm(path, welcome, name, problems)}`
}

function acceptForm(path: string, { email }: Welcome, name: string, problems: Problems = {}): Markup {
  return html`<form method="post" action="${path}">
  <input class="unseen" type="email" value="${email}" autocomplete="username" readonly tabindex="-1" aria-label="E-mail address">
  ${field({ name: 'name', label: 'Your name', autocomplete: 'name', value: name, error: problems.name })}
  ${newPasswordField(problems.password)}
  <button type="submit">Accept the invitation</button>
</form>`
}

/** Whose address a connection has signs in there, and needs no password. */
function acceptThere(path: string, welcome: Welcome, there: { name: string; enforced: boolean }): Markup {
  const { organization, inviter, email, name } = welcome
  return html`<h1>Welcome to ${organization}</h1>
<p>${inviter} asks you in as <strong>${email}</strong>.</p>
<a class="button" href="${path}/sso">Accept with ${there.name}</a>
${there.enforced ? '' : html`<details class="aside"><summary>Choose a password instead</summary>${acceptForm(path, welcome, name)}</details>`}`
}

function signOutFirst({ email }: Welcome, signedInAs: string): Markup {
  return html`<h1>This invitation is for somebody else</h1>
<p>It is for <strong>${email}</strong>, and this browser is signed in as <strong>${signedInAs}</strong>. Sign out, then open
the link once more.</p>
<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>`
}

function refused(message: string): Markup {
  return html`<h1>This invitation cannot be accepted</h1>
${alert(message)}`
}
