import { useQuery } from '@tanstack/react-query'
import { acknowledgementList } from '../../../src/contract/acknowledgements.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { userView } from '../../../src/contract/users.ts'
import { q } from '../../api.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status, type Tone } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'

const MOST = 200

const STATES: Record<
  Output<typeof acknowledgementList>['data'][number]['state'],
  { tone: Tone; text: string }
> = {
  acknowledged: { tone: 'good', text: 'read' },
  exempt: { tone: 'quiet', text: 'exempt' },
  due: { tone: 'warn', text: 'to read' },
  overdue: { tone: 'bad', text: 'overdue' },
}

/** What they have to read, and what they have. */
export function PersonDocuments({ user }: { user: Output<typeof userView> }) {
  const list = useQuery(q(acknowledgementList, { query: { userId: user.id, limit: MOST } }))
  return (
    <Section title="Training" note="While something required is overdue, they create and rotate no keys.">
      <Region of={list}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No document concerns them" />
          ) : (
            <DataTable
              label={`What ${user.name} has to read`}
              rows={data}
              rowId={({ documentId }) => documentId}
              columns={[
                {
                  id: 'title',
                  header: 'Document',
                  title: true,
                  cell: ({ documentTitle, versionNumber }) => (
                    <>
                      {documentTitle} <span className="muted">version {versionNumber}</span>
                    </>
                  ),
                },
                {
                  id: 'state',
                  header: 'State',
                  cell: ({ state }) => <Status tone={STATES[state].tone}>{STATES[state].text}</Status>,
                },
                { id: 'due', header: 'Due', cell: ({ dueBy }) => <Time at={dueBy} never="no hurry" /> },
                {
                  id: 'read',
                  header: 'Read',
                  cell: ({ acknowledgedAt }) => <Time at={acknowledgedAt} never="not yet" />,
                },
              ]}
            />
          )
        }
      </Region>
    </Section>
  )
}
