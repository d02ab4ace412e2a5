import { Button, UnstyledButton } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { auditList } from '../../../src/contract/audit.ts'
import { pages, q } from '../../api.ts'
import { moment } from '../../format.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { AuditFilters, FILTERS, RANGES, RESULTS } from './AuditFilters.tsx'
import classes from './audit.module.css'
import { EventDrawer } from './EventDrawer.tsx'
import { type AuditEvent, actorOf, isNamed, RESULT } from './events.ts'

/** Who changed what, newest first. `?event=` opens one. */
export function Events() {
  const [address, setAddress] = useAddress()
  const filter = Object.fromEntries(FILTERS.flatMap((name) => (address[name] ? [[name, address[name]]] : [])))
  const list = useInfiniteQuery(pages(auditList, { query: filter }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(
    [filter, ...rows]
      .flatMap(({ userId, actorId, targetId }) => [userId, actorId, targetId])
      .concat(filter.teamId ?? null)
      .filter((id) => id && isNamed(id)),
  )
  const columns: Column<AuditEvent>[] = [
    {
      id: 'action',
      header: 'What',
      title: true,
      cell: ({ id, action }) => (
        <UnstyledButton className={classes.open} onClick={() => setAddress({ event: id }, false)}>
          {action}
        </UnstyledButton>
      ),
    },
    {
      id: 'target',
      header: 'About',
      cell: ({ targetId }) =>
        isNamed(targetId) ? nameOf(targetId) : <span className={`mono ${classes.id}`}>{targetId}</span>,
    },
    { id: 'who', header: 'Who', cell: (event) => actorOf(event, nameOf) },
    {
      id: 'at',
      header: 'When',
      cell: ({ at }) => (
        <time dateTime={at} className={classes.when}>
          {moment(at)}
        </time>
      ),
    },
    {
      id: 'result',
      header: 'Result',
      cell: ({ result }) => <Status tone={RESULT[result].tone}>{RESULT[result].text}</Status>,
    },
    { id: 'ip', header: 'From', cell: ({ ip }) => <span className={classes.when}>{ip ?? '–'}</span> },
  ]
  return (
    <>
      <AuditFilters />
      <Region of={list} rows={8}>
        {() =>
          rows.length > 0 ? (
            <DataTable
              label="Audit events, newest first"
              rows={rows}
              columns={columns}
              rowId={({ id }) => id}
              highlight={address.event}
              more={moreOf(list)}
            />
          ) : (
            <Empty title="No event matches">
              <p>
                Looked for{' '}
                {FILTERS.flatMap((name) => {
                  const value = filter[name]
                  return value ? [`${LOOKED_FOR[name]}: ${wordsOf(name, value, nameOf)}`] : []
                }).join(', ')}
                .
              </p>
              <Button
                variant="default"
                onClick={() => setAddress(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}
              >
                Clear filters
              </Button>
            </Empty>
          )
        }
      </Region>
      {address.event && (
        <One
          id={address.event}
          loaded={rows.find(({ id }) => id === address.event)}
          close={() => setAddress({ event: undefined })}
        />
      )}
    </>
  )
}

const LOOKED_FOR: Record<(typeof FILTERS)[number], string> = {
  from: 'from',
  to: 'until',
  userId: 'who',
  action: 'what',
  result: 'result',
  teamId: 'team',
  targetId: 'about',
  actorId: 'by',
}

/** A value of a filter as the filter itself shows it. */
function wordsOf(name: (typeof FILTERS)[number], value: string, nameOf: (id: string) => string): string {
  if (name === 'result') return RESULTS.find((one) => one.value === value)?.label ?? value
  if (name !== 'from' && name !== 'to') return isNamed(value) ? nameOf(value) : value
  const range = RANGES.find((one) => one.value === value)
  if (range) return range.label.toLowerCase()
  return Number.isNaN(Date.parse(value)) ? value : moment(value)
}

/** One that a link is about may be far down the list. */
function One({ id, loaded, close }: { id: string; loaded: AuditEvent | undefined; close: () => void }) {
  const asked = useQuery({ ...q(auditList, { query: { id } }), enabled: loaded === undefined })
  const event = loaded ?? asked.data?.data[0]
  return <EventDrawer asked={asked} event={event} onClose={close} />
}
