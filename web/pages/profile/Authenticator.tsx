import { Button, Modal, Stack, TextInput } from '@mantine/core'
import { type FormEvent, Suspense, useState } from 'react'
import type { Output } from '../../../src/contract/operation.ts'
import { type profileView, totpConfirm, totpDelete, totpStart } from '../../../src/contract/profile.ts'
import { useAct } from '../../api.ts'
import { fetched } from '../../fetched.ts'
import { fieldErrors } from '../../forms/field-errors.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { Problem } from '../../ui/Region.tsx'
import { Status } from '../../ui/Status.tsx'
import classes from './profile.module.css'
import { Row } from './Row.tsx'

const QrCode = fetched(() => import('./QrCode.tsx'))

/** An app that shows codes. `onCodes` gets the recovery codes that come with the first second factor. */
export function AuthenticatorRow({
  has,
  can,
  onCodes,
}: {
  has: boolean
  can: Output<typeof profileView>['can']
  onCodes: (codes: string[]) => void
}) {
  const start = useAct(totpStart)
  const [offer, setOffer] = useState<Output<typeof totpStart> | null>(null)
  const [removing, setRemoving] = useState(false)
  const begin = () =>
    start.mutate(
      { input: {} },
      {
        onSuccess: (offer) => {
          setOffer(offer)
          start.reset()
        },
      },
    )
  const close = () => setOffer(null)
  return (
    <Row
      title="Authenticator app"
      actions={
        has ? (
          <ActButton
            variant="default"
            size="compact-md"
            can={can.totpDelete}
            onClick={() => setRemoving(true)}
          >
            Remove the app
          </ActButton>
        ) : (
          <ActButton
            variant="default"
            size="compact-md"
            can={can.totpStart}
            loading={start.isPending}
            onClick={begin}
          >
            Add an app
          </ActButton>
        )
      }
    >
      {has ? (
        <Status tone="good">on</Status>
      ) : (
        'None. It shows a code on your phone, which signing in then takes as well.'
      )}
      <Modal
        opened={offer !== null}
        onClose={close}
        title="Add an authenticator app"
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {offer && (
          <Enrol
            offer={offer}
            onDone={(codes) => {
              close()
              onCodes(codes)
            }}
          />
        )}
      </Modal>
      <Remove opened={removing} onClose={() => setRemoving(false)} />
      <Problem error={start.error} />
    </Row>
  )
}

function Enrol({
  offer: { secret, uri },
  onDone,
}: {
  offer: Output<typeof totpStart>
  onDone: (codes: string[]) => void
}) {
  const [code, setCode] = useState('')
  const confirm = useAct(totpConfirm)
  const { at, other } = fieldErrors(confirm.error, ['code'])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    confirm.mutate({ input: { body: { code } } }, { onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes) })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <ol className={classes.steps}>
          <li>Install an authenticator app on your phone, if you have none.</li>
          <li>
            In the app, scan this code:
            <Suspense fallback={<div className={classes.code} aria-busy="true" />}>
              <QrCode text={uri} label="Code for your authenticator app" />
            </Suspense>
            <details>
              <summary>Enter it by hand</summary>
              <code>{secret.replace(/.{4}(?=.)/g, '$& ')}</code>
            </details>
          </li>
          <li>Enter the six digits that it shows.</li>
        </ol>
        <TextInput
          label="Code"
          required
          data-autofocus
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          error={at('code')}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Problem error={other} />
        <Button type="submit" loading={confirm.isPending}>
          Finish
        </Button>
      </Stack>
    </form>
  )
}

function Remove({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const remove = useAct(totpDelete)
  const done = () => {
    toast('The authenticator app is removed.')
    onClose()
  }
  return (
    <ConfirmDialog
      opened={opened}
      onClose={() => {
        remove.reset()
        onClose()
      }}
      title="Remove the authenticator app?"
      act="Remove"
      danger
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ input: {} }, { onSuccess: done })}
    >
      Signing in no longer asks for its code. With your last second factor the recovery codes go as well.
    </ConfirmDialog>
  )
}
