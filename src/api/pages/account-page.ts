import { html } from 'hono/html'
import type { Output } from '../../contract/operation.ts'
import type { profileView } from '../../contract/profile.ts'
import type { sessionList } from '../../contract/sessions.ts'
import { browserName } from '../../domain/browser-name.ts'
import { MIN_CHARACTERS } from '../../domain/password.ts'
import { factorsSection, type PasskeyShown } from './factors-section.ts'
import { field, hidden } from './form.ts'
import type { Markup } from './layout.ts'

type Session = Output<typeof sessionList>['data'][number]

type Account = Output<typeof profileView> & {
  passkeys: PasskeyShown[]
  /** Browsers have passkeys for where we are reached. */
  offersPasskeys: boolean
  /** A new address can be proved. */
  sendsMail: boolean
  sessions: Session[]
  /** Their accounts at identity providers. */
  identities: Markup
  /** What was wrong with a field of a form that was sent. */
  problems: Record<string, string | undefined>
}

export function accountPage(account: Account): Markup {
  const { user, factors, sessions, identities, problems } = account
  return html`<h1>Your account</h1>
<p>Signed in as <strong>${user.email}</strong>.${account.sendsMail ? html` <a href="/account/email">Change it</a>` : ''}</p>
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
  ${factorsSection(account)}
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

function nameOf({ kind, userAgent }: Session): string {
  return kind === 'cli' ? 'Command line' : browserName(userAgent ?? '')
}
