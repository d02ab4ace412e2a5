import { TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { passkeyCreate, passkeyDelete, passkeyList, passkeyStart } from '../../../src/contract/passkeys.ts'
import type { profileView } from '../../../src/contract/profile.ts'
import { browserName } from '../../../src/domain/browser-name.ts'
import { q, useAct } from '../../api.ts'
import { ago, day } from '../../format.ts'
import { ConfirmDialog, FormPanel } from '../../forms/panels.ts'
import { makePasskey } from '../../passkeys.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { Region } from '../../ui/Region.tsx'
import classes from './profile.module.css'
import { Row } from './Row.tsx'

type Passkey = Output<typeof passkeyList>['data'][number]

/** What devices keep and open with a finger, a face or a PIN. `onCodes` as with the authenticator app. */
export function PasskeysRow({
  can,
  onCodes,
}: {
  can: Output<typeof profileView>['can']
  onCodes: (codes: string[]) => void
}) {
  const passkeys = useQuery(q(passkeyList, {}))
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Passkey | null>(null)
  return (
    <Row
      title="Passkeys"
      actions={
        <ActButton variant="default" size="compact-md" can={can.passkeyStart} onClick={() => setAdding(true)}>
          Add a passkey
        </ActButton>
      }
    >
      <Region of={passkeys} rows={1}>
        {({ data }) =>
          data.length === 0 ? (
            'None. Your device keeps one and opens it with your finger, face or PIN: nothing to type, or to be tricked out of.'
          ) : (
            <ul className={classes.items}>
              {data.map((passkey) => (
                <li key={passkey.id}>
                  <span>
                    {passkey.name}
                    <p>
                      {passkey.backedUp ? 'synced' : 'on one device'}, added {day(passkey.createdAt)},{' '}
                      {passkey.lastUsedAt === null ? 'not used yet' : `used ${ago(passkey.lastUsedAt)}`}
                    </p>
                  </span>
                  <ActButton
                    can={can.passkeyDelete}
                    variant="subtle"
                    color="gray"
                    size="compact-md"
                    aria-label={`Remove the passkey ${passkey.name}`}
                    onClick={() => setRemoving(passkey)}
                  >
                    Remove
                  </ActButton>
                </li>
              ))}
            </ul>
          )
        }
      </Region>
      {adding && (
        <Add
          onClose={() => setAdding(false)}
          onDone={(codes) => {
            setAdding(false)
            toast('The passkey is added.')
            onCodes(codes)
          }}
        />
      )}
      <Remove passkey={removing} onClose={() => setRemoving(null)} />
    </Row>
  )
}

function Add({ onClose, onDone }: { onClose: () => void; onDone: (codes: string[]) => void }) {
  const [name, setName] = useState(browserName(navigator.userAgent))
  const start = useAct(passkeyStart)
  const create = useAct(passkeyCreate)
  const add = useMutation({
    gcTime: 0,
    mutationFn: async () => {
      const { options } = await start.mutateAsync({ input: {} })
      const response = await makePasskey(options)
      return create.mutateAsync({ input: { body: { name: name.trim(), response } } })
    },
    onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes),
  })
  return (
    <FormPanel
      opened
      onClose={onClose}
      title="Add a passkey"
      act="Add the passkey"
      pending={add.isPending}
      error={add.error}
      onSubmit={() => add.mutate()}
    >
      <div>
        It is kept by this device, by your phone or by a security key. Your browser asks where, and belongs to
        this address: {location.hostname}.
      </div>
      <TextInput
        label="What you call it"
        required
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormPanel>
  )
}

function Remove({ passkey, onClose }: { passkey: Passkey | null; onClose: () => void }) {
  const remove = useAct(passkeyDelete)
  const close = () => {
    remove.reset()
    onClose()
  }
  return (
    <ConfirmDialog
      opened={passkey !== null}
      onClose={close}
      title={`Remove the passkey ${passkey?.name ?? ''}?`}
      act="Remove"
      danger
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (passkey) {
          remove.mutate({ input: { params: { passkeyId: passkey.id } } }, { onSuccess: close })
        }
      }}
    >
      It signs you in no more. Your device may go on showing it: remove it there as well.
    </ConfirmDialog>
  )
}
