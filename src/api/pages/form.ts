import { html } from 'hono/html'
import type { AppError } from '../../domain/errors.ts'
import { MIN_CHARACTERS } from '../../domain/password.ts'
import type { Markup } from './layout.ts'

type Field = {
  name: string
  label: string
  type?: 'text' | 'email' | 'password'
  autocomplete: string
  value?: string
  /** What it is for, or what it must be, below its label. */
  hint?: string
  error?: string | undefined
  /** The first one to fill in. */
  focus?: true
}

/** A field of a form with its label, what is wrong with it, and nothing else. */
export function field(field: Field): Markup {
  const { name, label, type = 'text', autocomplete, value = '', hint, error } = field
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ')
  return html`<label for="${name}">${label}</label>
${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}"
  required ${field.focus ? html`autofocus` : ''}
  ${described ? html`aria-describedby="${described}"` : ''} ${error ? html`aria-invalid="true"` : ''}>
${error ? html`<p class="error" id="${name}-error" role="alert">${error}</p>` : ''}`
}

export function newPasswordField(error?: string): Markup {
  return field({
    name: 'password',
    label: 'New password',
    type: 'password',
    autocomplete: 'new-password',
    hint: `At least ${MIN_CHARACTERS} characters. A few words that belong together only for you are best.`,
    error,
  })
}

export function hidden(name: string, value: string): Markup {
  return html`<input type="hidden" name="${name}" value="${value}">`
}

/** Something that went wrong with the whole form. */
export function alert(text: string | undefined): Markup {
  return text ? html`<p class="error" role="alert">${text}</p>` : html``
}

/** What an error says of one field: `/body/code: …`; undefined when it says nothing of it. */
export function errorOf(error: AppError, name: string): string | undefined {
  const detail = error.errors.find(({ pointer }) => pointer === `/body/${name}`)?.detail
  return detail === undefined ? undefined : sentence(detail)
}

/** Details are written to follow a pointer: here they stand alone. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}
