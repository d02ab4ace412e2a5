import { PasswordInput, TagsInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { connectionUpdate } from '../../src/contract/connections.ts'
import { roleList } from '../../src/contract/roles.ts'
import { q, useAct } from '../api.ts'
import { AsOpened, type Draft } from '../as-opened.tsx'
import { unsaid } from '../clashes.ts'
import type { Connection } from '../pages/settings/ConnectionState.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'

type Props = { connection: Connection; onClose: () => void }

/** Changes what is known of an identity provider. Only what was changed is sent: the rest stays tested. */
export function ConnectionEdit({ connection, onClose }: Props) {
  return (
    <AsOpened now={connection} fields={fieldsOf} labels={LABELS}>
      {(form) => <Form form={form} onClose={onClose} />}
    </AsOpened>
  )
}

function fieldsOf({ name, issuer, clientId, domains, mfaValues, defaultRole }: Connection) {
  return { name, issuer, clientId, domains, mfaValues, defaultRole, clientSecret: '' }
}

const LABELS = {
  name: 'Name',
  issuer: 'Issuer',
  clientId: 'Client id',
  domains: 'Domains',
  mfaValues: 'Counts as a second factor',
  defaultRole: unsaid('Role of whoever signs in there'),
  clientSecret: unsaid('New client secret'),
}

type FormProps = { form: Draft<Connection, ReturnType<typeof fieldsOf>>; onClose: () => void }

function Form({ form, onClose }: FormProps) {
  const act = useAct(connectionUpdate)
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  const { thing: connection, fields: wanted, set, changed, only } = form
  const submit = () =>
    act.mutate(
      {
        input: {
          params: { connectionId: connection.id },
          body: only(wanted),
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
      title={`Change ${connection.name}`}
      act="Save"
      pending={act.isPending}
      error={act.error}
      disabled={!changed}
      onSubmit={submit}
    >
      <div>A change of issuer or client has to be tested again before it is enforced.</div>
      <TextInput
        label={LABELS.name}
        required
        maxLength={120}
        value={wanted.name}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      <TextInput
        label={LABELS.issuer}
        type="url"
        required
        value={wanted.issuer}
        onChange={({ currentTarget }) => set({ issuer: currentTarget.value.trim() })}
      />
      <TextInput
        label={LABELS.clientId}
        required
        value={wanted.clientId}
        onChange={({ currentTarget }) => set({ clientId: currentTarget.value.trim() })}
      />
      <PasswordInput
        label={LABELS.clientSecret.label}
        description="Empty: it stays as it is."
        autoComplete="off"
        value={wanted.clientSecret}
        onChange={({ currentTarget }) => set({ clientSecret: currentTarget.value })}
      />
      <TagsInput label={LABELS.domains} value={wanted.domains} onChange={(next) => set({ domains: next })} />
      <Select
        label={LABELS.defaultRole.label}
        clearable
        placeholder="None"
        data={roles.filter(({ id }) => id !== 'owner').map(({ id, name }) => ({ value: id, label: name }))}
        value={wanted.defaultRole}
        onChange={(next) => set({ defaultRole: next })}
      />
      <TagsInput
        label={LABELS.mfaValues}
        description="Values of amr or acr."
        value={wanted.mfaValues}
        onChange={(next) => set({ mfaValues: next })}
      />
    </FormPanel>
  )
}
