import type { Context } from 'hono'
import { html } from 'hono/html'
import type { App } from '../../app.ts'
import { requireOwnOrigin } from '../../auth/origin.ts'
import { AppError } from '../../domain/errors.ts'

export type Markup = ReturnType<typeof html>

/** What the listener keeps of each request. */
// biome-ignore lint/suspicious/noExplicitAny: pages are mounted on an app with more of its own in its environment.
export type PageContext = Context<any>

const POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/** For the one script there is: the browser's own part of a passkey. */
const PASSKEYS = "; script-src 'self'; connect-src 'self'"
/** As `web/public/assets/icon.svg`, which these pages may not load: their policy allows no pictures. */
const MARK = html`<svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true"><rect class="ground" width="32" height="32" rx="8"/><g class="key"><circle cx="11" cy="16" r="4.6"/><path d="M15.6 16H26M22 16v4M26 16v3"/></g></svg>`
const MAX_FORM_BYTES = 16 * 1024
const ONE_YEAR_SECONDS = 31_536_000

type Page = {
  title: string
  body: Markup
  status?: 200 | 400 | 401 | 403 | 404 | 409 | 429
  /** The page needs `/passkeys.js`. */
  passkeys?: boolean
  /** Where its form leads in the end, when that is not here: an origin. Browsers hold redirects to it as well. */
  formTo?: string
}

/** A page of ours: without scripts, not framed, kept, or told of elsewhere, since its address may hold a token. */
export function page(
  c: PageContext,
  app: App,
  { title, body, status = 200, passkeys = false, formTo }: Page,
): Response | Promise<Response> {
  const policy =
    formTo === undefined ? POLICY : POLICY.replace("form-action 'self'", `form-action 'self' ${formTo}`)
  c.header('content-security-policy', passkeys ? policy + PASSKEYS : policy)
  c.header('cross-origin-opener-policy', 'same-origin')
  // Not `no-referrer`: with it browsers say `Origin: null` of our own forms, which are then refused.
  c.header('referrer-policy', 'same-origin')
  c.header('cache-control', 'no-store')
  if (app.config.url.startsWith('https:')) {
    c.header('strict-transport-security', `max-age=${ONE_YEAR_SECONDS}`)
  }
  return c.html(
    html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="stylesheet" href="/pages.css">
    ${passkeys ? html`<script src="/passkeys.js" defer></script>` : ''}
  </head>
  <body>
    <header class="top"><a href="/">${MARK}Claviger</a></header>
    <main>${body}</main>
  </body>
</html>`,
    status,
  )
}

/**
 * The fields of a form that was sent from a page of ours, each once; what is absent is empty. Refuses what comes from
 * elsewhere: no form needs a token against that.
 */
export async function readForm<Name extends string>(
  c: PageContext,
  app: App,
  fields: readonly Name[],
): Promise<Record<Name, string>> {
  const { req } = c
  requireOwnOrigin(app, {
    method: req.method,
    origin: req.header('origin') ?? null,
    fetchSite: req.header('sec-fetch-site') ?? null,
  })
  const type = req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new AppError('unsupported_media_type', 'This page takes only its own form.')
  }
  const length = Number(req.header('content-length') ?? Number.NaN)
  if (!(length <= MAX_FORM_BYTES))
    throw new AppError('request_too_large', 'This form is larger than it can be.')
  const sent = new URLSearchParams(await req.text())
  const values = fields.map((name) => {
    const [value = '', ...more] = sent.getAll(name)
    if (more.length > 0) throw new AppError('invalid_request', `The field ${name} was sent twice.`)
    return [name, value] as const
  })
  // One entry for each name that was asked for.
  return Object.fromEntries(values) as Record<Name, string>
}
