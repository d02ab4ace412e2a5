import { useParams } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { Forbidden } from '../ui/Forbidden.tsx'
import { useViewer } from '../viewer.ts'
import { NotFound } from './NotFound.tsx'
import { Data } from './settings/Data.tsx'
import { Keys } from './settings/Keys.tsx'
import { Network } from './settings/Network.tsx'
import { Notifications } from './settings/Notifications.tsx'
import { Organization } from './settings/Organization.tsx'
import { Requests } from './settings/Requests.tsx'
import { SettingsFrame } from './settings/SettingsFrame.tsx'
import { SignIn } from './settings/SignIn.tsx'
import { Sso } from './settings/Sso.tsx'
import { SECTIONS, type SectionId } from './settings/sections.ts'

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
