import { html } from 'hono/html'
import type { Output } from '../../contract/operation.ts'
import type { passkeyList } from '../../contract/passkeys.ts'
import type { profileView } from '../../contract/profile.ts'
import { hidden } from './form.ts'
import type { Markup } from './layout.ts'

export type PasskeyShown = Output<typeof passkeyList>['data'][number]

type Shown = Pick<Output<typeof profileView>, 'factors' | 'mfaRequired' | 'passkeyRequired'> & {
  passkeys: PasskeyShown[]
  /** Browsers have passkeys for where we are reached. */
  offersPasskeys: boolean
}

/** The part of the account page about second factors: those there are, and what can be added or removed. */
export function factorsSection(shown: Shown): Markup {
  const { factors, passkeys, offersPasskeys, mfaRequired, passkeyRequired } = shown
  const others = passkeys.length > 1 || (factors.totp && !passkeyRequired)
  const passkeysStay = mfaRequired && !others
  const appStays = mfaRequired && passkeys.length === 0
  return html`<p>${introduction(shown)}</p>
${passkeys.length > 0 ? html`<ul class="rows">${passkeys.map((passkey) => passkeyRow(passkey, passkeysStay))}</ul>` : ''}
${offersPasskeys ? button('/account/passkeys', 'Add a passkey') : ''}
${factors.totp || passkeyRequired ? '' : button('/account/totp', 'Add an authenticator app')}
${factors.totp && !appStays ? button('/account/totp/remove', 'Remove the authenticator app') : ''}
${factors.totp || passkeys.length > 0 ? recoveryCodes(factors.recoveryCodes, passkeysStay || appStays) : ''}`
}

function introduction({ factors, passkeys, mfaRequired, passkeyRequired, offersPasskeys }: Shown): string {
  const required = passkeyRequired
    ? ' Your organization requires a passkey of you.'
    : mfaRequired
      ? ' Your organization requires a second factor of you.'
      : ''
  if (passkeys.length > 0)
    return `Signing in takes one of your passkeys${orCode(factors.totp && !passkeyRequired)}.${required}`
  if (factors.totp) return `Signing in takes a code from your authenticator app.${required}`
  const more = offersPasskeys ? 'Add a passkey, or an app that shows codes' : 'Add an app that shows codes'
  return `A password alone can be guessed or stolen. ${more}, and signing in takes both.${required}`
}

function orCode(either: boolean): string {
  return either ? ', or a code from your authenticator app' : ''
}

function recoveryCodes(left: number, stays: boolean): Markup {
  return html`<p>You have ${left} recovery ${left === 1 ? 'code' : 'codes'} left, for when you have none of these at hand.
${stays ? 'Your only factor stays: when it is lost, use one of these, add another, and then remove it. Or ask an admin to reset it.' : ''}</p>
${button('/account/recovery-codes', 'Make new recovery codes')}`
}

function passkeyRow({ id, name, createdAt, lastUsedAt }: PasskeyShown, stays: boolean): Markup {
  const used = lastUsedAt === null ? 'not used yet' : `last used ${lastUsedAt.slice(0, 10)}`
  return html`<li>
  <div><strong>${name}</strong><br><small>added ${createdAt.slice(0, 10)} · ${used}</small></div>
  ${
    stays
      ? ''
      : html`<form method="post" action="/account/passkeys/remove">${hidden('passkeyId', id)}
    <button type="submit" class="quiet small" aria-label="Remove the passkey ${name}">Remove</button></form>`
  }
</li>`
}

function button(action: string, label: string): Markup {
  return html`<form method="post" action="${action}"><button type="submit" class="quiet">${label}</button></form>`
}
