import { useInfiniteQuery } from '@tanstack/react-query'
import { auditList } from '../../../src/contract/audit.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { pages } from '../../api.ts'
import { useNames } from '../../names.ts'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { who } from './KeyBanner.tsx'
import classes from './keys.module.css'
import type { NameOf } from './Place.tsx'

type Event = Output<typeof auditList>['data'][number]

/** What happened, as a person says it. Others stand there by their own name. */
const ACTIONS: Record<string, string> = {
  'key.create': 'Made',
  'key.update': 'Edited',
  'key.rotate': 'Rotated',
  'key.deliver': 'Opened by its owner',
  'key.suspend': 'Suspended',
  'key.resume': 'Resumed',
  'key.revoke': 'Revoked',
  'key.expire': 'Ended by its time',
  'key.attest': 'Confirmed as needed',
  'policy.set': 'Policy changed',
}

/** Who changed this key, and what it was before. */
export function KeyHistory({ keyId }: { keyId: string }) {
  const events = useInfiniteQuery(pages(auditList, { query: { targetId: keyId } }))
  const rows = events.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(rows.flatMap(({ userId }) => [userId]))
  return (
    <Region of={events}>
      {() =>
        rows.length > 0 ? (
          <DataTable
            label="History of this key"
            rows={rows}
            columns={columnsWith(nameOf)}
            rowId={({ id }) => id}
            more={moreOf(events)}
          />
        ) : (
          <Empty title="Nothing was changed">
            <p>Of this key the audit log holds nothing yet.</p>
          </Empty>
        )
      }
    </Region>
  )
}

const RESULTS = { done: 'good', denied: 'warn', failed: 'bad' } as const

function columnsWith(nameOf: NameOf): Column<Event>[] {
  return [
    {
      id: 'action',
      header: 'What',
      title: true,
      cell: ({ action }) => ACTIONS[action] ?? action,
    },
    {
      id: 'at',
      header: 'When',
      cell: ({ at }) => (
        <span className={classes.once}>
          <Time at={at} />
        </span>
      ),
    },
    { id: 'who', header: 'Who', cell: ({ userId, actorKind }) => (userId ? who(userId, nameOf) : actorKind) },
    {
      id: 'result',
      header: 'Result',
      cell: ({ result }) => <Status tone={RESULTS[result]}>{result}</Status>,
    },
    {
      id: 'changed',
      header: 'Changed',
      cell: (event) => changedIn(event) || <span className="muted">–</span>,
    },
    { id: 'reason', header: 'Reason', cell: ({ reason }) => reason ?? <span className="muted">–</span> },
  ]
}

/** Which fields differ. What changes with everything is not said. */
function changedIn({ before, after }: Event): string {
  if (before === null || after === null) return ''
  return Object.keys(after)
    .filter((name) => name !== 'version' && JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .join(', ')
}
