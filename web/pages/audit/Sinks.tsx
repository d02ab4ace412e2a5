import { Button, Menu, Switch, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { auditHeadList } from '../../../src/contract/audit.ts'
import {
  auditSinkCreate,
  auditSinkDelete,
  auditSinkList,
  auditSinkRotate,
  auditSinkUpdate,
} from '../../../src/contract/audit-sinks.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { q, useAct } from '../../api.ts'
import { ago, count } from '../../format.ts'
import { ConfirmDialog, FormPanel } from '../../forms/panels.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { Section } from '../../ui/Page.tsx'
import { Empty, Problem, Region } from '../../ui/Region.tsx'
import { SecretDialog } from '../../ui/SecretDialog.tsx'
import { Status } from '../../ui/Status.tsx'
import { useViewer } from '../../viewer.ts'

type Sink = Output<typeof auditSinkList>['data'][number]
type Shown = { name: string; secret: string } | null

const KIND: Record<Sink['kind'], string> = { webhook: 'webhook', file: 'file', syslog: 'syslog' }

/** Where the audit trail is sent, and how far each has got. */
export function Sinks() {
  const [, setAddress] = useAddress()
  const list = useQuery(q(auditSinkList, {}))
  const newest = useQuery(q(auditHeadList, { query: { limit: 1 } })).data?.data[0]?.position ?? 0
  const [ending, setEnding] = useState<Sink | null>(null)
  const [renewing, setRenewing] = useState<Sink | null>(null)
  const [shown, setShown] = useState<Shown>(null)
  const { inOrganization } = useViewer()
  const can = inOrganization('audit:update')
  const require = useAct(auditSinkUpdate)
  const columns: Column<Sink>[] = [
    { id: 'name', header: 'Sink', title: true, cell: ({ name }) => name },
    {
      id: 'target',
      header: 'Where',
      cell: ({ kind, target }) => (
        <>
          {KIND[kind]} <span className="mono">{target}</span>
        </>
      ),
    },
    { id: 'state', header: 'State', cell: (sink) => <State sink={sink} newest={newest} /> },
    {
      id: 'required',
      header: 'Required',
      cell: ({ required }) =>
        required ? (
          <Status tone="warn">stops changes while it fails</Status>
        ) : (
          <span className="muted">no</span>
        ),
    },
  ]
  const add = (
    <ActButton variant="default" can={can} onClick={() => setAddress({ new: 'sink' }, false)}>
      Send it to a webhook
    </ActButton>
  )
  return (
    <Section
      title="Where it is sent"
      note="Each gets the whole trail from its first event on, in order, and catches up after an outage."
      actions={add}
    >
      <Region of={list} rows={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="It is sent nowhere yet">
              <p>A signed webhook is added here; a file or a syslog server in the server’s configuration.</p>
              <code>claviger audit-sink create --name siem --address https://siem.example.com/claviger</code>
            </Empty>
          ) : (
            <DataTable
              label="Where the audit trail is sent"
              rows={data}
              columns={columns}
              rowId={({ id }) => id}
              actions={(sink) => (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      aria-label={`What to do with ${sink.name}`}
                      disabled={can !== true}
                    >
                      <Ellipsis size={16} aria-hidden />
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item
                      onClick={() =>
                        require.mutate({
                          input: { params: { auditSinkId: sink.id }, body: { required: !sink.required } },
                          ifMatch: sink.version,
                        })
                      }
                    >
                      {sink.required ? 'Let changes go on while it fails' : 'Stop changes while it fails'}
                    </Menu.Item>
                    {sink.kind === 'webhook' && (
                      <Menu.Item onClick={() => setRenewing(sink)}>Replace its secret</Menu.Item>
                    )}
                    <Menu.Item onClick={() => setEnding(sink)}>Stop sending there</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            />
          )
        }
      </Region>
      <Problem error={require.error} />
      <Create onSecret={setShown} />
      {renewing && <Renew sink={renewing} onClose={() => setRenewing(null)} onSecret={setShown} />}
      {ending && <Delete sink={ending} onClose={() => setEnding(null)} />}
      <SecretDialog
        secret={shown?.secret ?? null}
        title="Save its secret now"
        kept="it is sealed, and shown nowhere"
        fileName="audit-sink.env"
        variable="CLAVIGER_AUDIT_SECRET"
        onClose={() => setShown(null)}
      >
        <div>The receiver of {shown?.name} checks signatures with it, as standardwebhooks.com says.</div>
      </SecretDialog>
    </Section>
  )
}

function State({ sink, newest }: { sink: Sink; newest: number }) {
  const behind = Math.max(0, newest - sink.sentPosition)
  if (sink.failingSince !== null) {
    return (
      <span>
        <Status tone="bad">failing</Status>
        <br />
        <small className="muted">
          since {ago(sink.failingSince)}, {count(behind)} events behind
          {sink.lastError && `: ${sink.lastError}`}
        </small>
      </span>
    )
  }
  if (behind > 0) return <Status tone="waiting">{`${count(behind)} events behind`}</Status>
  return <Status tone="good">up to date</Status>
}

function Create({ onSecret }: { onSecret: (shown: Shown) => void }) {
  const [address, setAddress] = useAddress()
  const act = useAct(auditSinkCreate)
  const [name, setName] = useState('')
  const [where, setWhere] = useState('')
  const [required, setRequired] = useState(false)
  const close = () => {
    act.reset()
    setAddress({ new: undefined })
  }
  const submit = () =>
    act.mutate(
      { input: { body: { name, address: where, required } } },
      {
        onSuccess: ({ sink, secret }) => {
          close()
          onSecret({ name: sink.name, secret })
        },
      },
    )
  return (
    <FormPanel
      opened={address.new === 'sink'}
      onClose={close}
      title="Send the audit trail to a webhook"
      act="Start sending"
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      <TextInput
        label="Name"
        required
        maxLength={120}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <TextInput
        label="Address"
        description="It gets batches of CloudEvents, signed."
        type="url"
        placeholder="https://siem.example.com/claviger"
        required
        value={where}
        onChange={({ currentTarget }) => setWhere(currentTarget.value)}
      />
      <Switch
        label="Stop changes while it fails"
        description="After 15 minutes of failing, only what takes something away is changed. Calls go on."
        checked={required}
        onChange={({ currentTarget }) => setRequired(currentTarget.checked)}
      />
    </FormPanel>
  )
}

type DialogProps = { sink: Sink; onClose: () => void }

function Renew({ sink, onClose, onSecret }: DialogProps & { onSecret: (shown: Shown) => void }) {
  const act = useAct(auditSinkRotate)
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Replace the secret of ${sink.name}?`}
      act="Replace it"
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { auditSinkId: sink.id } } },
          {
            onSuccess: ({ secret }) => {
              onClose()
              onSecret({ name: sink.name, secret })
            },
          },
        )
      }
    >
      For a day both sign, so that its receiver can follow.
    </ConfirmDialog>
  )
}

function Delete({ sink, onClose }: DialogProps) {
  const act = useAct(auditSinkDelete)
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Stop sending to ${sink.name}?`}
      act="Stop sending"
      danger
      typed={sink.name}
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { auditSinkId: sink.id } } },
          {
            onSuccess: () => {
              toast('Nothing is sent there any more.')
              onClose()
            },
          },
        )
      }
    >
      Events from now on do not arrive there. Whoever watches them sees no more of them. A new sink begins
      with the first event again.
    </ConfirmDialog>
  )
}
