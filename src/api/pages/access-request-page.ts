import { html } from 'hono/html'
import type { z } from 'zod'
import type { AccessRequest, accessRequestView } from '../../contract/access-requests.ts'
import type { Output } from '../../contract/operation.ts'
import { ASKS_FOR, type Narrowing } from '../../domain/access-request.ts'
import { alert, field } from './form.ts'
import type { Markup } from './layout.ts'
import { narrowFields } from './narrow.ts'

type Request = z.output<typeof AccessRequest>
type Found = Output<typeof accessRequestView>

/** What waits for the person who looks, and what they asked for themselves. */
export function accessRequestsPage(inbox: Request[], mine: Request[]): Markup {
  return html`<h1>Access requests</h1>
<section><h2>For you to decide</h2>${rows(inbox, 'Nothing waits for you.')}</section>
<section><h2>Yours</h2>${rows(mine, 'You asked for nothing yet.')}</section>`
}

/** One request, what was said about it and, while it waits and is somebody else's, the answers. `where` has names. */
export function accessRequestPage(
  { request, events }: Found,
  where: string,
  viewerId: string | null,
  problem: string | undefined,
): Markup {
  const path = `/access-requests/${request.id}`
  const said = events.filter(({ text }) => text !== null)
  return html`<h1>${titleOf(request)}</h1>
${alert(problem)}
<p class="quote">${request.reason}</p>
<p>${request.state === 'pending' ? progress(request) : `This request is ${request.state}.`}</p>
${termRows(request, where)}
${request.narrowed ? html`<p>Less than was asked for.</p>` : ''}
${said.length > 0 ? html`<section><h2>What was said</h2>${said.map(({ text }) => html`<p class="quote">${text}</p>`)}</section>` : ''}
${request.state === 'pending' && request.requesterId !== viewerId ? answers(path, request) : ''}
<p class="aside"><a href="/access-requests">All requests</a></p>`
}

/** What an approver is about to give, when they have to confirm it: as it was asked for, or less. */
export function approvalOf(request: Request, where: string, less: Narrowing): Markup {
  const { expiresAt, until = expiresAt, ...terms } = less
  const given = { ...request, narrowed: { ...request.narrowed, ...terms }, until: until ?? request.until }
  return html`<p class="quote">${titleOf(request)}</p>
${termRows(given, where)}`
}

/** What an approver is about to say no to, when they have to confirm it. */
export function denialOf(request: Request, reason: string): Markup {
  return html`<p class="quote">${titleOf(request)}</p>
<p>Your reason: <strong>${reason}</strong></p>`
}

function termRows(request: Request, where: string): Markup {
  return html`<ul class="rows">${termsOf(request, where).map(([name, value]) => html`<li>${name}: <strong>${value}</strong></li>`)}</ul>`
}

function answers(path: string, request: Request): Markup {
  const terms = narrowFields(request)
  return html`<form method="post" action="${path}/approve">
  ${terms.length > 0 ? html`<details><summary>Give less than was asked for</summary>${terms}</details>` : ''}
  <button type="submit">Approve</button>
</form>
<section>
  <h2>Or deny it</h2>
  <form method="post" action="${path}/deny">
    ${field({ name: 'reason', label: 'Why', autocomplete: 'off', hint: 'Who asked reads this.' })}
    <button type="submit" class="quiet wide">Deny</button>
  </form>
</section>`
}

function rows(requests: Request[], none: string): Markup {
  if (requests.length === 0) return html`<p>${none}</p>`
  return html`<ul class="rows">${requests.map(
    (request) =>
      html`<li><div><a href="/access-requests/${request.id}">${titleOf(request)}</a><br>${request.reason} (${request.state})</div></li>`,
  )}</ul>`
}

function titleOf({ requester, kind, production }: Request): string {
  const where = production && kind !== 'production' ? ' in production' : ''
  return `${requester.name} asks for ${ASKS_FOR[kind]}${where}`
}

function progress({ approvals: { needed, given } }: Request): string {
  if (needed === 1) return 'It takes one approval.'
  return `It takes ${needed} approvals; ${given === 0 ? 'none' : given} so far.`
}

function termsOf(request: Request, where: string): [name: string, value: string][] {
  const { name, serviceAccountId, role, models, addUsd, addRequestsPerMinute, addTokensPerMinute } = {
    ...request.terms,
    ...request.narrowed,
  }
  const lines: [string, string | number | undefined][] = [
    ['Key', name],
    ['Of the service account', serviceAccountId],
    ['Role', role],
    ['Models', models?.join(', ')],
    ['USD more', addUsd],
    ['Calls a minute more', addRequestsPerMinute],
    ['Tokens a minute more', addTokensPerMinute],
    ['Until', request.until ? `${request.until.slice(0, 16).replace('T', ' ')} UTC` : 'no end'],
    ['Where', where],
  ]
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [[label, String(value)]]))
}
