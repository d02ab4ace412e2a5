import { NumberInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { credentialCreate, credentialTest } from '../../src/contract/credentials.ts'
import type { Output } from '../../src/contract/operation.ts'
import { useAct } from '../api.ts'
import { type Credential, KINDS, type Provider } from '../pages/providers/health.ts'
import { FormPanel } from '../ui/FormPanel.tsx'
import { SecretInput } from './SecretInput.tsx'
import { Tested } from './Tested.tsx'

type Stored = { credential: Credential; outcome: Output<typeof credentialTest> | null }

/** Stores a provider's secret and tests it at once. A secret that does not work is stored all the same, and can be replaced. */
export function useStore() {
  const create = useAct(credentialCreate)
  const probe = useAct(credentialTest)
  return {
    error: create.error,
    pending: create.isPending || probe.isPending,
    store: async (body: {
      providerId: string
      name: string
      secret: string
      weight: number
    }): Promise<Stored> => {
      const credential = await create.mutateAsync({ input: { body } })
      const params = { credentialId: credential.id }
      const outcome = await probe.mutateAsync({ input: { params } }).catch(() => null)
      return { credential, outcome }
    },
  }
}

export function CredentialAdd({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { store, error, pending } = useStore()
  const [name, setName] = useState('')
  const [secret, setSecret] = useState('')
  const [weight, setWeight] = useState<number | null>(1)
  const [stored, setStored] = useState<Stored | null>(null)
  if (stored) return <Tested {...stored} onClose={onClose} />
  const submit = () => {
    store({ providerId: provider.id, name, secret, weight: weight ?? 1 }).then(setStored, () => {
      // `error` says why, in the form.
    })
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Add a credential of ${provider.name}`}
      act="Store and test"
      pending={pending}
      error={error}
      onSubmit={submit}
    >
      <TextInput
        label="Name"
        description="How you will refer to it."
        placeholder="main"
        required
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <SecretInput placeholder={KINDS[provider.kind].secret ?? ''} value={secret} onChange={setSecret} />
      <WeightInput value={weight} onChange={setWeight} />
    </FormPanel>
  )
}

export function WeightInput({
  value,
  onChange,
}: {
  value: number | null
  onChange: (weight: number | null) => void
}) {
  return (
    <NumberInput
      label="Weight"
      description="Its share of the calls, among those that an environment may use. 0 takes none."
      min={0}
      max={1000}
      allowDecimal={false}
      value={value ?? ''}
      onChange={(next) => onChange(typeof next === 'number' ? next : null)}
    />
  )
}
