import { useParams } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { Forbidden } from '../ui/Forbidden.tsx'
import { part } from '../ui/later.tsx'
import { useViewer } from '../viewer.ts'
import { NotFound } from './NotFound.tsx'
import { SettingsFrame } from './settings/SettingsFrame.tsx'
import { SECTIONS, type SectionId } from './settings/sections.ts'

const Data = part(async () => (await import('./settings/Data.tsx')).Data)
const Keys = part(async () => (await import('./settings/Keys.tsx')).Keys)
const Network = part(async () => (await import('./settings/Network.tsx')).Network)
const Notifications = part(async () => (await import('./settings/Notifications.tsx')).Notifications)
const Organization = part(async () => (await import('./settings/Organization.tsx')).Organization)
const Requests = part(async () => (await import('./settings/Requests.tsx')).Requests)
const SignIn = part(async () => (await import('./settings/SignIn.tsx')).SignIn)
const Sso = part(async () => (await import('./settings/Sso.tsx')).Sso)

const SHOWN: Record<SectionId, ComponentType> = {
  organization: Organization,
  'sign-in': SignIn,
  sso: Sso,
  network: Network,
  requests: Requests,
  keys: Keys,
  notifications: Notifications,
  data: Data,
}

export default function SettingsPage() {
  const { section } = useParams({ strict: false })
  const { somewhere } = useViewer()
  const found = SECTIONS.find(({ id }) => id === section)
  if (found === undefined) return <NotFound />
  if (somewhere(found.needs)) {
    const Shown = SHOWN[found.id]
    return <Shown />
  }
  return (
    <SettingsFrame title={found.title}>
      <Forbidden permission={found.needs} />
    </SettingsFrame>
  )
}
