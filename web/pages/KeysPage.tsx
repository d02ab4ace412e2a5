import { Button } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { keyList, keyView } from '../../src/contract/keys.ts'
import { pages, q } from '../api.ts'
import { useFocusBack } from '../focus-back.ts'
import { count } from '../format.ts'
import { KeyCreate } from '../forms/panels.ts'
import { useNames } from '../names.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { CodeBlock } from '../ui/CodeBlock.tsx'
import { type Column, DataTable, moreOf } from '../ui/DataTable.tsx'
import { Page } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { SavedViews } from '../ui/SavedViews.tsx'
import { KeyState } from '../ui/Status.tsx'
import { Time } from '../ui/Time.tsx'
import { To } from '../ui/To.tsx'
import { useCan, useViewer } from '../viewer.ts'
import { KeyFilters } from './keys/KeyFilters.tsx'
import { ACTS_NEED, KeyRowMenu } from './keys/KeyRowMenu.tsx'
import { useKeyActs } from './keys/key-acts.tsx'
import { filtersOf, KEY_FILTERS, KEY_VIEWS, queryOfKeys, viewOf } from './keys/key-views.ts'
import classes from './keys/keys.module.css'
import { NewSecret } from './keys/NewSecret.tsx'
import { Owner } from './keys/Owner.tsx'
import { hintOf, type Key, type NameOf, namedIn, Place } from './keys/Place.tsx'

const NONE = Object.fromEntries(KEY_FILTERS.map((name) => [name, undefined]))

export default function KeysPage() {
  const [search, change] = useAddress()
  const { user, somewhere } = useViewer()
  const filters = filtersOf(search)
  const query = queryOfKeys(filters, { me: user?.id ?? null, today: startOfDay() })
  const keys = useInfiniteQuery(pages(keyList, { query }))
  const loaded = keys.data?.pages.flatMap(({ data }) => data) ?? []
  const made = useQuery({
    ...q(keyView, { params: { keyId: search.made ?? '' } }),
    enabled: search.made !== undefined,
  })
  const rows = withMade(loaded, made.data)
  const nameOf = useNames(namedIn(rows))
  const can = useCan(
    rows.map(({ id }) => ({ type: 'key', id })),
    ACTS_NEED,
  )
  const { begin, dialogs } = useKeyActs()
  const [secret, setSecret] = useState<{ name: string; secret: string } | null>(null)
  const focus = useFocusBack()
  const mayCreate = somewhere('key:create')
  const openCreate = () => {
    focus.remember()
    change({ new: 'key' }, false)
  }
  const create = (
    <ActButton
      onClick={openCreate}
      can={mayCreate || { reason: 'You hold no role that creates keys. Ask for a key under Requests.' }}
    >
      Create key
    </ActButton>
  )
  return (
    <Page
      title="Keys"
      lead={leadOf(filters, loaded.length, keys.hasNextPage)}
      actions={
        <>
          {create}
          <SavedViews page="/keys" />
        </>
      }
    >
      <KeyFilters search={search} change={change} />
      <Region of={keys} rows={8}>
        {() =>
          rows.length > 0 ? (
            <DataTable
              label="Keys"
              rows={rows}
              columns={columnsWith(nameOf)}
              rowId={({ id }) => id}
              highlight={search.made}
              actions={(key) => <KeyRowMenu of={key} can={can} begin={begin} />}
              more={moreOf(keys)}
            />
          ) : Object.keys(filters).length > 0 ? (
            <Empty title="No key matches">
              <p>
                None of the keys you may see fits these filters:{' '}
                {Object.keys(filters).map(titleOf).join(', ')}.
              </p>
              <Button variant="default" onClick={() => change(NONE)}>
                Clear filters
              </Button>
            </Empty>
          ) : (
            <Empty title="No keys yet">
              <p>
                A key lets a program or a person call models through Claviger, within limits that you set.
              </p>
              {create}
              <CodeBlock
                label="the command"
                where="Or in a shell"
                text="claviger key create --environment Search/Site/staging --name site-bot"
              />
            </Empty>
          )
        }
      </Region>
      <KeyCreate
        key={`${search.team} ${search.project} ${search.environment}`}
        opened={search.new !== undefined && mayCreate}
        place={search}
        onClose={() => {
          change({ new: undefined })
          focus.giveBack()
        }}
        onMade={({ key, secret }) => {
          change({ new: undefined, made: key.id })
          if (secret === null) focus.giveBack()
          else setSecret({ name: key.name, secret })
        }}
      />
      <NewSecret
        made={secret}
        onClose={() => {
          setSecret(null)
          focus.giveBack()
        }}
      />
      {dialogs}
    </Page>
  )
}

function columnsWith(nameOf: NameOf): Column<Key>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      title: true,
      sort: ({ name }) => name,
      cell: (key) => (
        <span className={classes.name}>
          <To to="/keys/$keyId" params={{ keyId: key.id }}>
            {key.name}
          </To>
          <small className="mono">{hintOf(key)}</small>
        </span>
      ),
    },
    {
      id: 'owner',
      header: 'Owner',
      sort: (key) => nameOf(key.userId ?? key.serviceAccountId),
      cell: (key) => <Owner of={key} nameOf={nameOf} />,
    },
    {
      id: 'place',
      header: 'Project',
      sort: (key) => nameOf(key.projectId),
      cell: (key) => <Place of={key} nameOf={nameOf} />,
    },
    {
      id: 'state',
      header: 'State',
      sort: ({ state }) => state,
      cell: ({ state }) => <KeyState state={state} />,
    },
    {
      id: 'used',
      header: 'Last used',
      sort: ({ lastUsedAt }) => lastUsedAt ?? '',
      cell: ({ lastUsedAt }) => (
        <span className={classes.once}>
          <Time at={lastUsedAt} />
        </span>
      ),
    },
    {
      id: 'expires',
      header: 'Expires',
      sort: ({ expiresAt }) => expiresAt ?? '9',
      cell: ({ expiresAt }) => (
        <span className={classes.once}>
          <Time at={expiresAt} />
        </span>
      ),
    },
  ]
}

/** A key that was just made is there, whichever page of the list it is on. */
function withMade(keys: Key[], made: Key | undefined): Key[] {
  return made === undefined || keys.some(({ id }) => id === made.id) ? keys : [made, ...keys]
}

const FILTER_TITLES: Record<string, string> = {
  q: 'search',
  kind: 'environment',
  used: 'whether used',
  expiring: 'expiring soon',
}

function titleOf(filter: string): string {
  return FILTER_TITLES[filter] ?? filter
}

const LEADS: Record<string, [one: string, many: string]> = {
  all: ['key', 'keys'],
  mine: ['key is yours', 'keys are yours'],
  production: ['key works in production', 'keys work in production'],
  suspended: ['key is suspended', 'keys are suspended'],
  expiring: ['key ends within two weeks', 'keys end within two weeks'],
  unused: ['key was never used', 'keys were never used'],
}

function leadOf(filters: Record<string, string>, shown: number, more: boolean): string {
  const view = KEY_VIEWS.find(({ id }) => id === viewOf(filters))
  const [one, many] = (view && LEADS[view.id]) ?? ['key matches', 'keys match']
  if (shown === 0) return 'Who may call models, for whom, and until when.'
  return more ? `More than ${count(shown)} ${many}.` : `${count(shown)} ${shown === 1 ? one : many}.`
}

function startOfDay(): Date {
  const day = new Date()
  day.setHours(0, 0, 0, 0)
  return day
}
