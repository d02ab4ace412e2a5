import type { Hono } from 'hono'
import { html } from 'hono/html'
import { askForPasskey, type ProofMethod } from '../../actions/prove.ts'
import { proveStepUp, viewStepUp } from '../../actions/step-up.ts'
import type { App } from '../../app.ts'
import { operations } from '../../contract/all.ts'
import { AppError } from '../../domain/errors.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { begun } from './passkey-form.ts'
import { PROOF_FIELDS, proofAt, proofForms, proofIntro, readProof } from './proof.ts'
import { statusOf } from './status.ts'
import { signedIn, toSignIn } from './viewer.ts'

const TITLE = 'Confirm a request'

/** Where a person confirms what their command line, or another program of theirs, asked for. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveStepUpPage(hono: Hono<any>, app: App): void {
  const show = (c: PageContext, stepUp: StepUp, shown: Shown) => {
    const body = stepUp.confirmedAt === null ? ask(c.req.path, stepUp, shown) : done()
    const status = shown.failed ? statusOf(shown.failed.error) : 200
    return page(c, app, { title: TITLE, body, status, passkeys: stepUp.methods.includes('passkey') })
  }

  hono.get('/step-up/:stepUpId', async (c) => {
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    try {
      const params = { stepUpId: c.req.param('stepUpId') }
      const stepUp = await viewStepUp(viewer, { params, query: {}, body: undefined as never })
      const there = stepUp.methods.length === 0 ? await proofAt(viewer, params.stepUpId) : null
      return show(c, stepUp, { there })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return page(c, app, { title: TITLE, body: gone(error), status: statusOf(error) })
    }
  })

  hono.post('/step-up/:stepUpId', async (c) => {
    const fields = await readForm(c, app, PROOF_FIELDS)
    const viewer = await signedIn(c, app)
    if (!viewer) return toSignIn(c)
    const params = { stepUpId: c.req.param('stepUpId') }
    try {
      const options = await begun(c, fields.proofPasskey, () => askForPasskey(viewer, params.stepUpId))
      if (options) return options
      await proveStepUp(viewer, { params, query: {}, body: readProof(fields) })
      return page(c, app, { title: TITLE, body: done() })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'not_found') return page(c, app, { title: TITLE, body: gone(error), status: 404 })
      const stepUp = await viewStepUp(viewer, { params, query: {}, body: undefined as never })
      return show(c, stepUp, { failed: { error, passkey: fields.proofPasskey !== '' } })
    }
  })
}

type StepUp = { operation: string; methods: ProofMethod[]; confirmedAt: string | null }
/** `there` is the way to the provider of who has nothing to confirm with here. */
type Shown = { failed?: { error: AppError; passkey: boolean }; there?: Markup | null }

function ask(action: string, { operation, methods }: StepUp, { failed, there }: Shown): Markup {
  const known = operations.find(({ name }) => name === operation)
  return html`<h1>Confirm a request</h1>
<p>A program that is signed in as you asks to do this:</p>
<p class="quote">${known?.summary ?? operation}.</p>
<p>If you did not start it, close this page: nothing happens then.</p>
${methods.length === 0 ? (there ?? proofIntro(methods)) : proofForms({ action, label: 'Confirm', methods, failed })}`
}

function done(): Markup {
  return html`<h1>Confirmed</h1>
<p>Go back to where you came from: the request may now be sent, once.</p>`
}

function gone(error: AppError): Markup {
  return html`<h1>Nothing to confirm</h1>
<p>${error.message}</p>`
}
