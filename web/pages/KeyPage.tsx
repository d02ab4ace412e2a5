import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { keyView } from '../../src/contract/keys.ts'
import { q } from '../api.ts'
import { ago } from '../format.ts'
import { useNames } from '../names.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { part } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { Region } from '../ui/Region.tsx'
import { EnvironmentBadge, KeyState } from '../ui/Status.tsx'
import { useCan } from '../viewer.ts'
import { KeyBanner } from './keys/KeyBanner.tsx'
import { KeyOverview } from './keys/KeyOverview.tsx'
import { KeyRowMenu } from './keys/KeyRowMenu.tsx'
import { useKeyActs } from './keys/key-acts.tsx'
import classes from './keys/keys.module.css'
import { type Key, type NameOf, namedIn } from './keys/Place.tsx'
import { WaitingForCall } from './keys/WaitingForCall.tsx'

const CallLog = part(async () => (await import('./access-log/CallLog.tsx')).CallLog)
const KeyHistory = part(async () => (await import('./keys/KeyHistory.tsx')).KeyHistory)
const KeyLimits = part(async () => (await import('./keys/KeyLimits.tsx')).KeyLimits)
const UseIt = part(async () => (await import('./keys/UseIt.tsx')).UseIt)

const FIRST_CALL_MS = 3000

const TABS: { id: string; title: string; show: (key: Key, nameOf: NameOf) => ReactNode }[] = [
  { id: 'overview', title: 'Overview', show: (key, nameOf) => <KeyOverview of={key} nameOf={nameOf} /> },
  { id: 'log', title: 'Access log', show: (key) => <CallLog keyId={key.id} /> },
  { id: 'limits', title: 'Limits and policy', show: (key, nameOf) => <KeyLimits of={key} nameOf={nameOf} /> },
  { id: 'history', title: 'History', show: (key) => <KeyHistory keyId={key.id} /> },
  { id: 'use', title: 'Use it', show: (key) => <UseIt of={key} /> },
]

export default function KeyPage() {
  const { keyId = '' } = useParams({ strict: false }) as { keyId?: string }
  const key = useQuery({
    ...q(keyView, { params: { keyId } }),
    // Until somebody has called with it, whoever set it up waits for that.
    refetchInterval: ({ state: { data } }) =>
      data?.lastUsedAt === null && data.state === 'active' ? FIRST_CALL_MS : false,
  })
  if (key.data) return <Known of={key.data} />
  return (
    <Page title="Key" passing above={[{ title: 'Keys', to: '/keys' }]}>
      <Region of={key} rows={8}>
        {() => null}
      </Region>
    </Page>
  )
}

function Known({ of: key }: { of: Key }) {
  const [search, change] = useAddress()
  const nameOf = useNames([
    ...namedIn([key]),
    key.createdBy.startsWith('usr_') ? key.createdBy : null,
    key.suspension?.by,
  ])
  const can = useCan([{ type: 'key', id: key.id }])
  const { begin, dialogs } = useKeyActs()
  const tab = TABS.find(({ id }) => id === search.tab) ?? TABS[0]
  const works = key.state === 'active' || key.state === 'suspended'
  return (
    <Page
      title={key.name}
      above={[
        { title: 'Keys', to: '/keys' },
        { title: nameOf(key.projectId), to: '/projects/$projectId', params: { projectId: key.projectId } },
      ]}
      badge={
        <>
          <KeyState state={key.state} />
          <EnvironmentBadge kind={key.environmentKind} />
        </>
      }
      lead={leadOf(key, nameOf)}
      actions={
        <>
          {works && (
            <ActButton can={can('key:rotate', key.id)} onClick={() => begin('rotate', key)}>
              Rotate
            </ActButton>
          )}
          {works && (
            <ActButton
              variant="default"
              can={can('key:suspend', key.id)}
              onClick={() => begin(key.state === 'active' ? 'suspend' : 'resume', key)}
            >
              {key.state === 'active' ? 'Suspend' : 'Resume'}
            </ActButton>
          )}
          {key.state !== 'revoked' && (
            <ActButton variant="default" can={can('key:revoke', key.id)} onClick={() => begin('revoke', key)}>
              Revoke
            </ActButton>
          )}
          <KeyRowMenu of={key} can={can} begin={begin} without={['rotate', 'suspend', 'resume', 'revoke']} />
        </>
      }
    >
      <KeyBanner of={key} nameOf={nameOf} />
      {key.state === 'active' && <WaitingForCall of={key} />}
      <Tabs
        value={tab?.id ?? null}
        // What one tab is filtered by says nothing in another.
        onChange={(id) =>
          change({ ...emptied(search), tab: id === 'overview' ? undefined : (id ?? undefined) }, false)
        }
        keepMounted={false}
      >
        <Tabs.List aria-label="Parts of this key" className={classes.tabs ?? ''}>
          {TABS.map(({ id, title }) => (
            <Tabs.Tab key={id} value={id}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map(({ id, show }) => (
          <Tabs.Panel key={id} value={id} className={classes.panel ?? ''}>
            {show(key, nameOf)}
          </Tabs.Panel>
        ))}
      </Tabs>
      {dialogs}
    </Page>
  )
}

function emptied(search: Record<string, string>): Record<string, undefined> {
  return Object.fromEntries(Object.keys(search).map((name) => [name, undefined]))
}

function leadOf(key: Key, nameOf: NameOf): string {
  const owner = nameOf(key.userId ?? key.serviceAccountId)
  const used = key.lastUsedAt === null ? 'never used' : `last used ${ago(key.lastUsedAt)}`
  const ends =
    key.expiresAt === null || key.state === 'revoked' || key.state === 'expired'
      ? ''
      : `, ends ${ago(key.expiresAt)}`
  return `Owned by ${owner}, ${used}${ends}.`
}
