import { html } from 'hono/html'
import { askForPasskey, type ProofMethod, proofMethods } from '../../actions/prove.ts'
import { confirmRequest } from '../../actions/step-up.ts'
import type { App, Ctx } from '../../app.ts'
import { requestHashOf } from '../../auth/step-up.ts'
import { PasskeyAnswer } from '../../contract/passkeys.ts'
import { AppError } from '../../domain/errors.ts'
import { errorOf, field, hidden } from './form.ts'
import { type Markup, type PageContext, page } from './layout.ts'
import { begun, passkeyForm, readAnswer } from './passkey-form.ts'
import { proofThere, provedThere } from './sso-proof.ts'
import { statusOf } from './status.ts'

/** The fields in which a confirmation comes along with any form. */
export const PROOF_FIELDS = ['proofCode', 'proofPassword', 'proofPasskey', 'proofStepUp'] as const

type Fields = Record<string, string>

type Asked = {
  /** What is about to be done, as the button of the form said it. */
  title: string
  operation: string
  /** All that the form holds: it is sent once more with the confirmation. */
  fields: Fields
  /** What that comes to, for who has to confirm it to read once more. */
  about?: () => Promise<Markup>
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
  const {
    proofCode = '',
    proofPassword = '',
    proofPasskey = '',
    proofStepUp: stepUp = '',
    ...kept
  } = asked.fields
  const requestHash = requestHashOf('POST', c.req.path, JSON.stringify(kept))
  const request = { operation: asked.operation, requestHash }
  // A passkey answers for this session and these fields, whatever else waits to be confirmed.
  const boundTo = `${viewer.actor.sessionId} ${requestHash}`
  const ask = async (error?: AppError) => {
    const methods = await proofMethods(viewer)
    const about = await asked.about?.()
    const sent = { path: c.req.path, title: asked.title, fields: kept, about }
    const there = methods.length === 0 ? await proofThere(viewer, request, sent, stepUp !== '') : null
    if (there) return page(c, app, { title: asked.title, body: there })
    const failed = error && { error, passkey: proofPasskey !== '' }
    const body = form({ action: c.req.path, label: asked.title, methods, kept, failed }, about)
    const passkeys = methods.includes('passkey')
    return page(c, app, { title: asked.title, body, passkeys, status: error ? statusOf(error) : 200 })
  }
  if (stepUp !== '') {
    const ctx = await provedThere(app, viewer, stepUp, request)
    return ctx ? work(ctx) : ask()
  }
  if (proofCode === '' && proofPassword === '' && proofPasskey === '') {
    try {
      return await work(viewer)
    } catch (error) {
      if (error instanceof AppError && error.code === 'step_up_required') return ask()
      throw error
    }
  }
  let actor: Ctx['actor']
  try {
    const options = await begun(c, proofPasskey, () => askForPasskey(viewer, boundTo))
    if (options) return options
    const proof = readProof({ proofCode, proofPassword, proofPasskey })
    const id = await confirmRequest(viewer, request, proof, boundTo)
    actor = { ...viewer.actor, stepUp: 'confirmed', stepUpId: id }
  } catch (error) {
    if (error instanceof AppError) return ask(error)
    throw error
  }
  return work({ ...viewer, actor })
}

type Typed = Record<'proofCode' | 'proofPassword' | 'proofPasskey', string>

/** What a form brings along as the proof. Throws `invalid_request` for what is no answer of a passkey. */
export function readProof({ proofCode: code, proofPassword: password, proofPasskey }: Typed) {
  const passkey = proofPasskey === '' ? undefined : readAnswer(PasskeyAnswer, proofPasskey)
  return { code, password, ...(passkey && { passkey }) }
}

type Proving = {
  action: string
  /** What the button of the form says. */
  label: string
  methods: ProofMethod[]
  /** The fields of the form that go along. */
  kept: Fields
  failed: { error: AppError; passkey: boolean } | undefined
}

function form(proving: Proving, about: Markup | undefined): Markup {
  return html`<h1>${proving.label}</h1>
${about ?? ''}
${proofIntro(proving.methods)}
${proofForms(proving)}
<p class="aside"><a href="/account">Not now</a></p>`
}

export function proofIntro(methods: ProofMethod[]): Markup {
  if (methods.length === 0) {
    return html`<p>This has to be confirmed, and you have nothing here to confirm it with. Sign in again, then try once more.</p>`
  }
  return html`<p>Confirm that it is you.</p>`
}

/** One form for a passkey, with the other ways behind it, or one for what is typed. */
export function proofForms({ action, label, methods, kept, failed }: Proving): Markup {
  if (methods.length === 0) return html``
  const error = failed && !failed.passkey ? failed.error : undefined
  const typed = html`<form method="post" action="${action}">
  ${Object.entries(kept).map(([name, value]) => hidden(name, value))}
  ${methods.includes('pwd') ? passwordField(error) : codeField(methods, error)}
  <button type="submit" ${methods.includes('passkey') ? html`class="quiet"` : ''}>${label}</button>
</form>`
  if (!methods.includes('passkey')) return typed
  const message = failed?.passkey ? failed.error.message : undefined
  return html`${passkeyForm({ action, ceremony: 'get', label: 'Use your passkey', name: 'proofPasskey', fields: kept, error: message })}
<details class="others" ${error ? html`open` : ''}><summary>Another way</summary>${typed}</details>`
}

function codeField(methods: ProofMethod[], error: AppError | undefined): Markup {
  const both = methods.includes('otp')
  return field({
    name: 'proofCode',
    label: both ? 'Code' : 'Recovery code',
    autocomplete: 'one-time-code',
    ...(both && { hint: 'From your authenticator app, or a recovery code.' }),
    error: error && (errorOf(error, 'code') ?? error.message),
    ...(!methods.includes('passkey') && { focus: true }),
  })
}

function passwordField(error: AppError | undefined): Markup {
  return field({
    name: 'proofPassword',
    label: 'Your password',
    type: 'password',
    autocomplete: 'current-password',
    error: error && (errorOf(error, 'password') ?? error.message),
    focus: true,
  })
}
