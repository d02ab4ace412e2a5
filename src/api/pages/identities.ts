import type { Hono } from 'hono'
import { html } from 'hono/html'
import { deleteIdentityFor, listIdentitiesFor } from '../../actions/identities.ts'
import { beginLink, connectionsToOffer } from '../../actions/sso-begin.ts'
import type { App, Ctx } from '../../app.ts'
import type { identityList } from '../../contract/identities.ts'
import type { Output } from '../../contract/operation.ts'
import { AppError } from '../../domain/errors.ts'
import { confirmed, PROOF_FIELDS } from './confirm.ts'
import { alert, hidden } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { statusOf } from './status.ts'
import { signedIn } from './viewer.ts'

const MOST = 50

/** The forms of the account page with which people connect and disconnect their accounts at providers. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveIdentityForms(hono: Hono<any>, app: App): void {
  const post = (
    path: string,
    name: 'connectionId' | 'identityId',
    what: { title: string; operation: string },
    work: (c: PageContext, ctx: Ctx, id: string) => Promise<Response>,
  ) =>
    hono.post(path, async (c) => {
      const fields = await readForm(c, app, [name, ...PROOF_FIELDS])
      const viewer = await signedIn(c, app)
      if (!viewer) return c.redirect('/sign-in?to=/account', 303)
      try {
        return await confirmed(c, app, viewer, { ...what, fields }, (ctx) => work(c, ctx, fields[name]))
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        const body = html`<h1>${what.title}</h1>${alert(error.message)}
<p class="aside"><a href="/account">Back to your account</a></p>`
        return page(c, app, { title: what.title, body, status: statusOf(error) })
      }
    })

  const connect = { title: 'Connect an account', operation: 'identityStart' }
  post('/account/identities/connect', 'connectionId', connect, async (c, ctx, connectionId) => {
    const { cookies, location } = await beginLink(ctx, connectionId)
    for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
    return page(c, app, { title: connect.title, body: onward(location) })
  })

  const disconnect = { title: 'Disconnect an account', operation: 'identityDelete' }
  post('/account/identities/disconnect', 'identityId', disconnect, async (c, ctx, identityId) => {
    await deleteIdentityFor(ctx, { params: { identityId }, query: {}, body: undefined as never })
    return c.redirect('/account', 303)
  })
}

/** The accounts elsewhere with which this person signs in, and those that they can connect; nothing when there are none. */
export async function identitiesSection(viewer: Ctx): Promise<Markup> {
  const query = { limit: MOST }
  const { data } = await listIdentitiesFor(viewer, { params: {}, query, body: undefined as never })
  const offered = await connectionsToOffer(viewer)
  const more = offered.filter(({ id }) => !data.some(({ connectionId }) => connectionId === id))
  if (data.length === 0 && more.length === 0) return html``
  return html`<section>
  <h2>Connected accounts</h2>
  <p>${data.length === 0 ? 'Connect your account there, and sign in with it.' : 'You sign in with these.'}</p>
  <ul class="rows">${data.map(identityRow)}${more.map(connectRow)}</ul>
</section>`
}

type Identity = Output<typeof identityList>['data'][number]

function identityRow({ id, connection, email, subject, lastSignInAt }: Identity): Markup {
  const used = lastSignInAt ? `last used ${lastSignInAt.slice(0, 10)}` : 'not used yet'
  return html`<li>
  <div><strong>${connection}</strong><br><small>${email ?? subject} · ${used}</small></div>
  <form method="post" action="/account/identities/disconnect">${hidden('identityId', id)}
    <button type="submit" class="quiet small" aria-label="Disconnect ${connection}">Disconnect</button></form>
</li>`
}

function connectRow({ id, name }: { id: string; name: string }): Markup {
  return html`<li>
  <div><strong>${name}</strong></div>
  <form method="post" action="/account/identities/connect">${hidden('connectionId', id)}
    <button type="submit" class="quiet small" aria-label="Connect ${name}">Connect</button></form>
</li>`
}

/** A form that is answered by a redirect to elsewhere is one that browsers refuse here: a page leads on. */
function onward(location: string): Markup {
  return html`<meta http-equiv="refresh" content="0; url=${location}">
<h1>Connect an account</h1>
<p>Sign in there, and it is connected to yours.</p>
<a class="button" href="${location}">Continue</a>`
}
