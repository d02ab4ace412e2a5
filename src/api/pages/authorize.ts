import type { Hono } from 'hono'
import { html } from 'hono/html'
import { answerAuthorization } from '../../actions/authorization-codes.ts'
import { viewProfile } from '../../actions/profile.ts'
import type { App } from '../../app.ts'
import {
  AUTHORIZATION_FIELDS,
  type AuthorizationFields,
  type AuthorizationRequest,
  readAuthorizationRequest,
} from '../../domain/authorization-request.ts'
import { whatItMayDo, yesOrNo } from './device.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { signedIn, toSignIn } from './viewer.ts'

const TITLE = 'Sign in the command line'

/** Where `claviger login` sends the browser of its own machine (RFC 8252), and the pages on which that ends. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveAuthorizePages(hono: Hono<any>, app: App): void {
  hono.get('/oauth/authorize', async (c) => {
    const fields = readQuery(c)
    const request = fields && readAuthorizationRequest(fields)
    if (!request) return page(c, app, { title: TITLE, body: notUnderstood(), status: 400 })
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    const { user } = await viewProfile(viewer)
    const formTo = new URL(request.redirectUri).origin
    return page(c, app, { title: TITLE, body: ask(user.email, request, fields), formTo })
  })

  hono.post('/oauth/authorize', async (c) => {
    const { answer, ...fields } = await readForm(c, app, [...AUTHORIZATION_FIELDS, 'answer'])
    const request = readAuthorizationRequest(fields)
    if (!request) return page(c, app, { title: TITLE, body: notUnderstood(), status: 400 })
    const viewer = await signedIn(c, app)
    if (!viewer) return c.redirect(`/sign-in?${new URLSearchParams({ to: addressOf(fields) })}`, 303)
    return c.redirect(await answerAuthorization(viewer, request, answer === 'yes'), 303)
  })

  // The command line sends the browser here once it is done: so the code is not left in the address.
  hono.get('/oauth/signed-in', (c) => page(c, app, { title: TITLE, body: signedInThere() }))
  hono.get('/oauth/refused', (c) => page(c, app, { title: TITLE, body: refusedThere() }))
}

function addressOf(fields: AuthorizationFields): string {
  return `/oauth/authorize?${new URLSearchParams(fields)}`
}

/** Each field once; null when one is there twice. */
function readQuery(c: PageContext): AuthorizationFields | null {
  const { searchParams } = new URL(c.req.url)
  if (AUTHORIZATION_FIELDS.some((name) => searchParams.getAll(name).length > 1)) return null
  const entries = AUTHORIZATION_FIELDS.map((name) => [name, searchParams.get(name) ?? ''])
  // One entry for each name.
  return Object.fromEntries(entries) as AuthorizationFields
}

function ask(email: string, { clientName }: AuthorizationRequest, fields: AuthorizationFields): Markup {
  return html`<h1>Did you start this?</h1>
<p>The command line on this machine, <strong>${clientName}</strong>, asks to act as <strong>${email}</strong>.</p>
${whatItMayDo()}
<p>Go on only if you just ran <strong>claviger login</strong> yourself.</p>
${yesOrNo('/oauth/authorize', fields)}`
}

function signedInThere(): Markup {
  return html`<h1>You are signed in</h1>
<p>Your command line goes on by itself. You can close this window.</p>`
}

function refusedThere(): Markup {
  return html`<h1>It was not signed in</h1>
<p>The command line got nothing. You can close this window.</p>`
}

function notUnderstood(): Markup {
  return html`<h1>This link does not work</h1>
<p>It is not one that this version of <strong>claviger login</strong> makes. Run it again in your terminal.</p>`
}
