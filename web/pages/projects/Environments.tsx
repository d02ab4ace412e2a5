import { useQuery } from '@tanstack/react-query'
import { environmentList } from '../../../src/contract/environments.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { projectView } from '../../../src/contract/projects.ts'
import { usageReport } from '../../../src/contract/usage.ts'
import { ENVIRONMENT_KINDS } from '../../../src/domain/scope.ts'
import { q } from '../../api.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import { Command } from '../teams/Command.tsx'
import { SpendTable } from '../teams/SpendTable.tsx'
import { monthStart } from '../teams/this-month.ts'
import { EnvironmentCard } from './EnvironmentCard.tsx'
import classes from './projects.module.css'

const MOST = 200

/** The environments side by side, production last and set apart. */
export function Environments({ project }: { project: Output<typeof projectView> }) {
  const { organization } = useViewer()
  const [, setAddress] = useAddress()
  const list = useQuery(q(environmentList, { query: { projectId: project.id, limit: MOST } }))
  const from = monthStart(organization.timeZone)
  const spend = useQuery(q(usageReport, { query: { by: 'environment', projectId: project.id, from } }))
  const can = useCan([
    { type: 'project', id: project.id },
    ...(list.data?.data ?? []).map(({ id }) => ({ type: 'environment' as const, id })),
  ])
  return (
    <>
      <Section
        title="Environments"
        note="A key works in one of them, with the credentials that are bound to it."
      >
        <Region of={list}>
          {({ data }) => {
            if (data.length === 0) {
              return (
                <Empty title="No environments yet">
                  <p>Keys are made in an environment: start with one for development.</p>
                  <ActButton
                    variant="default"
                    can={can('environment:create', project.id)}
                    onClick={() => setAddress({ add: 'environment' })}
                  >
                    New environment
                  </ActButton>
                  <Command>
                    {`claviger environment create --project ${project.id} --name development --kind development`}
                  </Command>
                </Empty>
              )
            }
            const sorted = data.toSorted(
              (one, other) => ENVIRONMENT_KINDS.indexOf(one.kind) - ENVIRONMENT_KINDS.indexOf(other.kind),
            )
            return (
              <div className={classes.cards}>
                {sorted.map((environment) => (
                  <EnvironmentCard
                    key={environment.id}
                    environment={environment}
                    can={can}
                    spend={
                      spend.data &&
                      (spend.data.data.find(({ group }) => group.environment === environment.id) ?? null)
                    }
                  />
                ))}
              </div>
            )
          }}
        </Region>
      </Section>
      <SpendTable
        title="Spent this month, by model"
        by="model"
        header="Model"
        of={{ projectId: project.id }}
      />
    </>
  )
}
