import { Button, Group, Tabs } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { accessRequestList } from '../../src/contract/access-requests.ts'
import { ASKS_FOR, REQUEST_KINDS, REQUEST_STATES, TARGETS } from '../../src/domain/access-request.ts'
import { pages } from '../api.ts'
import { count } from '../format.ts'
import { AccessRequestCreate } from '../forms/panels.ts'
import { useNames } from '../names.ts'
import { useAddress } from '../search.ts'
import { type Column, DataTable, type More, moreOf } from '../ui/DataTable.tsx'
import { Page } from '../ui/Page.tsx'
import { ShortcutHint, useShortcuts } from '../ui/PageShortcuts.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { Select } from '../ui/Select.tsx'
import { EnvironmentBadge, Status } from '../ui/Status.tsx'
import { Time } from '../ui/Time.tsx'
import { To } from '../ui/To.tsx'
import { useViewer } from '../viewer.ts'
import { type Request, STATE, termsInForce, termsInShort, titleOf } from './requests/words.ts'

const VIEWS = ['inbox', 'mine', 'all'] as const
type View = (typeof VIEWS)[number]

const TAB: Record<View, string> = { inbox: 'Waiting for me', mine: 'Mine', all: 'All' }

/** The address once its form is closed. */
const NOTHING_ASKED = Object.fromEntries(
  ['new', 'model', 'role', ...TARGETS].map((name) => [name, undefined]),
)

export default function RequestsPage() {
  const [address, setAddress] = useAddress()
  const { somewhere } = useViewer()
  const first: View = somewhere('access-request:decide') ? 'inbox' : 'mine'
  const view = VIEWS.find((one) => one === address.view) ?? first
  const { state, kind } = address
  const list = useInfiniteQuery(
    pages(accessRequestList, {
      query: {
        view,
        kind: REQUEST_KINDS.find((one) => one === kind),
        state: view === 'inbox' ? undefined : REQUEST_STATES.find((one) => one === state),
      },
    }),
  )
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const filtered = kind !== undefined || (view !== 'inbox' && state !== undefined)
  const ask = () => setAddress({ new: 'model' }, false)
  return (
    <Page
      title="Requests"
      lead={list.data && leadOf(view, rows, list.hasNextPage, filtered)}
      actions={<Button onClick={ask}>Request something</Button>}
    >
      <Tabs
        value={view}
        onChange={(next) => setAddress({ view: next ?? undefined, state: undefined })}
        mb="md"
      >
        <Tabs.List aria-label="Which requests">
          {VIEWS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {TAB[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <Group mb="md" align="flex-end">
        <Select
          label="For what"
          placeholder="Anything"
          clearable
          data={REQUEST_KINDS.map((value) => ({ value, label: ASKS_FOR[value] }))}
          value={kind ?? null}
          onChange={(next) => setAddress({ kind: next ?? undefined })}
        />
        {view !== 'inbox' && (
          <Select
            label="State"
            placeholder="Any"
            clearable
            data={REQUEST_STATES.map((value) => ({ value, label: STATE[value].text }))}
            value={state ?? null}
            onChange={(next) => setAddress({ state: next ?? undefined })}
          />
        )}
      </Group>
      <Region of={list} rows={6}>
        {() =>
          rows.length > 0 ? (
            <List rows={rows} view={view} more={moreOf(list)} />
          ) : filtered ? (
            <Empty title="No request matches">
              <p>
                Looked for{' '}
                {[kind && ASKS_FOR[kind as keyof typeof ASKS_FOR], state && `state ${state}`]
                  .filter(Boolean)
                  .join(', ')}
                .
              </p>
              <Button variant="default" onClick={() => setAddress({ kind: undefined, state: undefined })}>
                Clear filters
              </Button>
            </Empty>
          ) : (
            <Nothing view={view} />
          )
        }
      </Region>
      {address.new !== undefined && <AccessRequestCreate onClose={() => setAddress(NOTHING_ASKED)} />}
    </Page>
  )
}

function leadOf(view: View, rows: Request[], more: boolean, filtered: boolean): string {
  if (filtered) return `${count(rows.length)}${more ? ' or more' : ''} that match.`
  const waiting = rows.filter(({ state }) => state === 'pending')
  const many = `${count(waiting.length)}${more ? ' or more' : ''}`
  if (view === 'inbox') {
    if (waiting.length === 0) return 'Nothing waits for your decision.'
    const live = waiting.filter(({ production }) => production).length
    const reach = live === 0 ? '' : live === 1 ? ' One reaches production.' : ` ${live} reach production.`
    return `${many} ${waiting.length === 1 ? 'request waits' : 'requests wait'} for your decision.${reach}`
  }
  const whose = view === 'mine' ? 'of yours ' : ''
  if (waiting.length === 0) return `Nothing ${whose}waits for an answer.`
  return `${many} ${whose}${waiting.length === 1 ? 'waits' : 'wait'} for an answer.`
}

function Nothing({ view }: { view: View }) {
  if (view === 'inbox') {
    return (
      <Empty title="Nothing waits for you">
        <p>What people ask for, and you may decide about, is listed here. You are told by mail as well.</p>
      </Empty>
    )
  }
  return (
    <Empty title={view === 'mine' ? 'You asked for nothing yet' : 'Nobody asked for anything yet'}>
      <p>A key, a model, more budget or a role: say what and why, and whoever may give it is told.</p>
      <code>claviger access-request create --help</code>
    </Empty>
  )
}

function List({ rows, view, more }: { rows: Request[]; view: View; more: More }) {
  const frame = useRef<HTMLDivElement>(null)
  const nameOf = useNames(rows.flatMap(({ teamId, projectId }) => [teamId, projectId]))
  const move = (by: number) => {
    const links = [...(frame.current?.querySelectorAll<HTMLElement>('th[scope="row"] a') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLElement)
    links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus()
  }
  useShortcuts({ j: () => move(1), k: () => move(-1) })
  const columns: Column<Request>[] = [
    {
      id: 'request',
      header: 'Request',
      title: true,
      cell: (request) => (
        <Group gap="xs">
          <To to="/requests/$accessRequestId" params={{ accessRequestId: request.id }}>
            {titleOf(request)}
          </To>
          {request.production && <EnvironmentBadge kind="production" />}
        </Group>
      ),
    },
    {
      id: 'what',
      header: 'What',
      cell: (request) => (
        <span>
          {termsInShort(termsInForce(request))}
          <br />
          <span className="muted">
            {request.projectId === null ? nameOf(request.teamId) : nameOf(request.projectId)}
          </span>
        </span>
      ),
    },
    { id: 'why', header: 'Why', cell: ({ reason }) => reason },
    {
      id: 'age',
      header: 'Asked',
      sort: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
    {
      id: 'until',
      header: 'Until',
      sort: ({ until }) => until ?? '9',
      cell: ({ until }) => <Time at={until} never="no end" />,
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ state, approvals: { needed, given } }) => (
        <span>
          <Status tone={STATE[state].tone}>{STATE[state].text}</Status>
          {state === 'pending' && needed > 1 && (
            <>
              <br />
              <small className="muted">
                {given} of {needed} approvals
              </small>
            </>
          )}
        </span>
      ),
    },
  ]
  return (
    <div ref={frame}>
      <DataTable
        label={`Requests: ${TAB[view].toLowerCase()}`}
        rows={rows}
        columns={columns}
        rowId={({ id }) => id}
        more={more}
      />
      <ShortcutHint>j and k go down and up, Enter opens.</ShortcutHint>
    </div>
  )
}
