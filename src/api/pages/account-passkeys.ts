import type { Hono } from 'hono'
import { html } from 'hono/html'
import { createPasskey, removePasskey, startPasskey } from '../../actions/passkeys.ts'
import type { App, Ctx } from '../../app.ts'
import { Name } from '../../contract/fields.ts'
import { PasskeyCreated } from '../../contract/passkeys.ts'
import { browserName } from '../../domain/browser-name.ts'
import { AppError } from '../../domain/errors.ts'
import { confirmed, PROOF_FIELDS } from './confirm.ts'
import { showRecoveryCodes } from './factor.ts'
import { alert, field } from './form.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { passkeyForm, readAnswer } from './passkey-form.ts'
import { statusOf } from './status.ts'
import { signedIn } from './viewer.ts'

const TITLE = 'Add a passkey'
const NOTHING = { params: {}, query: {}, body: undefined as never }

/** Passkeys of one's own account: adding one, which the browser makes, and removing one. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function servePasskeyPages(hono: Hono<any>, app: App): void {
  function post<Field extends string>(
    path: string,
    names: readonly Field[],
    work: (c: PageContext, viewer: Ctx, fields: Record<Field, string>) => Promise<Response>,
  ): void {
    hono.post(path, async (c) => {
      const fields = await readForm(c, app, names)
      const viewer = await signedIn(c, app)
      if (!viewer) return c.redirect('/sign-in?to=/account', 303)
      try {
        return await work(c, viewer, fields)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        return page(c, app, { title: 'Passkeys', body: failed(error.message), status: statusOf(error) })
      }
    })
  }

  post('/account/passkeys', PROOF_FIELDS, (c, viewer, fields) =>
    confirmed(c, app, viewer, { title: TITLE, operation: 'passkeyStart', fields }, async (ctx) => {
      const { options } = await startPasskey(ctx)
      const body = add(browserName(c.req.header('user-agent') ?? ''), options)
      return page(c, app, { title: TITLE, body, passkeys: true })
    }),
  )

  post('/account/passkeys/add', ['name', 'passkey'], async (c, viewer, { name, passkey }) => {
    const response = readAnswer(PasskeyCreated, passkey)
    // The authenticator has it already: no name is worth making it again.
    const named = Name.safeParse(name.trim()).data ?? browserName(c.req.header('user-agent') ?? '')
    const { recoveryCodes } = await createPasskey(viewer, { ...NOTHING, body: { name: named, response } })
    if (recoveryCodes.length === 0) return c.redirect('/account', 303)
    const body = showRecoveryCodes(recoveryCodes, '/account')
    return page(c, app, { title: 'Your recovery codes', body })
  })

  post('/account/passkeys/remove', ['passkeyId', ...PROOF_FIELDS], (c, viewer, fields) =>
    confirmed(
      c,
      app,
      viewer,
      { title: 'Remove the passkey', operation: 'passkeyDelete', fields },
      async (ctx) => {
        await removePasskey(ctx, { ...NOTHING, params: { passkeyId: fields.passkeyId } })
        return c.redirect('/account', 303)
      },
    ),
  )
}

function add(name: string, options: object): Markup {
  const fields = html`${field({ name: 'name', label: 'What you call it', autocomplete: 'off', value: name })}`
  return html`<h1>Add a passkey</h1>
<p>It is kept by this device, by your phone or by a security key, and opens with your finger, face or PIN. Your browser
asks where.</p>
${passkeyForm({ action: '/account/passkeys/add', ceremony: 'create', label: 'Add the passkey', fields, options })}
<p class="aside"><a href="/account">Not now</a></p>`
}

function failed(message: string): Markup {
  return html`<h1>Passkeys</h1>
${alert(message)}
<p class="aside"><a href="/account">Back to your account</a></p>`
}
