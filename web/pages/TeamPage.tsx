import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { Output } from '../../src/contract/operation.ts'
import { teamView } from '../../src/contract/teams.ts'
import { usageReport } from '../../src/contract/usage.ts'
import { q } from '../api.ts'
import { count, usd } from '../format.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { panel, part } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { Region } from '../ui/Region.tsx'
import { Status } from '../ui/Status.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { useCan, useViewer } from '../viewer.ts'
import { TeamOverview } from './teams/TeamOverview.tsx'
import { monthStart } from './teams/this-month.ts'

const AddMember = panel(async () => (await import('./teams/AddMember.tsx')).AddMember)

const LimitsPanel = part(async () => (await import('./teams/LimitsPanel.tsx')).LimitsPanel)
const PolicyPanel = part(async () => (await import('./teams/PolicyPanel.tsx')).PolicyPanel)
const TeamKeys = part(async () => (await import('./teams/TeamKeys.tsx')).TeamKeys)
const TeamMembers = part(async () => (await import('./teams/TeamMembers.tsx')).TeamMembers)
const TeamProjects = part(async () => (await import('./teams/TeamProjects.tsx')).TeamProjects)
const TeamSettings = part(async () => (await import('./teams/TeamSettings.tsx')).TeamSettings)

/** A team: its people, models, keys, money and what waits for it. */
export default function TeamPage() {
  // The route has this parameter.
  const { teamId = '' } = useParams({ strict: false }) as { teamId?: string }
  const team = useQuery(q(teamView, { params: { teamId } }))
  if (team.data) return <Shown key={team.data.id} team={team.data} />
  return (
    <Page title="Team" passing above={[{ title: 'Teams', to: '/teams' }]}>
      <Region of={team}>{() => null}</Region>
    </Page>
  )
}

function Shown({ team }: { team: Output<typeof teamView> }) {
  const scope = { type: 'team' as const, id: team.id }
  const can = useCan([scope])
  const [{ add }, setAddress] = useAddress()
  const archived = team.archivedAt !== null
  return (
    <Page
      title={team.name}
      above={[{ title: 'Teams', to: '/teams' }]}
      badge={archived && <Status tone="warn">archived</Status>}
      lead={<Lead team={team} />}
      actions={
        <ActButton can={can('grant:create', team.id)} onClick={() => setAddress({ add: 'member' })}>
          Add a member
        </ActButton>
      }
    >
      <Tabs
        label={`About ${team.name}`}
        tabs={[
          { id: 'overview', title: 'Overview', panel: () => <TeamOverview team={team} /> },
          { id: 'members', title: 'Members', panel: () => <TeamMembers team={team} /> },
          { id: 'projects', title: 'Projects', panel: () => <TeamProjects team={team} /> },
          { id: 'keys', title: 'Keys', panel: () => <TeamKeys team={team} /> },
          {
            id: 'models',
            title: 'Models',
            panel: () => (
              <PolicyPanel
                scope={scope}
                note="The organization’s rules and those of its projects and keys apply as well: the strictest wins."
              />
            ),
          },
          {
            id: 'limits',
            title: 'Limits',
            panel: () => (
              <LimitsPanel
                scope={scope}
                inherited="The organization’s budgets bound this team as well: all that apply to a call apply together."
              />
            ),
          },
          { id: 'settings', title: 'Settings', panel: () => <TeamSettings team={team} /> },
        ]}
      />
      <AddMember
        opened={add === 'member'}
        onClose={() => setAddress({ add: undefined })}
        title={`Add somebody to ${team.name}`}
        where={{ teamId: team.id, projectId: null }}
      />
    </Page>
  )
}

function Lead({ team }: { team: Output<typeof teamView> }) {
  const { organization } = useViewer()
  const whole = useCan([{ type: 'team', id: team.id }])('usage:read', team.id) === true
  const from = monthStart(organization.timeZone)
  const spend = useQuery(q(usageReport, { query: { by: 'project', teamId: team.id, from } }))
  if (!spend.data) return 'Its people, projects, keys, models and money.'
  const { total, data, names } = spend.data
  const [most] = data
  if (!most || total.calls === 0) return `It has called no model this month${whole ? '' : ' that you see'}.`
  const spent = `${usd(total.costUsd)} spent this month in ${count(total.calls)} calls${whole ? '' : ' that you see'}`
  if (data.length === 1) return `${spent}.`
  return `${spent}; ${names[most.group.project ?? ''] ?? 'one project'} spent most, ${usd(most.costUsd)}.`
}
