import { html } from 'hono/html'
import type { Output } from '../../contract/operation.ts'
import type { profileView } from '../../contract/profile.ts'
import type { sessionList } from '../../contract/sessions.ts'
import { MIN_CHARACTERS } from '../../domain/password.ts'
import { field, hidden } from './form.ts'
import type { Markup } from './layout.ts'

type Session = Output<typeof sessionList>['data'][number]

type Account = Output<typeof profileView> & {
  sessions: Session[]
  /** Their accounts at identity providers. */
  identities: Markup
  /** What was wrong with a field of a form that was sent. */
  problems: Record<string, string | undefined>
}

export function accountPage({ user, factors, mfaRequired, sessions, identities, problems }: Account): Markup {
  return html`<h1>Your account</h1>
<p>Signed in as <strong>${user.email}</strong>.</p>
<form method="post" action="/sign-out"><button type="submit" class="quiet">Sign out</button></form>

<section>
  <h2>Name</h2>
  <form method="post" action="/account/name">
    ${field({ name: 'name', label: 'Your name', autocomplete: 'name', value: user.name, error: problems.name })}
    <button type="submit" class="quiet">Save name</button>
  </form>
</section>

<section>
  <h2>Second factor</h2>
  ${factors.totp ? withApp(factors.recoveryCodes, mfaRequired) : withoutApp(mfaRequired)}
</section>

<section>
  <h2>Password</h2>
  ${passwordForm(factors.password, problems)}
</section>

${identities}

<section>
  <h2>Where you are signed in</h2>
  <ul class="rows">${[...sessions].reverse().map(sessionRow)}</ul>
  ${
    sessions.length > 1
      ? html`<form method="post" action="/account/sessions/clear"><button type="submit" class="quiet">Sign out everywhere else</button></form>`
      : ''
  }
</section>`
}

function withApp(recoveryCodes: number, mfaRequired: boolean): Markup {
  return html`<p>Signing in takes a code from your authenticator app. You have ${recoveryCodes} recovery
${recoveryCodes === 1 ? 'code' : 'codes'} left for when your phone is gone.</p>
<form method="post" action="/account/recovery-codes"><button type="submit" class="quiet">Make new recovery codes</button></form>
${
  mfaRequired
    ? html`<p class="hint">Your organization requires a second factor, so the app stays. On a new phone, ask an admin to reset it.</p>`
    : html`<form method="post" action="/account/totp/remove"><button type="submit" class="quiet">Remove the authenticator app</button></form>`
}`
}

function withoutApp(mfaRequired: boolean): Markup {
  return html`<p>${
    mfaRequired
      ? 'Your organization requires one of you.'
      : 'A password alone can be guessed or stolen. Add an app that shows codes, and signing in takes both.'
  }</p>
<form method="post" action="/account/totp"><button type="submit" class="quiet">Add an authenticator app</button></form>`
}

function passwordForm(has: boolean, problems: Account['problems']): Markup {
  return html`<p>${has ? 'A new password signs you out everywhere else.' : 'You have none yet.'}</p>
<form method="post" action="/account/password">
  ${
    has
      ? field({
          name: 'current',
          label: 'Present password',
          type: 'password',
          autocomplete: 'current-password',
          error: problems.current,
        })
      : ''
  }
  ${newPasswordField(problems.password)}
  <button type="submit" class="quiet">${has ? 'Change password' : 'Set password'}</button>
</form>`
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

function sessionRow(session: Session): Markup {
  const seen = session.lastSeenAt.slice(0, 16).replace('T', ' ')
  return html`<li>
  <div><strong>${nameOf(session)}</strong>${session.current ? html` <span class="tag">this one</span>` : ''}
    <br><small>${session.ip ?? 'address unknown'} · last seen ${seen} UTC</small></div>
  ${
    session.current
      ? ''
      : html`<form method="post" action="/account/sessions/end">${hidden('sessionId', session.id)}
    <button type="submit" class="quiet small" aria-label="Sign out ${nameOf(session)}, last seen ${seen}">Sign out</button></form>`
  }
</li>`
}

/** What people call it: `Firefox on Linux`. User agents name older browsers too, so the order decides. */
function nameOf({ kind, userAgent }: Session): string {
  if (kind === 'cli') return 'Command line'
  const text = userAgent ?? ''
  const browser = [/Edg/, /OPR/, /Firefox/, /Chrome/, /Safari/].findIndex((one) => one.test(text))
  const system = [/Android/, /iPhone|iPad/, /Windows/, /Mac OS/, /Linux/].findIndex((one) => one.test(text))
  const named = ['Edge', 'Opera', 'Firefox', 'Chrome', 'Safari'][browser] ?? 'A browser'
  const on = ['Android', 'iOS', 'Windows', 'macOS', 'Linux'][system]
  return on ? `${named} on ${on}` : named
}
