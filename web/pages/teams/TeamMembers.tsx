import { useQuery } from '@tanstack/react-query'
import { acknowledgementList } from '../../../src/contract/acknowledgements.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { teamView } from '../../../src/contract/teams.ts'
import { q } from '../../api.ts'
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

const MOST = 200

/** Who holds which role in the team or in one project of it, and whether they have read what they have to. */
export function TeamMembers({ team }: { team: Output<typeof teamView> }) {
  const [, setAddress] = useAddress()
  const can = useCan([{ type: 'team', id: team.id }])
  const training = useTrainingColumn()
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

/** What each has still to read: only for who may see that of everybody. */
function useTrainingColumn(): Column<Grant>[] {
  const mayRead = useViewer().inOrganization('acknowledgement:read') === true
  const missing = useQuery({
    ...q(acknowledgementList, { query: { missing: 'true', limit: MOST } }),
    enabled: mayRead,
  })
  const { data } = missing
  // With more that are missing than one answer holds, somebody might look as if they had read all.
  if (!data || data.nextCursor !== null) return []
  const stateOf = (userId: string | null) => {
    const theirs = data.data.filter((one) => one.userId === userId)
    return { theirs, overdue: theirs.some(({ state }) => state === 'overdue') }
  }
  return [
    {
      id: 'training',
      header: 'Training',
      cell: ({ userId }) => {
        if (userId === null) return <span className="muted">–</span>
        const { theirs, overdue } = stateOf(userId)
        if (theirs.length === 0) return <Status tone="good">up to date</Status>
        return (
          <To to="/people/$userId" params={{ userId }} search={{ tab: 'documents' }}>
            <Status tone={overdue ? 'bad' : 'warn'}>
              {`${theirs.length} ${overdue ? 'overdue' : 'to read'}`}
            </Status>
          </To>
        )
      },
    },
  ]
}
