import { useQuery } from '@tanstack/react-query'
import { acknowledgementList } from '../../../src/contract/acknowledgements.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { teamView } from '../../../src/contract/teams.ts'
import { all } from '../../all.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import type { Column } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useCan, useViewer } from '../../viewer.ts'
import { Command } from './Command.tsx'
import { type Grant, Grants } from './Grants.tsx'

/** Who holds which role in the team or in one project of it, and whether they have read what they have to. */
export function TeamMembers({ team }: { team: Output<typeof teamView> }) {
  const [, setAddress] = useAddress()
  const can = useCan([{ type: 'team', id: team.id }])
  const training = useTrainingColumn(team.id)
  return (
    <Section
      title="Members"
      note="Who holds a role in the whole team or in one of its projects. Whoever has a role in the organization reaches it as well."
    >
      <Grants
        label={`Members of ${team.name}`}
        query={{ teamId: team.id }}
        more={training}
        empty={
          <Empty title="Nobody is in this team yet">
            <p>Give somebody a role here: they then see the team, and do what the role allows.</p>
            <ActButton
              variant="default"
              can={can('grant:create', team.id)}
              onClick={() => setAddress({ add: 'member' })}
            >
              Add a member
            </ActButton>
            <Command>{`claviger grant create --user bob@example.com --role builder --team "${team.name}"`}</Command>
          </Empty>
        }
      />
    </Section>
  )
}

/** What each has still to read: only for who may see that of the whole team. */
function useTrainingColumn(teamId: string): Column<Grant>[] {
  const mayRead = useCan([{ type: 'team', id: teamId }])('acknowledgement:read', teamId) === true
  const mayOpen = useViewer().inOrganization('user:read') === true
  const { data } = useQuery({
    ...all(acknowledgementList, { query: { teamId, missing: 'true' } }),
    enabled: mayRead,
  })
  if (!data) return []
  return [
    {
      id: 'training',
      header: 'Training',
      cell: ({ userId }) => {
        const theirs = data.items.filter((one) => one.userId === userId)
        // With more that are missing than were fetched, somebody might look as if they had read all.
        const known = userId !== null && (theirs.length > 0 || !data.truncated)
        if (!known) return <span className="muted">–</span>
        if (theirs.length === 0 || !mayOpen) return <Training missing={theirs} />
        return (
          <To to="/people/$userId" params={{ userId }} search={{ tab: 'documents' }}>
            <Training missing={theirs} />
          </To>
        )
      },
    },
  ]
}

function Training({ missing }: { missing: Output<typeof acknowledgementList>['data'] }) {
  const late = missing.filter(({ state }) => state === 'overdue').length
  if (late > 0) return <Status tone="bad">{`${late} overdue`}</Status>
  const required = missing.filter((one) => one.required).length
  if (required > 0) return <Status tone="warn">{`${required} to read`}</Status>
  if (missing.length > 0) return <Status tone="quiet">{`${missing.length} when there is time`}</Status>
  return <Status tone="good">up to date</Status>
}
