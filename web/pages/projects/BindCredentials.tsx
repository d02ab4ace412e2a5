import { Checkbox, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { credentialList } from '../../../src/contract/credentials.ts'
import { environmentCredentialSet } from '../../../src/contract/environment-credentials.ts'
import { q, useAct } from '../../api.ts'
import { useNames } from '../../names.ts'
import { toast } from '../../ui/announce.tsx'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { To } from '../../ui/To.tsx'
import type { Environment } from './EnvironmentCard.tsx'

const MOST = 200

type Props = { environment: Environment; bound: string[]; onClose: () => void }

/** Chooses the credentials that an environment's keys call providers with, all of them. */
export function BindCredentials({ environment, bound, onClose }: Props) {
  const list = useQuery(q(credentialList, { query: { limit: MOST } }))
  const nameOf = useNames((list.data?.data ?? []).map(({ providerId }) => providerId))
  const [chosen, setChosen] = useState(bound)
  const set = useAct(environmentCredentialSet)
  const submit = () =>
    set.mutate(
      { input: { params: { environmentId: environment.id }, body: { credentialIds: chosen } } },
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
      disabled={list.data === undefined}
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
            <Checkbox.Group label="Credentials" value={chosen} onChange={setChosen}>
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
