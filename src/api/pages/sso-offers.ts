import { html } from 'hono/html'
import { alert } from './form.ts'
import type { Markup } from './layout.ts'

type Offered = { id: string; name: string }

/** The providers that anybody may sign in with, below the other ways of the sign-in page. */
export function offers(connections: readonly Offered[], to: string): Markup {
  return html`${connections.map((one) => signInWith(one, to))}`
}

/** The way in of a person whose address a connection has. */
export function signInWith({ id, name }: Offered, to: string): Markup {
  return html`<a class="button quiet wide" href="/sso/${id}/start?${new URLSearchParams({ to }).toString()}">Sign in with ${name}</a>`
}

/** People of this address sign in there. Whoever has another way in, for when the provider is away, finds it below. */
export function signInThereOnly(
  email: string,
  connection: Offered,
  to: string,
  password: Markup,
  error?: string,
): Markup {
  const { id, name } = connection
  return html`<h1>Sign in</h1>
<p>As <strong>${email}</strong>, with <strong>${name}</strong>.
<a href="/sign-in?${new URLSearchParams({ to }).toString()}">Someone else?</a></p>
${alert(error)}
<a class="button" href="/sso/${id}/start?${new URLSearchParams({ to }).toString()}">Continue to ${name}</a>
<details class="aside"><summary>${name} is away?</summary>
<p>An owner who was given this way in can sign in with a password.</p>
${password}
</details>`
}
