import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { z } from 'zod'
import { openDelivery, viewDelivery } from '../../actions/deliveries.ts'
import type { App } from '../../app.ts'
import type { Delivery } from '../../contract/deliveries.ts'
import { AppError } from '../../domain/errors.ts'
import { confirmed, PROOF_FIELDS } from './confirm.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { statusOf } from './status.ts'
import { signedIn, toSignIn } from './viewer.ts'

const TITLE = 'Open your key'

/** Where the owner of a key opens it. Looking at the page changes nothing: mail scanners follow links. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveDeliveryPage(hono: Hono<any>, app: App): void {
  hono.get('/delivery/:deliveryId', async (c) => {
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    const delivery = await viewDelivery(viewer, c.req.param('deliveryId'))
    if (!delivery) return failed(c, app, new AppError('not_found', 'There is no key here for you to open.'))
    return page(c, app, { title: TITLE, body: ready(c.req.path, delivery) })
  })

  hono.post('/delivery/:deliveryId', async (c) => {
    const fields = await readForm(c, app, PROOF_FIELDS)
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    const params = { deliveryId: c.req.param('deliveryId') }
    try {
      return await confirmed(
        c,
        app,
        viewer,
        { title: TITLE, operation: 'deliveryOpen', fields },
        async (ctx) => {
          const { key, secret } = await openDelivery(ctx, { params, query: {}, body: undefined as never })
          return page(c, app, { title: 'Your key', body: opened(key, secret) })
        },
      )
    } catch (error) {
      if (error instanceof AppError) return failed(c, app, error)
      throw error
    }
  })
}

function ready(path: string, { keyName, expiresAt, openedAt, voidedAt }: z.output<typeof Delivery>): Markup {
  if (openedAt !== null) {
    return html`<h1>Opened already</h1>
<p>The key <strong>${keyName}</strong> was opened ${day(openedAt)}. Its secret is shown only once.</p>
<p>If that was not you, have the key revoked now. If you lost the secret, ask for it to be delivered again.</p>`
  }
  if (voidedAt !== null || Date.parse(expiresAt) <= Date.now()) {
    return html`<h1>No longer here</h1>
<p>The key <strong>${keyName}</strong> was not opened in time, or there is a newer delivery of it. Ask for it to be
delivered again.</p>`
  }
  return html`<h1>Your key is ready</h1>
<p>The key <strong>${keyName}</strong> waits for you until ${day(expiresAt)}.</p>
<p>Its secret is made when you open it, and shown once. Have a safe place for it at hand, such as a password manager.</p>
<form method="post" action="${path}"><button type="submit">Open it</button></form>`
}

function opened({ name, expiresAt }: { name: string; expiresAt: string | null }, secret: string): Markup {
  return html`<h1>Your key</h1>
<p>This is the secret of <strong>${name}</strong>. Save it now: it is not shown again, and nobody else has it.</p>
<pre tabindex="0" aria-label="Secret">${secret}</pre>
${expiresAt === null ? '' : html`<p>It works until ${day(expiresAt)}.</p>`}`
}

function failed(c: PageContext, app: App, error: AppError): Response | Promise<Response> {
  const body = html`<h1>Not opened</h1>
<p>${error.message}</p>`
  return page(c, app, { title: TITLE, body, status: statusOf(error) })
}

/** A moment as people write it, without seconds: `2026-11-26 04:30 UTC`. */
function day(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`
}
