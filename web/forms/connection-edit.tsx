import { PasswordInput, Select, TagsInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { connectionUpdate } from '../../src/contract/connections.ts'
import { roleList } from '../../src/contract/roles.ts'
import { q, useAct } from '../api.ts'
import { AsOpened } from '../as-opened.tsx'
import type { Connection } from '../pages/settings/ConnectionState.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'

type Props = { connection: Connection; onClose: () => void }

/** Changes what is known of an identity provider. Only what was changed is sent: the rest stays tested. */
export function ConnectionEdit({ connection, onClose }: Props) {
  return (
    <AsOpened now={connection}>{(connection) => <Form connection={connection} onClose={onClose} />}</AsOpened>
  )
}

function Form({ connection, onClose }: Props) {
  const act = useAct(connectionUpdate)
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  const { name, issuer, clientId, domains, mfaValues, defaultRole } = connection
  const before = { name, issuer, clientId, domains, mfaValues, defaultRole }
  const [wanted, setWanted] = useState(before)
  const [clientSecret, setClientSecret] = useState('')
  const set = (more: Partial<typeof before>) => setWanted({ ...wanted, ...more })
  const changed = Object.fromEntries(
    Object.entries(wanted).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof typeof before]),
    ),
  )
  const submit = () =>
    act.mutate(
      {
        input: {
          params: { connectionId: connection.id },
          body: { ...changed, ...(clientSecret === '' ? {} : { clientSecret }) },
        },
        ifMatch: connection.version,
      },
      {
        onSuccess: () => {
          toast('Saved.')
          onClose()
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Change ${name}`}
      act="Save"
      pending={act.isPending}
      error={act.error}
      disabled={Object.keys(changed).length === 0 && clientSecret === ''}
      onSubmit={submit}
    >
      <div>A change of issuer or client has to be tested again before it is enforced.</div>
      <TextInput
        label="Name"
        required
        maxLength={120}
        value={wanted.name}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      <TextInput
        label="Issuer"
        type="url"
        required
        value={wanted.issuer}
        onChange={({ currentTarget }) => set({ issuer: currentTarget.value.trim() })}
      />
      <TextInput
        label="Client id"
        required
        value={wanted.clientId}
        onChange={({ currentTarget }) => set({ clientId: currentTarget.value.trim() })}
      />
      <PasswordInput
        label="New client secret"
        description="Empty: it stays as it is."
        autoComplete="off"
        value={clientSecret}
        onChange={({ currentTarget }) => setClientSecret(currentTarget.value)}
      />
      <TagsInput label="Domains" value={wanted.domains} onChange={(next) => set({ domains: next })} />
      <Select
        label="Role of whoever signs in there"
        clearable
        placeholder="None"
        data={roles.filter(({ id }) => id !== 'owner').map(({ id, name }) => ({ value: id, label: name }))}
        value={wanted.defaultRole}
        onChange={(next) => set({ defaultRole: next })}
      />
      <TagsInput
        label="Counts as a second factor"
        description="Values of amr or acr."
        value={wanted.mfaValues}
        onChange={(next) => set({ mfaValues: next })}
      />
    </FormPanel>
  )
}
