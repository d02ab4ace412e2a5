import { Checkbox, Stack } from '@mantine/core'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { credentialList } from '../../../src/contract/credentials.ts'
import {
  type environmentCredentialList,
  environmentCredentialSet,
} from '../../../src/contract/environment-credentials.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { q, useAct } from '../../api.ts'
import { AsOpened, type Draft } from '../../as-opened.tsx'
import { unsaid } from '../../clashes.ts'
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
  const list = useQuery(q(credentialList, { query: { limit: MOST } }))
  const nameOf = useNames((list.data?.data ?? []).map(({ providerId }) => providerId))
  const names = new Map(
    list.data?.data.map(({ id, name, providerId }) => [id, `${nameOf(providerId)}/${name}`]),
  )
  const ids = [...names.keys(), ...Object.keys(chosenOf(bindings))]
  const labels = Object.fromEntries(ids.map((id) => [id, unsaid(names.get(id) ?? 'Another credential')]))
  return (
    <AsOpened now={bindings} fields={chosenOf} labels={labels}>
      {(form) => <Form form={form} list={list} names={names} {...rest} />}
    </AsOpened>
  )
}

function chosenOf({ data }: Bindings): Chosen {
  return Object.fromEntries(data.map(({ credentialId }) => [credentialId, true]))
}

type FormProps = Props & {
  form: Draft<Bindings, Chosen>
  list: UseQueryResult<Output<typeof credentialList>>
  /** Of the credentials in the list, by their ids: `openai/main account`. */
  names: Map<string, string>
}

function Form({ environment, form, list, names, onClose }: FormProps) {
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
                {data.map(({ id, hint, state }) => (
                  <Checkbox
                    key={id}
                    value={id}
                    label={names.get(id)}
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
