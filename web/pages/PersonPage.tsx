import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { userReach } from '../../src/contract/offboarding.ts'
import type { Output } from '../../src/contract/operation.ts'
import { userView } from '../../src/contract/users.ts'
import { q } from '../api.ts'
import { part } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { Region } from '../ui/Region.tsx'
import { Status } from '../ui/Status.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { PersonActions } from './people/PersonActions.tsx'
import { PersonRoles } from './people/PersonRoles.tsx'
import { reachSentence } from './people/reach-sentence.ts'

const Held = part(async () => (await import('./people/Held.tsx')).Held)
const LimitsPanel = part(async () => (await import('./teams/LimitsPanel.tsx')).LimitsPanel)
const PolicyPanel = part(async () => (await import('./teams/PolicyPanel.tsx')).PolicyPanel)
const PersonDocuments = part(async () => (await import('./people/PersonDocuments.tsx')).PersonDocuments)
const WhatCan = part(async () => (await import('./roles/WhatCan.tsx')).WhatCan)

type User = Output<typeof userView>

/** All that a person holds and reaches. */
export default function PersonPage() {
  // The route has this parameter.
  const { userId = '' } = useParams({ strict: false }) as { userId?: string }
  const user = useQuery(q(userView, { params: { userId } }))
  if (user.data) return <Shown key={user.data.id} user={user.data} />
  return (
    <Page title="Person" passing above={[{ title: 'People', to: '/people' }]}>
      <Region of={user}>{() => null}</Region>
    </Page>
  )
}

/** What they may use and spend with all of the keys that they own. */
function PersonLimits({ user }: { user: User }) {
  const scope = { type: 'user' as const, id: user.id }
  return (
    <>
      <LimitsPanel
        scope={scope}
        inherited="For all keys that they own. What their teams and projects say applies as well."
      />
      <PolicyPanel
        scope={scope}
        title="What their keys may use"
        note="For all keys that they own: the strictest of all rules wins."
      />
    </>
  )
}

function Shown({ user }: { user: User }) {
  const reach = useQuery(q(userReach, { params: { userId: user.id } }))
  return (
    <Page
      title={user.name}
      above={[{ title: 'People', to: '/people' }]}
      badge={
        user.deactivatedAt === null ? (
          <Status tone="good">active</Status>
        ) : (
          <Status tone="quiet">deactivated</Status>
        )
      }
      lead={
        <>
          {user.email}. {reach.data && reachSentence(reach.data)}
        </>
      }
      actions={<PersonActions user={user} />}
    >
      <Tabs
        label={`About ${user.name}`}
        tabs={[
          { id: 'roles', title: 'Roles', panel: () => <PersonRoles user={user} /> },
          {
            id: 'held',
            title: 'What they hold',
            panel: () => <Region of={reach}>{(reach) => <Held reach={reach} />}</Region>,
          },
          { id: 'limits', title: 'Limits', panel: () => <PersonLimits user={user} /> },
          { id: 'can', title: 'What they can do', panel: () => <WhatCan userId={user.id} /> },
          { id: 'documents', title: 'Training', panel: () => <PersonDocuments user={user} /> },
        ]}
      />
    </Page>
  )
}
