import { PasswordInput, TagsInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { connectionCreate } from '../../src/contract/connections.ts'
import { roleList } from '../../src/contract/roles.ts'
import { q, useAct } from '../api.ts'
import { IDENTITY_PROVIDERS } from '../pages/settings/providers.ts'
import classes from '../pages/settings/settings.module.css'
import { useAddress } from '../search.ts'
import { toast } from '../ui/announce.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/Select.tsx'

const CALLBACK = '/sso/callback'
const FIRST = IDENTITY_PROVIDERS[0] as (typeof IDENTITY_PROVIDERS)[number]

/** Connects an identity provider: what to register there first, then what it gave. */
export function ConnectionCreate({ onClose }: { onClose: () => void }) {
  const [, setAddress] = useAddress()
  const act = useAct(connectionCreate)
  const roles = useQuery(q(roleList, {})).data?.data ?? []
  const [provider, setProvider] = useState(FIRST)
  const [name, setName] = useState(FIRST.title)
  const [issuer, setIssuer] = useState('')
  const [clientId, setClientId] = useState('')
  const [clientSecret, setClientSecret] = useState('')
  const [domains, setDomains] = useState<string[]>([])
  const [mfaValues, setMfaValues] = useState(['mfa'])
  const [defaultRole, setDefaultRole] = useState<string | null>('developer')
  const choose = (id: string | null) => {
    const next = IDENTITY_PROVIDERS.find((one) => one.id === id) ?? FIRST
    setProvider(next)
    setName(next.id === 'other' ? '' : next.title)
    setIssuer(next.fixedIssuer ?? '')
  }
  const body = {
    name,
    issuer,
    clientId,
    domains,
    mfaValues,
    defaultRole,
    ...(clientSecret === '' ? {} : { clientSecret }),
  }
  const submit = () =>
    act.mutate(
      { input: { body } },
      {
        onSuccess: ({ id }) => {
          toast('Connected. Nobody signs in there before you enable it.')
          setAddress({ new: undefined, connection: id })
        },
      },
    )
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Connect an identity provider"
      act="Connect"
      pending={act.isPending}
      error={act.error}
      onSubmit={submit}
    >
      <Select
        label="Provider"
        allowDeselect={false}
        data={IDENTITY_PROVIDERS.map(({ id, title }) => ({ value: id, label: title }))}
        value={provider.id}
        onChange={choose}
      />
      <div className={classes.note}>
        <strong>Register there:</strong> {provider.register} Its redirect address:
        <div className={classes.copied}>
          <code>{location.origin + CALLBACK}</code>
          <CopyButton value={location.origin + CALLBACK} label="Copy the redirect address" />
        </div>
      </div>
      <TextInput
        label="Name"
        description="What people read on the button."
        required
        maxLength={120}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <TextInput
        label="Issuer"
        description="The address of the provider, letter by letter as it calls itself."
        placeholder={provider.issuer}
        type="url"
        required
        value={issuer}
        onChange={({ currentTarget }) => setIssuer(currentTarget.value.trim())}
      />
      <TextInput
        label="Client id"
        required
        value={clientId}
        onChange={({ currentTarget }) => setClientId(currentTarget.value.trim())}
      />
      <PasswordInput
        label="Client secret"
        description="It is sealed, and shown nowhere again. Empty for a public client."
        autoComplete="off"
        value={clientSecret}
        onChange={({ currentTarget }) => setClientSecret(currentTarget.value)}
      />
      <TagsInput
        label="Domains"
        description="Of whose addresses people sign in there, such as acme.com. It signs in nobody else."
        value={domains}
        onChange={setDomains}
      />
      <Select
        label="Role of whoever signs in there"
        description="In the organization. None: only those get in who were invited or connected their account."
        clearable
        placeholder="None"
        data={roles.filter(({ id }) => id !== 'owner').map(({ id, name }) => ({ value: id, label: name }))}
        value={defaultRole}
        onChange={setDefaultRole}
      />
      <TagsInput
        label="Counts as a second factor"
        description={`Values of amr or acr. ${provider.secondFactor}`}
        value={mfaValues}
        onChange={setMfaValues}
      />
      <div className={classes.note}>
        <strong>Groups:</strong> {provider.groups}
      </div>
    </FormPanel>
  )
}
