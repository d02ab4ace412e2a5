import { Button, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { documentDue } from '../../src/contract/documents.ts'
import type { Permission } from '../../src/domain/permission.ts'
import { q } from '../api.ts'
import { count } from '../format.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { part } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { To } from '../ui/To.tsx'
import { useViewer } from '../viewer.ts'
import { ToRead } from './documents/ToRead.tsx'

const Attestations = part(async () => (await import('./documents/Attestations.tsx')).Attestations)
const Documents = part(async () => (await import('./documents/Documents.tsx')).Documents)
const Exemptions = part(async () => (await import('./documents/Exemptions.tsx')).Exemptions)
const Reading = part(async () => (await import('./documents/Reading.tsx')).Reading)
const WhoHasRead = part(async () => (await import('./documents/WhoHasRead.tsx')).WhoHasRead)

const TABS: { value: string; title: string; needs: Permission; show: () => ReactNode }[] = [
  { value: 'documents', title: 'Documents', needs: 'document:update', show: () => <Documents /> },
  { value: 'people', title: 'Who has read', needs: 'acknowledgement:read', show: () => <WhoHasRead /> },
  { value: 'excused', title: 'Excused', needs: 'acknowledgement:read', show: () => <Exemptions /> },
  { value: 'keys', title: 'Keys still needed?', needs: 'attestation:read', show: () => <Attestations /> },
]
const MINE = 'mine'

export default function DocumentsPage() {
  const [address] = useAddress()
  return address.document ? <Reading documentId={address.document} /> : <Overview />
}

function Overview() {
  const [address, setAddress] = useAddress()
  const { somewhere, inOrganization } = useViewer()
  const due = useQuery(q(documentDue, {})).data?.data
  const tabs = TABS.filter(({ needs }) => somewhere(needs))
  const tab = tabs.find(({ value }) => value === address.tab)?.value ?? MINE
  const first = due?.[0]
  return (
    <Page
      title="Training"
      lead={due && leadOf(due)}
      actions={
        tab === 'documents' ? (
          <ActButton
            can={inOrganization('document:update')}
            onClick={() => setAddress({ new: 'document' }, false)}
          >
            New document
          </ActButton>
        ) : (
          tab === MINE &&
          first && (
            <Button component={To} to="/documents" search={{ document: first.documentId }}>
              Read the next one
            </Button>
          )
        )
      }
    >
      {tabs.length === 0 ? (
        <ToRead />
      ) : (
        <Tabs
          value={tab}
          keepMounted={false}
          onChange={(next) => setAddress({ tab: next === MINE ? undefined : (next ?? undefined) })}
        >
          <Tabs.List aria-label="Parts of training" mb="md">
            <Tabs.Tab value={MINE}>For me</Tabs.Tab>
            {tabs.map(({ value, title }) => (
              <Tabs.Tab key={value} value={value}>
                {title}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={MINE}>
            <ToRead />
          </Tabs.Panel>
          {tabs.map(({ value, show }) => (
            <Tabs.Panel key={value} value={value}>
              {show()}
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
    </Page>
  )
}

function leadOf(due: { required: boolean }[]): string {
  if (due.length === 0) return 'You have read all that concerns you.'
  const needed = due.filter(({ required }) => required).length
  const things = due.length === 1 ? 'one thing' : `${count(due.length)} things`
  const keys =
    needed === 0 ? '; no key depends on it' : `; ${needed === 1 ? 'one' : count(needed)} for your keys`
  return `You have ${things} still to read${keys}.`
}
