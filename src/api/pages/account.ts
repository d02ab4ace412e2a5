import type { Hono } from 'hono'
import { html } from 'hono/html'
import { requirePerson } from '../../actions/authorize.ts'
import { mailConfigured } from '../../actions/notices.ts'
import { listOwnPasskeys } from '../../actions/passkeys.ts'
import { changePassword } from '../../actions/passwords.ts'
import { updateProfile, viewProfile } from '../../actions/profile.ts'
import { createRecoveryCodes } from '../../actions/recovery-codes.ts'
import { clearSessions, listSessionsFor, revokeSession } from '../../actions/session-list.ts'
import { confirmTotp, removeTotp, showOffer, startTotp } from '../../actions/totp.ts'
import type { App, Ctx } from '../../app.ts'
import { profileUpdate } from '../../contract/profile.ts'
import { AppError } from '../../domain/errors.ts'
import { relyingPartyAt } from '../../passkeys.ts'
import { accountPage } from './account-page.ts'
import { confirmed, PROOF_FIELDS } from './confirm.ts'
import { codeField, showRecoveryCodes, totpSteps } from './factor.ts'
import { errorOf } from './form.ts'
import { identitiesSection } from './identities.ts'
import { type Markup, type PageContext, page, readForm } from './layout.ts'
import { statusOf } from './status.ts'
import { signedIn, toSignIn } from './viewer.ts'

const NOTHING = { params: {}, query: {} }
const MOST_SESSIONS = 50

/** One's own account: password, second factor, and where one is signed in. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps per request, this page does not look at it.
export function serveAccountPages(hono: Hono<any>, app: App): void {
  /** A form of this page, by somebody who is signed in. */
  function post<Name extends string>(
    path: string,
    names: readonly Name[],
    work: (c: PageContext, viewer: Ctx, fields: Record<Name, string>) => Promise<Response>,
  ): void {
    hono.post(path, async (c) => {
      const fields = await readForm(c, app, names)
      const viewer = await signedIn(c, app)
      return viewer ? work(c, viewer, fields) : c.redirect('/sign-in?to=/account', 303)
    })
  }
  const back = (c: PageContext) => c.redirect('/account', 303)

  hono.get('/account', async (c) => {
    const viewer = await signedIn(c, app)
    return viewer ? show(c, app, viewer) : toSignIn(c)
  })

  post('/account/name', ['name'], async (c, viewer, fields) => {
    const body = profileUpdate.body?.safeParse(fields)
    if (!body?.success) return show(c, app, viewer, { name: 'Enter a name of at most 120 characters.' })
    await updateProfile(viewer, { ...NOTHING, body: body.data })
    return back(c)
  })

  post('/account/password', ['current', 'password', ...PROOF_FIELDS], (c, viewer, fields) =>
    confirmed(
      c,
      app,
      viewer,
      { title: 'Set a password', operation: 'passwordChange', fields },
      async (ctx) => {
        const { current, password } = fields
        try {
          await changePassword(ctx, { ...NOTHING, body: { current, password } })
          return back(c)
        } catch (error) {
          if (!(error instanceof AppError) || error.code === 'step_up_required') throw error
          const problem = errorOf(error, 'password')
          const problems = {
            password: problem,
            current: errorOf(error, 'current') ?? (problem ? undefined : error.message),
          }
          return show(c, app, viewer, problems, statusOf(error))
        }
      },
    ),
  )

  post('/account/totp', PROOF_FIELDS, (c, viewer, fields) =>
    confirmed(
      c,
      app,
      viewer,
      { title: 'Add an authenticator app', operation: 'totpStart', fields },
      async (ctx) => page(c, app, { title: 'Add an authenticator app', body: enrol(await startTotp(ctx)) }),
    ),
  )

  post('/account/totp/confirm', ['code'], async (c, viewer, { code }) => {
    try {
      const { recoveryCodes } = await confirmTotp(viewer, { ...NOTHING, body: { code } })
      const body = showRecoveryCodes(recoveryCodes, '/account')
      return page(c, app, { title: 'Your recovery codes', body })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const body = enrol(
        await showOffer(viewer, requirePerson(viewer.actor).userId),
        errorOf(error, 'code') ?? error.message,
      )
      return page(c, app, { title: 'Add an authenticator app', body, status: statusOf(error) })
    }
  })

  post('/account/totp/remove', PROOF_FIELDS, (c, viewer, fields) =>
    confirmed(
      c,
      app,
      viewer,
      { title: 'Remove the authenticator app', operation: 'totpDelete', fields },
      async (ctx) => {
        await removeTotp(ctx)
        return back(c)
      },
    ),
  )

  post('/account/recovery-codes', PROOF_FIELDS, (c, viewer, fields) =>
    confirmed(
      c,
      app,
      viewer,
      { title: 'Make new recovery codes', operation: 'recoveryCodeCreate', fields },
      async (ctx) => {
        const body = showRecoveryCodes((await createRecoveryCodes(ctx)).codes, '/account')
        return page(c, app, { title: 'Your recovery codes', body })
      },
    ),
  )

  post('/account/sessions/end', ['sessionId'], async (c, viewer, { sessionId }) => {
    await revokeSession(viewer, { params: { sessionId }, query: {}, body: undefined as never })
    return back(c)
  })

  post('/account/sessions/clear', [], async (c, viewer) => {
    await clearSessions(viewer, { ...NOTHING, body: { keepThis: true } })
    return back(c)
  })
}

async function show(
  c: PageContext,
  app: App,
  viewer: Ctx,
  problems: Record<string, string | undefined> = {},
  status: ReturnType<typeof statusOf> | 200 = Object.keys(problems).length > 0 ? 400 : 200,
): Promise<Response> {
  const profile = await viewProfile(viewer)
  const query = { limit: MOST_SESSIONS }
  const sessions = await listSessionsFor(viewer, { params: {}, query, body: undefined as never })
  const passkeys = (await listOwnPasskeys(viewer)).data
  const offersPasskeys = relyingPartyAt(app.config.url) !== null
  const sendsMail = mailConfigured(app)
  const body = accountPage({
    ...profile,
    passkeys,
    offersPasskeys,
    sendsMail,
    sessions: sessions.data,
    identities: await identitiesSection(viewer),
    problems,
  })
  return page(c, app, { title: 'Your account', body, status })
}

function enrol(offer: { secret: string; uri: string }, error?: string): Markup {
  return html`<h1>Add an authenticator app</h1>
<p>Signing in then takes a code from your phone as well.</p>
<form method="post" action="/account/totp/confirm">
  ${totpSteps(offer)}
  ${codeField(error)}
  <button type="submit">Finish</button>
</form>
<p class="aside"><a href="/account">Not now</a></p>`
}
