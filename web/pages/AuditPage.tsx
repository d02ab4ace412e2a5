import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { auditHeadList } from '../../src/contract/audit.ts'
import { q } from '../api.ts'
import { ago, count } from '../format.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { Forbidden } from '../ui/Forbidden.tsx'
import { part } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { useViewer } from '../viewer.ts'
import { Events } from './audit/Events.tsx'
import { Verdict } from './audit/Verdict.tsx'
import { useVerify } from './audit/verify.ts'

const Proof = part(async () => (await import('./audit/Proof.tsx')).Proof)
const Sinks = part(async () => (await import('./audit/Sinks.tsx')).Sinks)

const TABS = { events: 'Events', proof: 'Proof and export', sinks: 'Sent to' }
type Tab = keyof typeof TABS

export default function AuditPage() {
  const { somewhere } = useViewer()
  if (somewhere('audit:read')) return <Allowed />
  return (
    <Page title="Audit log">
      <Forbidden permission="audit:read" />
    </Page>
  )
}

function Allowed() {
  const [address, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const whole = inOrganization('audit:read')
  const verifying = useVerify()
  const newest = useQuery({ ...q(auditHeadList, { query: { limit: 1 } }), enabled: whole === true })
  const head = newest.data?.data[0]
  const tab: Tab = address.tab === 'proof' || address.tab === 'sinks' ? address.tab : 'events'
  return (
    <Page
      title="Audit log"
      lead={
        whole !== true
          ? 'Who changed what, as far as your roles reach.'
          : head &&
            `${count(head.position)} events are sealed under the head that was signed ${ago(head.signedAt)}.`
      }
      actions={
        <ActButton can={whole} loading={verifying.verify.isPending} onClick={() => verifying.verify.mutate()}>
          Verify
        </ActButton>
      }
    >
      <Verdict of={verifying} />
      {whole === true ? (
        <Tabs
          value={tab}
          keepMounted={false}
          onChange={(next) => setAddress({ tab: next === 'events' ? undefined : (next ?? undefined) })}
        >
          <Tabs.List aria-label="Parts of the audit log" mb="md">
            {Object.entries(TABS).map(([value, title]) => (
              <Tabs.Tab key={value} value={value}>
                {title}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="events">
            <Events />
          </Tabs.Panel>
          <Tabs.Panel value="proof">
            <Proof />
          </Tabs.Panel>
          <Tabs.Panel value="sinks">
            <Sinks />
          </Tabs.Panel>
        </Tabs>
      ) : (
        <Events />
      )}
    </Page>
  )
}
