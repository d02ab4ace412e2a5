import { Button, Switch, UnstyledButton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { requestList } from '../../../src/contract/requests.ts'
import { pages } from '../../api.ts'
import { wordsOfError } from '../../error-words.ts'
import { countShort, day, duration, usd } from '../../format.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Download as Downloading, useDownload } from '../../ui/Download.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import classes from './access-log.module.css'
import { CallDrawer } from './CallDrawer.tsx'
import { CallFilters } from './CallFilters.tsx'
import { type Attempt, CALL_FILTERS, DEFAULT_RANGE, queryOfCalls, RANGES } from './call-query.ts'
import { callsFile, wholeOf } from './calls-file.ts'

const TAIL_MS = 3000
/** To the second, without the year: the range says which. */
const TIME = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
})
const NONE = Object.fromEntries(CALL_FILTERS.map((name) => [name, undefined]))

type NameOf = ReturnType<typeof useNames>

/** Calls through the gateway, newest first, as the address says. `keyId`: only those of one key. */
export function CallLog({ keyId }: { keyId?: string }) {
  const [search, change] = useAddress()
  const { organization } = useViewer()
  const live = search.live !== undefined
  const query = queryOfCalls(keyId === undefined ? search : { ...search, key: keyId }, organization.timeZone)
  const calls = useInfiniteQuery({
    ...pages(requestList, { query }),
    refetchInterval: live ? TAIL_MS : false,
  })
  const rows = calls.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(
    rows.flatMap((call) => [call.keyId, call.userId, call.serviceAccountId, call.projectId]),
  )
  const file = useDownload()
  const erased = erasedIn(query.from, calls.data?.pages[0]?.erasedBefore ?? null)
  const filtered = CALL_FILTERS.some((name) => search[name] && name !== 'range')
  const range = RANGES.find(({ value }) => value === (search.range ?? DEFAULT_RANGE))?.label ?? 'This range'
  return (
    <>
      <CallFilters search={search} change={change} keyId={keyId} />
      <div className={classes.tools}>
        <Switch
          label="Live"
          checked={live}
          onChange={(event) => change({ live: event.currentTarget.checked ? '1' : undefined })}
        />
        <span className="muted" role="status">
          {live ? `Asks again every ${TAIL_MS / 1000} seconds.` : ''}
        </span>
        <Downloading of={file}>
          <Button
            variant="default"
            leftSection={<Download size={16} aria-hidden />}
            disabled={rows.length === 0}
            onClick={() => file.start(callsFile('calls.csv', wholeOf(query, erased)))}
          >
            Export all as CSV
          </Button>
        </Downloading>
      </div>
      {erased !== null && (
        <p className="muted">
          Single calls are there from {day(erased, organization.timeZone)} on. Older ones were erased; what
          they add up to is in <To to="/usage">Usage</To>.
        </p>
      )}
      <Region of={calls} rows={10}>
        {() =>
          rows.length > 0 ? (
            <DataTable
              label="Calls"
              rows={rows}
              columns={columnsWith(
                nameOf,
                (requestId) => change({ call: requestId }, false),
                keyId !== undefined,
              )}
              rowId={({ id }) => id}
              more={moreOf(calls)}
            />
          ) : filtered ? (
            <Empty title="No call matches">
              <p>{range}: none with these filters.</p>
              <Button variant="default" onClick={() => change(NONE)}>
                Clear filters
              </Button>
            </Empty>
          ) : (
            <Empty title="No calls">
              <p>{range}: nobody called. A longer range may show more.</p>
              <Button variant="default" onClick={() => change({ range: '-30d' })}>
                Show the last 30 days
              </Button>
            </Empty>
          )
        }
      </Region>
      <CallDrawer requestId={search.call} onClose={() => change({ call: undefined })} />
    </>
  )
}

/** From when on calls are there, where more was asked for. Ranges that end now are short: none reaches that far. */
function erasedIn(from: string | undefined, erasedBefore: string | null): string | null {
  if (erasedBefore === null || from?.startsWith('-')) return null
  return from === undefined || from < erasedBefore ? erasedBefore : null
}

function columnsWith(nameOf: NameOf, open: (requestId: string) => void, ofKey: boolean): Column<Attempt>[] {
  const ofCall: Column<Attempt>[] = [
    {
      id: 'time',
      header: 'Time',
      title: true,
      cell: ({ admittedAt, requestId }) => (
        <UnstyledButton className={classes.open ?? ''} onClick={() => open(requestId)}>
          <time dateTime={admittedAt}>{TIME.format(new Date(admittedAt))}</time>
        </UnstyledButton>
      ),
    },
    {
      id: 'key',
      header: 'Key',
      cell: ({ keyId }) => (
        <To to="/keys/$keyId" params={{ keyId }} className={classes.key}>
          {nameOf(keyId)}
        </To>
      ),
    },
    {
      id: 'model',
      header: 'Model',
      cell: ({ model, operation }) => (
        <span className={`${classes.model} ${classes.wide}`}>
          {model ?? '–'}
          <small>{operation}</small>
        </span>
      ),
    },
    {
      id: 'outcome',
      header: 'Outcome',
      cell: (call) => <Outcome of={call} />,
    },
    {
      id: 'tokens',
      header: 'Tokens in → out',
      numeric: true,
      cell: ({ inputTokens, outputTokens }) => `${countShort(inputTokens)} → ${countShort(outputTokens)}`,
    },
    { id: 'cost', header: 'Cost', numeric: true, cell: ({ costUsd }) => usd(costUsd) },
    { id: 'took', header: 'Took', numeric: true, cell: ({ durationMs }) => duration(durationMs) },
    {
      id: 'ip',
      header: 'From',
      cell: ({ ip }) => <span className={`mono ${classes.ip}`}>{ip ?? '–'}</span>,
    },
  ]
  return ofKey ? ofCall.filter(({ id }) => id !== 'key') : ofCall
}

/** How a call ended, in a word; the whole story is in the drawer. */
export function Outcome({ of: { status, errorCode } }: { of: Attempt }) {
  if (errorCode === null && status < 400) return <Status tone="good">{String(status)}</Status>
  const title = errorCode === null ? '' : wordsOfError(errorCode)
  return (
    <span className={classes.model} title={title}>
      <Status tone={status < 500 && status !== 429 ? 'warn' : 'bad'}>{String(status)}</Status>
      {errorCode && <small className="mono">{errorCode}</small>}
    </span>
  )
}
