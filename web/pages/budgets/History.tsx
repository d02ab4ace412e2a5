import { useInfiniteQuery } from '@tanstack/react-query'
import { auditList } from '../../../src/contract/audit.ts'
import { pages } from '../../api.ts'
import { useNames } from '../../names.ts'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Time } from '../../ui/Time.tsx'
import { changesOf } from './changes.ts'

const ACTIONS: Record<string, string> = {
  'budget.create': 'made it',
  'budget.update': 'changed it',
  'budget.delete': 'deleted it',
  'budget-member.set': 'set a member’s limit',
  'budget-raise.create': 'raised it',
  'budget-raise.end': 'ended a raise',
}

/** Who changed it, newest first. */
export function History({ targetId }: { targetId: string }) {
  const events = useInfiniteQuery(pages(auditList, { query: { targetId, limit: 20 } }))
  const rows = events.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(rows.map(({ userId }) => userId))
  return (
    <Section title="History">
      <Region of={events} rows={3}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No changes yet" />
          ) : (
            <DataTable
              label="History"
              rows={rows}
              rowId={({ id }) => id}
              columns={[
                {
                  id: 'what',
                  header: 'What',
                  title: true,
                  cell: (event) => {
                    const changes = changesOf(event)
                    const who = event.userId ? nameOf(event.userId) : event.actorKind
                    return (
                      <div>
                        {who} {ACTIONS[event.action] ?? event.action}
                        {event.result !== 'done' && ` (${event.result})`}
                        {changes.length > 0 && <div className="muted">{changes.join('; ')}</div>}
                      </div>
                    )
                  },
                },
                {
                  id: 'reason',
                  header: 'Reason',
                  cell: ({ reason }) => reason ?? <span className="muted">none</span>,
                },
                { id: 'at', header: 'When', cell: ({ at }) => <Time at={at} /> },
              ]}
              more={moreOf(events)}
            />
          )
        }
      </Region>
    </Section>
  )
}
