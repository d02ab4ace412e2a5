import { html } from 'hono/html'
import type { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { hidden } from './form.ts'
import type { Markup, PageContext } from './layout.ts'

/** The value of a passkey's field by which the script of a form asks for what the authenticator is to answer. */
const BEGIN = 'begin'

type PasskeyForm = {
  action: string
  /** Make one, or answer with one. */
  ceremony: 'create' | 'get'
  label: string
  /** The field of the answer. */
  name?: string
  error?: string | undefined
  /** What else goes along. */
  fields?: Record<string, string>
  quiet?: true
}

/** A form that a passkey fills in: `passkeys.js` sees to it. Its page needs `passkeys: true`. */
export function passkeyForm(form: PasskeyForm): Markup {
  const { action, ceremony, label, name = 'passkey', error, fields = {}, quiet } = form
  return html`<form method="post" action="${action}" data-passkey="${ceremony}" data-field="${name}">
  ${Object.entries(fields).map(([key, value]) => hidden(key, value))}
  ${hidden(name, '')}
  <p class="error" role="alert" ${error ? '' : html`hidden`}>${error ?? ''}</p>
  <button type="submit" ${quiet ? html`class="quiet wide"` : ''}>${label}</button>
</form>`
}

/** The options that the script asked for; undefined when it did not, and this is the form itself. */
export async function begun(
  c: PageContext,
  sent: string,
  options: () => Promise<object | null>,
): Promise<Response | undefined> {
  return sent === BEGIN ? c.json(await options()) : undefined
}

/** The answer of a passkey as the script wrote it. Throws `invalid_request` when the form was sent without it. */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, sent: string): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(sent))
  if (parsed.success) return parsed.data
  throw new AppError(
    'invalid_request',
    'Your browser did not answer with a passkey. Allow scripts on this page.',
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
