import { Drawer, Group, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import {
  credentialDelete,
  credentialReplaceSecret,
  credentialTest,
  credentialUpdate,
} from '../../../src/contract/credentials.ts'
import { useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import type { Labels } from '../../clashes.ts'
import { ago, count, day } from '../../format.ts'
import { useBind } from '../../forms/bind.ts'
import { WeightInput } from '../../forms/credential-add.tsx'
import { EnvironmentChoice } from '../../forms/EnvironmentChoice.tsx'
import { SecretInput } from '../../forms/SecretInput.tsx'
import { TestOutcome } from '../../forms/TestOutcome.tsx'
import { useScopeNames } from '../../scopes.tsx'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Details } from '../../ui/Details.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { Meter } from '../../ui/Meter.tsx'
import { Problem } from '../../ui/Region.tsx'
import { Time } from '../../ui/Time.tsx'
import { useViewer } from '../../viewer.ts'
import { Age, CredentialState, LIMIT_WORDS } from './Credentials.tsx'
import { type Credential, KINDS, type Provider } from './health.ts'
import classes from './Providers.module.css'

type Panel = { credential: Credential; provider: Provider; onClose: () => void }

/** What is open beside the page: the credential that the address names, and what is done with it. */
export function CredentialPanels({
  credentials,
  providers,
  onClose,
}: {
  credentials: Credential[]
  providers: Provider[]
  onClose: () => void
}) {
  const [address, setAddress] = useAddress()
  const credential = credentials.find(({ id }) => id === address.credential)
  const provider = providers.find(({ id }) => id === credential?.providerId)
  if (!credential || !provider) return null
  const panel = { credential, provider }
  const back = { ...panel, onClose: () => setAddress({ do: undefined }) }
  switch (address.do) {
    case 'replace':
      return <Replace {...back} key={credential.id} />
    case 'change':
      return (
        <AsOpened now={credential} fields={fieldsOf} labels={LABELS} key={credential.id}>
          {(form) => <Change form={form} onClose={back.onClose} />}
        </AsOpened>
      )
    case 'bind':
      return <Bind {...back} key={credential.id} />
    default:
      return <Opened {...panel} key={credential.id} onClose={onClose} />
  }
}

function Opened({ credential, provider, onClose }: Panel) {
  const [, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const can = inOrganization('credential:update')
  const test = useAct(credentialTest)
  const update = useAct(credentialUpdate)
  const [deleting, setDeleting] = useState(false)
  const { id, name, state, health, environmentIds, parked, needsSecret, version } = credential
  const environments = environmentIds.map((id) => ({ type: 'environment' as const, id }))
  const nameOf = useScopeNames(environments)
  const demo = provider.kind === 'demo'
  const open = (what: string) => setAddress({ do: what }, false)
  const button = { variant: 'default', can } as const
  const switchTo = (enabled: boolean) =>
    update.mutate(
      { input: { params: { credentialId: id }, body: { enabled } }, ifMatch: version },
      {
        onSuccess: () => toast(enabled ? `${name} is in use.` : `${name} is disabled. Calls use the others.`),
      },
    )
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="md"
      title={`${provider.name} / ${name}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="lg">
        <Group gap="xs">
          <ActButton
            {...button}
            loading={test.isPending}
            onClick={() => test.mutate({ input: { params: { credentialId: id } } })}
          >
            Test now
          </ActButton>
          {!demo && (
            <ActButton {...button} onClick={() => open('replace')}>
              Replace secret
            </ActButton>
          )}
          <ActButton {...button} onClick={() => open('bind')}>
            Environments
          </ActButton>
        </Group>
        {test.data && <TestOutcome outcome={test.data} />}
        <Problem error={test.error ?? update.error} />
        <Details
          of={[
            [
              'State',
              <>
                <CredentialState credential={credential} />
                {parked && (
                  <div className={classes.note}>
                    {parked.reason === 'spent'
                      ? 'The provider says that its account is spent.'
                      : parked.reason === 'refused'
                        ? 'The provider refuses it.'
                        : parked.reason}
                    {parked.until && ` It is tried again ${ago(parked.until)}.`}
                  </div>
                )}
                {needsSecret && (
                  <div className={classes.note}>
                    The provider’s address changed, and its secret was erased.
                  </div>
                )}
              </>,
            ],
            [
              'Secret',
              <>
                <span className="mono">{credential.hint}</span>, since {day(credential.secretSince)}
                {!demo && <Age credential={credential} />}
              </>,
            ],
            [
              'Last test',
              health.test ? (
                <>
                  <Time at={health.test.at} />: {health.test.detail}
                </>
              ) : (
                <span className="muted">never tested</span>
              ),
            ],
            ['Last call', <Time at={health.calledAt} />],
            [
              'Last error',
              health.failed ? (
                <>
                  {health.failed.status}, <Time at={health.failed.at} />
                </>
              ) : (
                <span className="muted">none seen</span>
              ),
            ],
            ['Weight', count(credential.weight)],
            [
              'Used by',
              environments.length === 0 ? (
                <span className="muted">no environment, so by nobody</span>
              ) : (
                environments.map((scope) => <div key={scope.id}>{nameOf(scope)}</div>)
              ),
            ],
          ]}
        />
        {health.limits && (
          <Stack gap="xs">
            <strong>Used of the provider’s limits, as said {ago(health.limits.at)}</strong>
            {health.limits.data.map(({ what, remaining, limit, resetsAt }) => (
              <div key={what}>
                {limit === null ? (
                  `${count(remaining)} ${LIMIT_WORDS[what]} left`
                ) : (
                  <Meter
                    used={Math.max(0, limit - remaining)}
                    limit={limit}
                    unit={LIMIT_WORDS[what]}
                    label={`Used ${LIMIT_WORDS[what]}`}
                  />
                )}
                {resetsAt && Date.parse(resetsAt) > Date.now() && (
                  <div className={classes.note}>whole again {ago(resetsAt)}</div>
                )}
              </div>
            ))}
          </Stack>
        )}
        <Group gap="xs">
          <ActButton {...button} onClick={() => open('change')}>
            Name and weight
          </ActButton>
          {!needsSecret && (
            <ActButton {...button} loading={update.isPending} onClick={() => switchTo(state !== 'active')}>
              {state === 'active' ? 'Disable' : state === 'parked' ? 'Try it again now' : 'Enable'}
            </ActButton>
          )}
          <ActButton {...button} onClick={() => setDeleting(true)}>
            Delete
          </ActButton>
        </Group>
      </Stack>
      <Delete
        credential={credential}
        provider={provider}
        opened={deleting}
        onClose={() => setDeleting(false)}
      />
    </Drawer>
  )
}

function Replace({ credential, provider, onClose }: Panel) {
  const replace = useAct(credentialReplaceSecret)
  const test = useAct(credentialTest)
  const [secret, setSecret] = useState('')
  const [replaced, setReplaced] = useState(false)
  const params = { credentialId: credential.id }
  const submit = async () => {
    if (replaced) return onClose()
    try {
      await replace.mutateAsync({ input: { params, body: { secret } }, ifMatch: credential.version })
      setReplaced(true)
      await test.mutateAsync({ input: { params } })
    } catch {
      // The acts say why, in the form.
    }
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Replace the secret of ${credential.name}`}
      act={replaced ? 'Done' : 'Replace and test'}
      pending={replace.isPending || test.isPending}
      error={replace.error ?? test.error}
      onSubmit={submit}
    >
      {replaced ? (
        <>
          <p>
            New calls use the new secret on every gateway within two seconds. Now revoke the old one at the
            provider.
          </p>
          {test.data && <TestOutcome outcome={test.data} />}
        </>
      ) : (
        <>
          <p>
            Neither step interrupts anybody: first make a new secret at the provider and paste it here, then,
            once it works, revoke the old one there. Calls under way end with the old one.
          </p>
          <SecretInput
            label="New secret"
            placeholder={KINDS[provider.kind].secret ?? ''}
            value={secret}
            onChange={setSecret}
          />
        </>
      )}
    </FormPanel>
  )
}

type Fields = { name: string; weight: number | null }

const LABELS: Labels<Fields> = { name: 'Name', weight: 'Weight' }

function fieldsOf({ name, weight }: Credential): Fields {
  return { name, weight }
}

function Change({ form, onClose }: { form: Draft<Credential, Fields>; onClose: () => void }) {
  const update = useAct(credentialUpdate)
  const { thing: credential, set, changed, only } = form
  const { name, weight } = form.fields
  const submit = () => {
    if (weight === null) return
    update.mutate(
      {
        input: { params: { credentialId: credential.id }, body: only({ name, weight }) },
        ifMatch: credential.version,
      },
      {
        onSuccess: () => {
          toast(`${name} was changed.`)
          onClose()
        },
      },
    )
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Change ${credential.name}`}
      act="Save"
      pending={update.isPending}
      error={update.error}
      disabled={!changed || weight === null}
      onSubmit={submit}
    >
      <TextInput
        label="Name"
        required
        maxLength={120}
        value={name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <WeightInput value={weight} onChange={(next) => set({ weight: next })} />
    </FormPanel>
  )
}

function Bind({ credential, onClose }: Panel) {
  const { bind, error } = useBind()
  // Environments that somebody else binds meanwhile stay bound: what is set is what was changed here.
  const [before] = useState(credential.environmentIds)
  const [chosen, setChosen] = useState(before)
  const [pending, setPending] = useState(false)
  const submit = async () => {
    setPending(true)
    try {
      await bind(credential.id, before, chosen)
      toast('Gateways follow within two seconds.')
      onClose()
    } catch {
      // `error` says why, in the form.
    } finally {
      setPending(false)
    }
  }
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`Who may use ${credential.name}`}
      act="Save"
      pending={pending}
      error={error}
      onSubmit={submit}
    >
      <p className="muted">
        Keys of these environments may call with it. Where it is the only one of its provider, taking it away
        stops their calls to that provider.
      </p>
      <EnvironmentChoice value={chosen} onChange={setChosen} />
    </FormPanel>
  )
}

function Delete({ credential, provider, opened, onClose }: Panel & { opened: boolean }) {
  const [, setAddress] = useAddress()
  const remove = useAct(credentialDelete)
  const { id, name, environmentIds, version } = credential
  const used = environmentIds.length > 0
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Delete ${provider.name} / ${name}?`}
      act="Delete credential"
      danger
      {...(used ? { typed: name } : {})}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(
          { input: { params: { credentialId: id } }, ifMatch: version },
          {
            onSuccess: () => {
              toast(`${name} was deleted. Revoke its secret at the provider, too.`)
              setAddress({ credential: undefined, do: undefined })
            },
          },
        )
      }
    >
      <p>
        {used
          ? `${count(environmentIds.length)} ${environmentIds.length === 1 ? 'environment loses' : 'environments lose'} it at once. Where it is the only one of ${provider.name}, calls to it are refused.`
          : 'No environment uses it.'}
      </p>
      <p>
        Its secret is erased here and cannot be brought back. At the provider it stays until you revoke it
        there.
      </p>
    </ConfirmDialog>
  )
}
