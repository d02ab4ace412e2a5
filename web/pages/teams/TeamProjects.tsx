import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { environmentList } from '../../../src/contract/environments.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { projectCreate, projectList } from '../../../src/contract/projects.ts'
import type { teamView } from '../../../src/contract/teams.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { pages, q, useAct } from '../../api.ts'
import { usd } from '../../format.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { EnvironmentBadge, Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To, useGo } from '../../ui/To.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import { Command } from './Command.tsx'
import { NewNameForm } from './NameForm.tsx'
import classes from './teams.module.css'
import { monthStart } from './this-month.ts'

const MOST = 200

/** The team's projects, each with its environments. */
export function TeamProjects({ team }: { team: Output<typeof teamView> }) {
  const { organization } = useViewer()
  const [{ add }, setAddress] = useAddress()
  const can = useCan([{ type: 'team', id: team.id }])
  const go = useGo()
  const list = useInfiniteQuery(pages(projectList, { query: { teamId: team.id, limit: 50 } }))
  const environments = useQuery(q(environmentList, { query: { teamId: team.id, limit: MOST } }))
  const from = monthStart(organization.timeZone)
  const spend = useQuery(q(usageReport, { query: { by: 'project', teamId: team.id, from } }))
  const spent = new Map(spend.data?.data.map(({ group, costUsd }) => [group.project, costUsd]))
  const create = useAct(projectCreate)
  const mayCreate = can('project:create', team.id)
  const open = () => setAddress({ add: 'project' })
  return (
    <Section
      title="Projects"
      note="Each has environments, and keys belong to one of them."
      actions={
        <ActButton variant="default" can={mayCreate} onClick={open}>
          New project
        </ActButton>
      }
    >
      <Region of={list}>
        {({ pages }) => {
          const projects = pages.flatMap(({ data }) => data)
          if (projects.length === 0) {
            return (
              <Empty title="No projects yet">
                <p>A project is what keys are for: a product, a service, an experiment.</p>
                <ActButton variant="default" can={mayCreate} onClick={open}>
                  New project
                </ActButton>
                <Command>{`claviger project create --team "${team.name}" --name Checkout`}</Command>
              </Empty>
            )
          }
          return (
            <DataTable
              label={`Projects of ${team.name}`}
              rows={projects}
              rowId={({ id }) => id}
              columns={[
                {
                  id: 'name',
                  header: 'Project',
                  title: true,
                  cell: ({ id, name, archivedAt }) => (
                    <>
                      <To to="/projects/$projectId" params={{ projectId: id }}>
                        {name}
                      </To>{' '}
                      {archivedAt !== null && <Status tone="quiet">archived</Status>}
                    </>
                  ),
                  sort: ({ name }) => name.toLowerCase(),
                },
                {
                  id: 'environments',
                  header: 'Environments',
                  cell: ({ id }) => (
                    <span className={classes.acts}>
                      {kindsOf(environments.data, id).map((kind) => (
                        <EnvironmentBadge key={kind} kind={kind} />
                      ))}
                    </span>
                  ),
                },
                {
                  id: 'spent',
                  header: 'Spent this month',
                  numeric: true,
                  cell: ({ id }) => (spend.data ? usd(spent.get(id) ?? '0') : '–'),
                  sort: ({ id }) => Number(spent.get(id) ?? 0),
                },
                { id: 'since', header: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
              ]}
              more={moreOf(list)}
            />
          )
        }}
      </Region>
      {add === 'project' && (
        <NewNameForm
          onClose={() => {
            create.reset()
            setAddress({ add: undefined })
          }}
          title={`New project in ${team.name}`}
          act="Create the project"
          description="What it is for, such as Checkout or Helpdesk assistant."
          pending={create.isPending}
          error={create.error}
          onSubmit={(name) =>
            create.mutate(
              { input: { body: { teamId: team.id, name } } },
              {
                onSuccess: ({ id }) => {
                  toast(`The project ${name} is there. Give it an environment next.`)
                  go({ to: '/projects/$projectId', params: { projectId: id } })
                },
              },
            )
          }
        />
      )}
    </Section>
  )
}

function kindsOf(environments: Output<typeof environmentList> | undefined, projectId: string): string[] {
  const theirs = (environments?.data ?? []).filter(
    (environment) => environment.projectId === projectId && environment.archivedAt === null,
  )
  return [...new Set(theirs.map(({ kind }) => kind))]
}
