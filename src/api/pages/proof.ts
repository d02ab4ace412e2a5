import { html } from 'hono/html'
import type { ProofMethod } from '../../actions/prove.ts'
import { connectionToConfirmAt } from '../../actions/sso-begin.ts'
import type { Ctx } from '../../app.ts'
import { PasskeyAnswer } from '../../contract/passkeys.ts'
import type { AppError } from '../../domain/errors.ts'
import { errorOf, field } from './form.ts'
import type { Markup } from './layout.ts'
import { passkeyForm, readAnswer } from './passkey-form.ts'

/** The fields of a form in which somebody proves that it is them. */
export const PROOF_FIELDS = ['proofCode', 'proofPassword', 'proofPasskey'] as const

type Typed = Record<(typeof PROOF_FIELDS)[number], string>

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
  failed: { error: AppError; passkey: boolean } | undefined
}

export function proofIntro(methods: ProofMethod[]): Markup {
  if (methods.length === 0) {
    return html`<p>This has to be confirmed, and you have nothing here to confirm it with. Sign in again, then try once more.</p>`
  }
  return html`<p>Confirm that it is you.</p>`
}

/** One form for a passkey, with the other ways behind it, or one for what is typed. */
export function proofForms({ action, label, methods, failed }: Proving): Markup {
  if (methods.length === 0) return html``
  const error = failed && !failed.passkey ? failed.error : undefined
  const typed = html`<form method="post" action="${action}">
  ${methods.includes('pwd') ? passwordField(error) : codeField(methods, error)}
  <button type="submit" ${methods.includes('passkey') ? html`class="quiet"` : ''}>${label}</button>
</form>`
  if (!methods.includes('passkey')) return typed
  const message = failed?.passkey ? failed.error.message : undefined
  return html`${passkeyForm({ action, ceremony: 'get', label: 'Use your passkey', name: 'proofPasskey', error: message })}
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

/** For who has nothing to confirm with here: the way to the provider that they sign in at. Null when there is none. */
export async function proofAt(viewer: Ctx, stepUpId: string): Promise<Markup | null> {
  const there = await connectionToConfirmAt(viewer)
  if (there === null) return null
  return html`<a class="button" href="/sso/${there.id}/step-up/${stepUpId}">Confirm with ${there.name}</a>`
}
