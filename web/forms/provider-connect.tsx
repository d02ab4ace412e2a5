import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { providerCreate } from '../../src/contract/providers.ts'
import { useAct } from '../api.ts'
import { ADDRESS_LIKE, KIND_NAMES, KINDS, type Kind, type Provider } from '../pages/providers/health.ts'
import { KindTiles } from '../pages/providers/KindTiles.tsx'
import { useAddress } from '../search.ts'
import { FormPanel } from '../ui/FormPanel.tsx'
import { useStore } from './credential-add.tsx'
import { SecretInput } from './SecretInput.tsx'
import { Tested } from './Tested.tsx'

type Stored = Awaited<ReturnType<ReturnType<typeof useStore>['store']>>

/** From nothing to a provider that works: which one, its secret, and what it says to that. The kind is in the address. */
export function ProviderConnect({ providers, onClose }: { providers: Provider[]; onClose: () => void }) {
  const [address, setAddress] = useAddress()
  const kind = KIND_NAMES.find((one) => one === address.kind)
  return (
    <Form
      key={kind}
      kind={kind}
      onPick={(next) => setAddress({ kind: next })}
      taken={providers.map(({ name }) => name)}
      onClose={onClose}
    />
  )
}

function Form({
  kind,
  onPick,
  taken,
  onClose,
}: {
  kind: Kind | undefined
  onPick: (kind: Kind) => void
  taken: string[]
  onClose: () => void
}) {
  const create = useAct(providerCreate)
  const { store, error, pending } = useStore()
  const about = kind && KINDS[kind]
  const [name, setName] = useState(() => (about ? freeName(about.name, taken) : ''))
  const [baseUrl, setBaseUrl] = useState('')
  const [secret, setSecret] = useState('')
  const [made, setMade] = useState<Provider | null>(null)
  const [stored, setStored] = useState<Stored | null>(null)
  if (stored) return <Tested {...stored} onClose={onClose} />
  const submit = async () => {
    if (!kind || !about) return
    try {
      const body = { name, kind, ...(baseUrl === '' ? {} : { baseUrl }) }
      // Should only the secret be refused, the provider is there already when it is tried again.
      const provider = made ?? (await create.mutateAsync({ input: { body } }))
      setMade(provider)
      const given = about.secret === null ? `demo-${crypto.randomUUID()}` : secret
      setStored(await store({ providerId: provider.id, name: 'main', secret: given, weight: 1 }))
    } catch {
      // The acts say why, in the form.
    }
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Connect a provider"
      act={about?.secret === null ? 'Connect' : 'Store and test'}
      pending={create.isPending || pending}
      error={create.error ?? error}
      disabled={!about}
      onSubmit={submit}
    >
      <KindTiles chosen={kind} onPick={onPick} />
      {kind && about && (
        <>
          <TextInput
            label="Name"
            description="Part of its models’ names, such as openai/gpt-5. It never changes."
            required
            disabled={made !== null}
            value={name}
            onChange={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
          />
          {about.address === 'needed' && (
            <TextInput
              label="Address"
              description="Where its API begins, with the version."
              placeholder={ADDRESS_LIKE[kind] ?? ''}
              required
              type="url"
              disabled={made !== null}
              value={baseUrl}
              onChange={(event) => setBaseUrl(event.currentTarget.value.trim())}
            />
          )}
          {about.secret !== null && (
            <SecretInput placeholder={about.secret} value={secret} onChange={setSecret} />
          )}
        </>
      )}
    </FormPanel>
  )
}

function freeName(name: string, taken: string[]): string {
  if (!taken.includes(name)) return name
  for (let number = 2; ; number++) {
    if (!taken.includes(`${name}-${number}`)) return `${name}-${number}`
  }
}
