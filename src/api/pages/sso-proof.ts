import { html } from 'hono/html'
import { connectionToConfirmAt } from '../../actions/sso-begin.ts'
import { requestStepUp } from '../../actions/step-up.ts'
import type { App, Ctx } from '../../app.ts'
import { withStepUp } from '../../auth/step-up.ts'
import { alert, hidden } from './form.ts'
import type { Markup } from './layout.ts'

type Request = { operation: string; requestHash: string }

/**
 * A form for who has nothing to confirm with here: they sign in once more at their provider, beside this page, then
 * send it. Null when there is no such provider.
 */
export async function proofThere(
  viewer: Ctx,
  request: Request,
  form: { path: string; title: string; fields: Record<string, string>; about?: Markup | undefined },
  again: boolean,
): Promise<Markup | null> {
  const there = await connectionToConfirmAt(viewer)
  if (there === null) return null
  const id = await requestStepUp(viewer, request)
  return html`<h1>${form.title}</h1>
${form.about ?? ''}
<p>Confirm that it is you: sign in with ${there.name} once more, in a new tab, then come back.</p>
${alert(again ? 'This was not confirmed yet.' : undefined)}
${confirmAt(there, id, true)}
<form method="post" action="${form.path}">
  ${Object.entries(form.fields).map(([name, value]) => hidden(name, value))}
  ${hidden('proofStepUp', id)}
  <button type="submit" class="quiet wide">${form.title}</button>
</form>
<p class="aside"><a href="/account">Not now</a></p>`
}

/** The way to the provider, for what waits to be confirmed; nothing when there is none. */
export async function proofAt(viewer: Ctx, stepUpId: string): Promise<Markup | null> {
  const there = await connectionToConfirmAt(viewer)
  return there && confirmAt(there, stepUpId, false)
}

/** The viewer, confirmed, when they confirmed this very form at their provider; null when they did not. */
export async function provedThere(app: App, viewer: Ctx, id: string, request: Request): Promise<Ctx | null> {
  const actor = await withStepUp(app, viewer.actor, { id, ...request })
  return actor.stepUp === 'confirmed' ? { ...viewer, actor } : null
}

function confirmAt({ id, name }: { id: string; name: string }, stepUpId: string, beside: boolean): Markup {
  return html`<a class="button" href="/sso/${id}/step-up/${stepUpId}" ${beside ? html`target="_blank"` : ''}>Confirm with ${name}</a>`
}
