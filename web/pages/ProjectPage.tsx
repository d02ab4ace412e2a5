import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { Output } from '../../src/contract/operation.ts'
import { projectView } from '../../src/contract/projects.ts'
import { usageReport } from '../../src/contract/usage.ts'
import { q } from '../api.ts'
import { count, usd } from '../format.ts'
import { useNames } from '../names.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { panel, part } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { Region } from '../ui/Region.tsx'
import { Status } from '../ui/Status.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { useCan, useViewer } from '../viewer.ts'
import { Environments } from './projects/Environments.tsx'
import { monthStart } from './teams/this-month.ts'

const EnvironmentForm = panel(async () => (await import('./projects/EnvironmentForm.tsx')).EnvironmentForm)

const LimitsPanel = part(async () => (await import('./teams/LimitsPanel.tsx')).LimitsPanel)
const PolicyPanel = part(async () => (await import('./teams/PolicyPanel.tsx')).PolicyPanel)
const Programs = part(async () => (await import('./projects/Programs.tsx')).Programs)
const ProjectMembers = part(async () => (await import('./projects/ProjectMembers.tsx')).ProjectMembers)
const ProjectSettings = part(async () => (await import('./projects/ProjectSettings.tsx')).ProjectSettings)
const TrustRules = part(async () => (await import('./projects/TrustRules.tsx')).TrustRules)

type Project = Output<typeof projectView>

/** A project: its environments, with production set apart, its programs and its people. */
export default function ProjectPage() {
  // The route has this parameter.
  const { projectId = '' } = useParams({ strict: false }) as { projectId?: string }
  const project = useQuery(q(projectView, { params: { projectId } }))
  if (project.data) return <Shown key={project.data.id} project={project.data} />
  return (
    <Page title="Project" passing above={[{ title: 'Teams', to: '/teams' }]}>
      <Region of={project}>{() => null}</Region>
    </Page>
  )
}

function Shown({ project }: { project: Project }) {
  const scope = { type: 'project' as const, id: project.id }
  const can = useCan([scope])
  const nameOf = useNames([project.teamId])
  const [{ add }, setAddress] = useAddress()
  return (
    <Page
      title={project.name}
      above={[
        { title: 'Teams', to: '/teams' },
        { title: nameOf(project.teamId), to: '/teams/$teamId', params: { teamId: project.teamId } },
      ]}
      badge={project.archivedAt !== null && <Status tone="warn">archived</Status>}
      lead={<Lead project={project} />}
      actions={
        <ActButton
          can={can('environment:create', project.id)}
          onClick={() => setAddress({ add: 'environment' })}
        >
          New environment
        </ActButton>
      }
    >
      <Tabs
        label={`About ${project.name}`}
        tabs={[
          { id: 'environments', title: 'Environments', panel: () => <Environments project={project} /> },
          {
            id: 'programs',
            title: 'Programs',
            panel: () => (
              <>
                <Programs project={project} />
                <TrustRules project={project} />
              </>
            ),
          },
          { id: 'members', title: 'Members', panel: () => <ProjectMembers project={project} /> },
          {
            id: 'models',
            title: 'Models',
            panel: () => (
              <PolicyPanel
                scope={scope}
                note="The rules of the organization, of the team and of each key apply as well: the strictest wins."
              />
            ),
          },
          {
            id: 'limits',
            title: 'Limits',
            panel: () => (
              <LimitsPanel
                scope={scope}
                inherited="The budgets of the organization and of the team bound this project as well."
              />
            ),
          },
          { id: 'settings', title: 'Settings', panel: () => <ProjectSettings project={project} /> },
        ]}
      />
      {add === 'environment' && (
        <EnvironmentForm project={project} onClose={() => setAddress({ add: undefined })} />
      )}
    </Page>
  )
}

function Lead({ project }: { project: Project }) {
  const { organization } = useViewer()
  const from = monthStart(organization.timeZone)
  const spend = useQuery(q(usageReport, { query: { by: 'environment', projectId: project.id, from } }))
  if (!spend.data) return 'Its environments, their keys and programs, and who works on it.'
  const { total } = spend.data
  if (total.calls === 0) return 'It has called no model this month.'
  return `${usd(total.costUsd)} spent this month in ${count(total.calls)} calls.`
}
