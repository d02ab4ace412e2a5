import { Button, Group, Switch, Textarea } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { attestationList, keyAttest } from '../../../src/contract/attestations.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { ownershipView } from '../../../src/contract/ownership.ts'
import { pages, q, useAct } from '../../api.ts'
import { count, day } from '../../format.ts'
import { FormPanel } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { type Column, DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import { Time } from '../../ui/Time.tsx'
import { To } from '../../ui/To.tsx'
import { useCan, useViewer } from '../../viewer.ts'

type Attestation = Output<typeof attestationList>['data'][number]

/** The keys whose owners are asked whether they still need them. */
export function Attestations() {
  const [address, setAddress] = useAddress()
  const { user } = useViewer()
  const due = address.due === 'true'
  const ownership = useQuery(q(ownershipView, {})).data
  const list = useInfiniteQuery(pages(attestationList, { query: { due: due ? 'true' : undefined } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  const nameOf = useNames(rows.flatMap((row) => [row.projectId, row.ownerUserId, row.serviceAccountId]))
  const can = useCan(
    rows.map(({ keyId }) => ({ type: 'key', id: keyId })),
    ['key:update'],
  )
  const [answering, setAnswering] = useState<Attestation | null>(null)
  const columns: Column<Attestation>[] = [
    {
      id: 'key',
      header: 'Key',
      title: true,
      cell: ({ keyId, keyName }) => (
        <To to="/keys/$keyId" params={{ keyId }}>
          {keyName}
        </To>
      ),
    },
    { id: 'project', header: 'Project', cell: ({ projectId }) => nameOf(projectId) },
    {
      id: 'owner',
      header: 'Who is asked',
      cell: ({ ownerUserId, serviceAccountId }) =>
        ownerUserId !== null ? (
          `${nameOf(ownerUserId)}${serviceAccountId === null ? '' : `, for ${nameOf(serviceAccountId)}`}`
        ) : (
          <Status tone="warn">nobody is there</Status>
        ),
    },
    {
      id: 'state',
      header: 'State',
      cell: ({ suspended, dueAt, notices }) =>
        suspended ? (
          <Status tone="bad">suspended, nobody answered</Status>
        ) : Date.parse(dueAt) <= Date.now() ? (
          <Status tone="warn">{`due, asked ${notices === 1 ? 'once' : `${count(notices)} times`}`}</Status>
        ) : (
          <Status tone="quiet">{`not before ${day(dueAt)}`}</Status>
        ),
    },
    { id: 'last', header: 'Last answer', cell: ({ attestedAt }) => <Time at={attestedAt} /> },
  ]
  return (
    <>
      <Group mb="md">
        <Switch
          label="Only those whose time has come"
          checked={due}
          onChange={({ currentTarget }) => setAddress({ due: currentTarget.checked ? 'true' : undefined })}
        />
      </Group>
      <Region of={list} rows={4}>
        {() =>
          rows.length > 0 ? (
            <DataTable
              label="Keys whose owners are asked"
              rows={rows}
              columns={columns}
              rowId={({ keyId }) => keyId}
              more={moreOf(list)}
              actions={(attestation) => (
                <ActButton
                  variant="subtle"
                  size="compact-sm"
                  can={attestation.ownerUserId === user?.id || can('key:update', attestation.keyId)}
                  onClick={() => setAnswering(attestation)}
                >
                  Answer
                </ActButton>
              )}
            />
          ) : due ? (
            <Empty title="No key is due">
              <p>Every owner has said lately that they need their keys.</p>
              <Button variant="default" onClick={() => setAddress({ due: undefined })}>
                Clear filters
              </Button>
            </Empty>
          ) : (
            <Empty title="Nobody is asked">
              <p>
                {ownership?.attestationDays === null
                  ? 'Owners are not asked whether they still need their keys. The settings switch it on.'
                  : 'There is no key whose owner would be asked.'}
              </p>
              <Button component={To} to="/settings/$section" params={{ section: 'keys' }} variant="default">
                Open the settings of keys
              </Button>
            </Empty>
          )
        }
      </Region>
      {answering && <Answer attestation={answering} onClose={() => setAnswering(null)} />}
    </>
  )
}

/** Says for a key that it is needed, or that it is not: then it is revoked. */
function Answer({ attestation, onClose }: { attestation: Attestation; onClose: () => void }) {
  const { keyId, keyName, suspended } = attestation
  const act = useAct(keyAttest)
  const [needed, setNeeded] = useState(true)
  const [note, setNote] = useState('')
  const submit = () =>
    act.mutate(
      { input: { params: { keyId }, body: { needed, ...(note === '' ? {} : { note }) } } },
      {
        onSuccess: () => {
          toast(needed ? `${keyName} is still needed.` : `${keyName} is revoked.`)
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Is ${keyName} still needed?`}
      act={needed ? 'It is needed' : 'Revoke it'}
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      <Switch
        label="Still needed"
        description={
          needed
            ? suspended
              ? 'It works again at once.'
              : 'It works on, and its owner is asked again when its time comes.'
            : 'It is revoked at once, for good: whoever calls with it is refused.'
        }
        checked={needed}
        onChange={({ currentTarget }) => setNeeded(currentTarget.checked)}
      />
      <Textarea
        label="Note"
        maxLength={500}
        autosize
        value={note}
        onChange={({ currentTarget }) => setNote(currentTarget.value)}
      />
    </FormPanel>
  )
}
