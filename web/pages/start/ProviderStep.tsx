import { Button, PasswordInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import {
  credentialCreate,
  type credentialList,
  credentialReplaceSecret,
  credentialTest,
} from '../../../src/contract/credentials.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { providerCreate, type providerList } from '../../../src/contract/providers.ts'
import { useAct } from '../../api.ts'
import { TestOutcome } from '../../forms/TestOutcome.tsx'
import { ActButton } from '../../ui/ActButton.tsx'
import { Problem } from '../../ui/Region.tsx'
import { Select } from '../../ui/Select.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { Step } from './Step.tsx'
import classes from './start.module.css'

export type Provider = Output<typeof providerList>['data'][number]
export type Credential = Output<typeof credentialList>['data'][number]

/** Those that take a pasted key and have an address of their own. `name` is what a new one is called. */
const KINDS = [
  { kind: 'openai', label: 'OpenAI', name: 'openai' },
  { kind: 'anthropic', label: 'Anthropic', name: 'anthropic' },
  { kind: 'google_gemini', label: 'Google Gemini', name: 'gemini' },
] as const
type Kind = (typeof KINDS)[number]['kind']

export function ProviderStep({
  providers,
  credentials,
  next,
}: {
  providers: Provider[]
  credentials: Credential[]
  next: boolean
}) {
  const { inOrganization } = useViewer()
  const [open, setOpen] = useState(false)
  const ready = providers.filter(({ id }) => credentials.some((one) => one.providerId === id && isReady(one)))
  const real = ready.filter(({ kind }) => kind !== 'demo')
  const hasDemo = ready.some(({ kind }) => kind === 'demo')
  const can = inOrganization('credential:create')
  return (
    <Step
      number={1}
      title="Connect a provider"
      done={ready.length > 0}
      next={next}
      summary={
        real.length > 0
          ? `Connected: ${real.map(({ name }) => name).join(', ')}.`
          : hasDemo
            ? 'The demo provider is connected: it answers offline and costs nothing.'
            : 'Paste a provider’s key, or try everything with one that answers offline and costs nothing.'
      }
    >
      <div className={classes.form}>
        <div className={classes.line}>
          {!hasDemo && real.length === 0 && <UseDemo providers={providers} />}
          {!open && (
            <ActButton variant="default" can={can} onClick={() => setOpen(true)}>
              {real.length > 0 ? 'Connect another' : 'Paste a provider’s key'}
            </ActButton>
          )}
        </div>
        {open && <PasteKey providers={providers} credentials={credentials} onClose={() => setOpen(false)} />}
      </div>
    </Step>
  )
}

/** Whether calls can be made with it. */
export function isReady({ state, needsSecret }: Credential): boolean {
  return state === 'active' && !needsSecret
}

function UseDemo({ providers }: { providers: Provider[] }) {
  const { inOrganization } = useViewer()
  const create = useAct(providerCreate)
  const add = useAct(credentialCreate)
  const connect = async () => {
    const there = providers.find(({ kind, archivedAt }) => kind === 'demo' && archivedAt === null)
    const { id } = there ?? (await create.mutateAsync({ input: { body: { name: 'demo', kind: 'demo' } } }))
    await add.mutateAsync({ input: { body: { providerId: id, name: 'demo', secret: 'demo' } } })
  }
  return (
    <>
      <ActButton
        can={inOrganization('provider:create')}
        loading={create.isPending || add.isPending}
        // What it failed with is shown below.
        onClick={() => connect().catch(() => {})}
      >
        Use the demo provider
      </ActButton>
      <Problem error={create.error ?? add.error} />
    </>
  )
}

/** A pasted key is stored, then tried at its provider at once. Another for the same provider takes its place. */
function PasteKey({
  providers,
  credentials,
  onClose,
}: {
  providers: Provider[]
  credentials: Credential[]
  onClose: () => void
}) {
  const [kind, setKind] = useState<Kind>('openai')
  const [secret, setSecret] = useState('')
  const create = useAct(providerCreate)
  const add = useAct(credentialCreate)
  const replace = useAct(credentialReplaceSecret)
  const test = useAct(credentialTest)
  const { label, name } = KINDS.find((one) => one.kind === kind) ?? KINDS[0]
  const acts = [create, add, replace, test]

  const connect = async () => {
    for (const act of acts) act.reset()
    const there = providers.find((one) => one.kind === kind && one.archivedAt === null)
    const { id: providerId } = there ?? (await create.mutateAsync({ input: { body: { name, kind } } }))
    const held = credentials.find((one) => one.providerId === providerId)
    const { id } = held
      ? await replace.mutateAsync({ input: { params: { credentialId: held.id }, body: { secret } } })
      : await add.mutateAsync({ input: { body: { providerId, name: 'main', secret } } })
    const { works } = await test.mutateAsync({ input: { params: { credentialId: id } } })
    if (works) setSecret('')
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // What it failed with is shown below.
    connect().catch(() => {})
  }
  return (
    <form onSubmit={submit} className={classes.form} style={{ marginTop: 0 }}>
      <div className={classes.fields}>
        <Select
          label="Provider"
          data={KINDS.map((one) => ({ value: one.kind, label: one.label }))}
          value={kind}
          allowDeselect={false}
          // The values are those of `KINDS`.
          onChange={(value) => setKind(value as Kind)}
        />
        <PasswordInput
          label={`Key from ${label}`}
          description="It is sealed, and nobody can read it again."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          autoComplete="off"
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value.trim())}
        />
      </div>
      <div className={classes.line}>
        <Button type="submit" variant="default" loading={acts.some(({ isPending }) => isPending)}>
          Connect and try it
        </Button>
        <Button variant="subtle" color="gray" onClick={onClose}>
          Close
        </Button>
        <span className="muted">
          Others, such as Azure or a server of your own: <To to="/providers">Providers</To>
        </span>
      </div>
      {test.data && (
        <div className={classes.result}>
          <TestOutcome outcome={test.data} />
        </div>
      )}
      <Problem error={acts.find(({ error }) => error)?.error} />
    </form>
  )
}
