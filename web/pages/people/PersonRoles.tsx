import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import type { userView } from '../../../src/contract/users.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { panel } from '../../ui/later.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty } from '../../ui/Region.tsx'
import { useViewer } from '../../viewer.ts'
import { Grants } from '../teams/Grants.tsx'
import { ORGANIZATION } from '../teams/places.ts'

const AddMember = panel(async () => (await import('../teams/AddMember.tsx')).AddMember)

/** The roles of one person, wherever they are. */
export function PersonRoles({ user }: { user: Output<typeof userView> }) {
  const [giving, setGiving] = useState(false)
  const can = useViewer().inOrganization('grant:create')
  return (
    <Section
      title="Roles"
      note="What somebody may do is the sum of these."
      actions={
        <ActButton can={can} onClick={() => setGiving(true)}>
          Give a role
        </ActButton>
      }
    >
      <Grants
        label={`Roles of ${user.name}`}
        query={{ userId: user.id }}
        ofOne
        empty={
          <Empty title="No roles">
            <p>They can sign in, and do nothing yet.</p>
          </Empty>
        }
      />
      <AddMember
        opened={giving}
        onClose={() => setGiving(false)}
        title={`Give ${user.name} a role`}
        where={ORGANIZATION}
        userId={user.id}
      />
    </Section>
  )
}
