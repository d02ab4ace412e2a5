import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { identityDelete, identityList } from '../../../src/contract/identities.ts'
import type { Output } from '../../../src/contract/operation.ts'
import { q, useAct } from '../../api.ts'
import { ago } from '../../format.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Region } from '../../ui/Region.tsx'
import classes from './profile.module.css'
import { Row } from './Row.tsx'

type Identity = Output<typeof identityList>['data'][number]

/** Accounts at identity providers that sign them in. Connecting one leads to the provider, from a page without scripts. */
export function IdentitiesRow() {
  const identities = useQuery(q(identityList, { query: {} }))
  const [leaving, setLeaving] = useState<Identity | null>(null)
  return (
    <Row
      title="Connected accounts"
      actions={
        <Button component="a" href="/account" variant="default" size="compact-md">
          Connect an account
        </Button>
      }
    >
      <Region of={identities} rows={1}>
        {({ data }) =>
          data.length === 0 ? (
            'None. What your organization set up for signing in can be connected.'
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
            </ul>
          )
        }
      </Region>
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
