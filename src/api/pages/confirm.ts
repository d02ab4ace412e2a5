import { html } from 'hono/html'
import { type ProofMethod, proofMethods, prove } from '../../actions/prove.ts'
import { confirmStepUp, requestStepUp } from '../../actions/step-up.ts'
import type { App, Ctx } from '../../app.ts'
import { requestHashOf } from '../../auth/step-up.ts'
import { AppError } from '../../domain/errors.ts'
import { alert, errorOf, field, hidden } from './form.ts'
import { type Markup, type PageContext, page } from './layout.ts'
import { proofThere, provedThere } from './sso-proof.ts'
import { statusOf } from './status.ts'

/** The fields in which a confirmation comes along with any form. */
export const PROOF_FIELDS = ['proofCode', 'proofPassword', 'proofStepUp'] as const

type Fields = Record<string, string>

type Asked = {
  /** What is about to be done, as the button of the form said it. */
  title: string
  operation: string
  /** All that the form holds: it is sent once more with the confirmation. */
  fields: Fields
}

/**
 * Does what a form asks. When the person has to confirm it, answers the same form once more with a field for the
 * proof; the confirmation is for exactly these fields at this address, and is used up with the change.
 */
export async function confirmed(
  c: PageContext,
  app: App,
  viewer: Ctx,
  asked: Asked,
  work: (ctx: Ctx) => Promise<Response>,
): Promise<Response> {
  const { proofCode = '', proofPassword = '', proofStepUp: stepUp = '', ...rest } = asked.fields
  const requestHash = requestHashOf('POST', c.req.path, JSON.stringify(rest))
  const request = { operation: asked.operation, requestHash }
  const ask = async (error?: AppError) => {
    const methods = await proofMethods(viewer)
    const there =
      methods.length === 0
        ? await proofThere(
            viewer,
            request,
            { path: c.req.path, title: asked.title, fields: rest },
            stepUp !== '',
          )
        : null
    if (there) return page(c, app, { title: asked.title, body: there })
    const body = form(c.req.path, asked, methods, error)
    return page(c, app, { title: asked.title, body, status: error ? statusOf(error) : 200 })
  }
  if (stepUp !== '') {
    const ctx = await provedThere(app, viewer, stepUp, request)
    return ctx ? work(ctx) : ask()
  }
  const proof = { code: proofCode, password: proofPassword }
  if (proof.code === '' && proof.password === '') {
    try {
      return await work(viewer)
    } catch (error) {
      if (error instanceof AppError && error.code === 'step_up_required') return ask()
      throw error
    }
  }
  let actor: Ctx['actor']
  try {
    const id = await requestStepUp(viewer, request)
    await confirmStepUp(viewer, id, await prove(viewer, proof))
    actor = { ...viewer.actor, stepUp: 'confirmed', stepUpId: id }
  } catch (error) {
    if (error instanceof AppError) return ask(error)
    throw error
  }
  return work({ ...viewer, actor })
}

function form(path: string, { title, fields }: Asked, methods: ProofMethod[], error?: AppError): Markup {
  const { proofCode: _, proofPassword: __, proofStepUp: ___, ...kept } = fields
  return html`<h1>${title}</h1>
${proofIntro(methods)}
<form method="post" action="${path}">
  ${Object.entries(kept).map(([name, value]) => hidden(name, value))}
  ${proofField(methods, error)}
  ${methods.length > 0 ? html`<button type="submit">${title}</button>` : ''}
</form>
<p class="aside"><a href="/account">Not now</a></p>`
}

export function proofIntro(methods: ProofMethod[]): Markup {
  if (methods.length === 0) {
    return html`<p>This has to be confirmed, and you have nothing here to confirm it with. Sign in again, then try once more.</p>`
  }
  return html`<p>Confirm that it is you.</p>`
}

/** A code for who has an app, else the password. */
export function proofField(methods: ProofMethod[], error?: AppError): Markup {
  if (methods.includes('otp')) {
    const problem = error && (errorOf(error, 'code') ?? error.message)
    const hint = 'From your authenticator app, or a recovery code.'
    return field({
      name: 'proofCode',
      label: 'Code',
      autocomplete: 'one-time-code',
      hint,
      error: problem,
      focus: true,
    })
  }
  if (!methods.includes('pwd')) return alert(error?.message)
  return field({
    name: 'proofPassword',
    label: 'Your password',
    type: 'password',
    autocomplete: 'current-password',
    error: error && (errorOf(error, 'password') ?? error.message),
    focus: true,
  })
}
