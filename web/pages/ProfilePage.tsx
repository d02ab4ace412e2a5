import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Output } from '../../src/contract/operation.ts'
import { profileView } from '../../src/contract/profile.ts'
import { q } from '../api.ts'
import { Page, Section } from '../ui/Page.tsx'
import { Region } from '../ui/Region.tsx'
import { useViewer } from '../viewer.ts'
import { Appearance } from './profile/Appearance.tsx'
import { AuthenticatorRow } from './profile/Authenticator.tsx'
import { IdentitiesRow } from './profile/Identities.tsx'
import { PasskeysRow } from './profile/Passkeys.tsx'
import { PasswordRow } from './profile/Password.tsx'
import { RecoveryCodes } from './profile/RecoveryCodes.tsx'
import { RecoveryRow } from './profile/RecoveryRow.tsx'
import { Rows } from './profile/Row.tsx'
import { Sessions } from './profile/Sessions.tsx'
import { Tokens } from './profile/Tokens.tsx'
import { You } from './profile/You.tsx'

type Profile = Output<typeof profileView>

export default function ProfilePage() {
  const { user } = useViewer()
  const profile = useQuery({ ...q(profileView, {}), enabled: user !== null })
  return (
    <Page title="Profile" lead={profile.data && leadOf(profile.data)}>
      <Region of={profile} rows={6}>
        {(profile) => (
          <>
            <You user={profile.user} canChangeEmail={profile.can.emailChange} />
            <SigningIn profile={profile} />
            <Sessions />
            <Tokens userId={profile.user.id} />
          </>
        )}
      </Region>
      <Appearance />
    </Page>
  )
}

function SigningIn({ profile }: { profile: Profile }) {
  const { factors, mfaRequired, passkeyRequired, can, connections } = profile
  const [codes, setCodes] = useState<string[] | null>(null)
  const required = passkeyRequired
    ? 'Your organization requires a passkey of you.'
    : mfaRequired
      ? 'Your organization requires a second factor of you.'
      : undefined
  return (
    <Section title="How you sign in" note={required}>
      <Rows>
        <PasswordRow has={factors.password} />
        <PasskeysRow can={can} onCodes={setCodes} />
        <AuthenticatorRow has={factors.totp} can={can} onCodes={setCodes} />
        {(factors.totp || factors.passkeys > 0) && (
          <RecoveryRow left={factors.recoveryCodes} onCodes={setCodes} />
        )}
        <IdentitiesRow others={connections} />
      </Rows>
      <RecoveryCodes codes={codes} onClose={() => setCodes(null)} />
    </Section>
  )
}

/** How well the account is kept, in a sentence. */
export function leadOf({ user, factors }: Profile): string {
  const second = [
    ...(factors.passkeys > 0 ? [factors.passkeys === 1 ? 'a passkey' : `${factors.passkeys} passkeys`] : []),
    ...(factors.totp ? ['an authenticator app'] : []),
  ]
  if (second.length > 0) return `${user.email}, kept by ${second.join(' and ')}.`
  return factors.password
    ? `${user.email}, kept by a password alone. A passkey or an app that shows codes makes it safe.`
    : `${user.email}.`
}
