import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { keyList } from '../../../src/contract/keys.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { teamView } from '../../../src/contract/teams.ts'
import { q } from '../../api.ts'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import { KeyTable } from './KeyTable.tsx'

const SHOWN = 20

/** A few of the team's keys, and the way to all of them. */
export function TeamKeys({ team }: { team: Output<typeof teamView> }) {
  const keys = useQuery(q(keyList, { query: { teamId: team.id, limit: SHOWN } }))
  return (
    <Section
      title="Keys"
      note={`The first ${SHOWN}. All of them, with filters and what can be done with each, are on the page Keys.`}
      actions={
        <Button component={To} to="/keys" search={{ team: team.id }} variant="default">
          All keys of the team
        </Button>
      }
    >
      <Region of={keys}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No keys yet">
              <p>
                A key is made in an environment of a project: open the project, and choose where it works.
              </p>
              <Button
                component={To}
                to="/teams/$teamId"
                params={{ teamId: team.id }}
                search={{ tab: 'projects' }}
                variant="default"
              >
                Its projects
              </Button>
            </Empty>
          ) : (
            <KeyTable label={`Keys of ${team.name}`} keys={data} />
          )
        }
      </Region>
    </Section>
  )
}
