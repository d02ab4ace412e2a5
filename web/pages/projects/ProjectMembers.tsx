import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import type { projectView } from '../../../src/contract/projects.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { panel } from '../../ui/later.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import { useCan } from '../../viewer.ts'
import { Grants } from '../teams/Grants.tsx'

const AddMember = panel(async () => (await import('../teams/AddMember.tsx')).AddMember)

/** Who holds a role in this project. */
export function ProjectMembers({ project }: { project: Output<typeof projectView> }) {
  const can = useCan([{ type: 'project', id: project.id }])
  const [adding, setAdding] = useState(false)
  const add = (
    <ActButton variant="default" can={can('grant:create', project.id)} onClick={() => setAdding(true)}>
      Add a member
    </ActButton>
  )
  return (
    <Section
      title="Members"
      note={
        <>
          Who holds a role in this project alone. Members of{' '}
          <To to="/teams/$teamId" params={{ teamId: project.teamId }} search={{ tab: 'members' }}>
            its team
          </To>{' '}
          reach it as well.
        </>
      }
      actions={add}
    >
      <Grants
        label={`Members of ${project.name}`}
        query={{ projectId: project.id }}
        empty={
          <Empty title="Nobody holds a role in this project alone">
            <p>Whoever works only on this project is added here; whoever works on the whole team, there.</p>
          </Empty>
        }
      />
      <AddMember
        opened={adding}
        onClose={() => setAdding(false)}
        title={`Add somebody to ${project.name}`}
        where={{ teamId: project.teamId, projectId: project.id }}
      />
    </Section>
  )
}
