import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { identityDelete, identityList, identityStart } from '../../../src/contract/identities.ts'
import type { Output } from '../../../src/contract/operation.ts'
import type { profileView } from '../../../src/contract/profile.ts'
import { q, useAct } from '../../api.ts'
import { ago } from '../../format.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { Problem, Region } from '../../ui/Region.tsx'
import classes from './profile.module.css'
import { Row } from './Row.tsx'

type Identity = Output<typeof identityList>['data'][number]
type Connection = Output<typeof profileView>['connections'][number]

/** Accounts at identity providers that sign them in, and `others` where they can connect one. */
export function IdentitiesRow({ others }: { others: Connection[] }) {
  const identities = useQuery(q(identityList, { query: {} }))
  const start = useAct(identityStart)
  const [leaving, setLeaving] = useState<Identity | null>(null)
  /** Leads to the provider: who signs in there has that account connected to theirs. */
  const connect = (connectionId: string) =>
    start.mutate({ input: { body: { connectionId } } }, { onSuccess: ({ url }) => location.assign(url) })
  return (
    <Row title="Connected accounts">
      <Region of={identities} rows={1}>
        {({ data }) =>
          data.length + others.length === 0 ? (
            'None. Your organization has set up no identity provider for signing in.'
          ) : (
            <ul className={classes.items}>
              {data.map((identity) => (
                <li key={identity.id}>
                  <span>
                    {identity.connection}
                    <p>
                      {identity.email ?? identity.subject},{' '}
                      {identity.lastSignInAt === null ? 'not used yet' : `used ${ago(identity.lastSignInAt)}`}
                    </p>
                  </span>
                  <Button
                    variant="subtle"
                    color="gray"
                    size="compact-md"
                    aria-label={`Disconnect ${identity.connection}`}
                    onClick={() => setLeaving(identity)}
                  >
                    Disconnect
                  </Button>
                </li>
              ))}
              {others.map(({ id, name }) => (
                <li key={id}>
                  <span>
                    {name}
                    <p>not connected; connect it to sign in with it</p>
                  </span>
                  <Button
                    variant="default"
                    size="compact-md"
                    aria-label={`Connect ${name}`}
                    loading={start.isPending && start.variables.input.body.connectionId === id}
                    onClick={() => connect(id)}
                  >
                    Connect
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Region>
      <Problem error={start.error} />
      <Disconnect identity={leaving} onClose={() => setLeaving(null)} />
    </Row>
  )
}

function Disconnect({ identity, onClose }: { identity: Identity | null; onClose: () => void }) {
  const remove = useAct(identityDelete)
  const close = () => {
    remove.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      opened={identity !== null}
      onClose={close}
      title={`Disconnect ${identity?.connection ?? ''}?`}
      act="Disconnect"
      danger
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (identity) {
          remove.mutate({ input: { params: { identityId: identity.id } } }, { onSuccess: close })
        }
      }}
    >
      It signs you in no more, and what was signed in with it is signed out.
    </ConfirmDialog>
  )
}
