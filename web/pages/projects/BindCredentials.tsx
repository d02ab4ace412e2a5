import { Checkbox, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { credentialList } from '../../../src/contract/credentials.ts'
import {
  type environmentCredentialList,
  environmentCredentialSet,
} from '../../../src/contract/environment-credentials.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { q, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { useNames } from '../../names.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import type { Environment } from './EnvironmentCard.tsx'

const MOST = 200

type Bindings = Output<typeof environmentCredentialList>
/** Has the id of each credential that is used. */
type Chosen = Record<string, true | undefined>

type Props = { environment: Environment; onClose: () => void }

/** Chooses the credentials that an environment's keys call providers with. Others choose others at the same time. */
export function BindCredentials({ bindings, ...rest }: Props & { bindings: Bindings }) {
  return (
    <AsOpened now={bindings} fields={chosenOf}>
      {(form) => <Form form={form} {...rest} />}
    </AsOpened>
  )
}

function chosenOf({ data }: Bindings): Chosen {
  return Object.fromEntries(data.map(({ credentialId }) => [credentialId, true]))
}

function Form({ environment, form, onClose }: Props & { form: Draft<Bindings, Chosen> }) {
  const list = useQuery(q(credentialList, { query: { limit: MOST } }))
  const nameOf = useNames((list.data?.data ?? []).map(({ providerId }) => providerId))
  const bound = form.thing.data.map(({ credentialId }) => credentialId)
  const chosen = Object.keys(form.fields).filter((id) => form.fields[id])
  const choose = (next: string[]) =>
    form.set(
      Object.fromEntries(
        [...new Set([...chosen, ...next])].map((id) => [id, next.includes(id) || undefined]),
      ),
    )
  const set = useAct(environmentCredentialSet)
  const submit = () =>
    set.mutate(
      {
        input: { params: { environmentId: environment.id }, body: { credentialIds: chosen } },
        ifMatch: form.thing.version,
      },
      {
        onSuccess: () => {
          toast(`${environment.name} calls with what you chose, within two seconds.`)
          onClose()
        },
      },
    )
  const lost = bound.filter((id) => !chosen.includes(id)).length
  return (
    <FormPanel
      opened
      onClose={onClose}
      title={`What ${environment.name} calls with`}
      act="Save"
      pending={set.isPending}
      error={set.error}
      disabled={list.data === undefined || !form.changed}
      onSubmit={submit}
    >
      <div className="muted">
        Only what is chosen here is used for calls of this {environment.kind} environment. With several of one
        provider, calls are shared among them by their weights.
      </div>
      <Region of={list}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No credentials yet">
              <p>
                Add one on the page <To to="/providers">Providers</To> first.
              </p>
            </Empty>
          ) : (
            <Checkbox.Group label="Credentials" value={chosen} onChange={choose}>
              <Stack gap="xs" mt="xs">
                {data.map(({ id, name, providerId, hint, state }) => (
                  <Checkbox
                    key={id}
                    value={id}
                    label={`${nameOf(providerId)}/${name}`}
                    description={`${hint}${state === 'active' ? '' : `, ${state}`}`}
                  />
                ))}
              </Stack>
            </Checkbox.Group>
          )
        }
      </Region>
      {lost > 0 && (
        <div role="status">
          {lost === 1 ? 'One credential is' : `${lost} credentials are`} taken away: calls that need{' '}
          {lost === 1 ? 'it' : 'them'} are refused.
        </div>
      )}
    </FormPanel>
  )
}
