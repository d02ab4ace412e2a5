import { Button } from '@mantine/core'
import { useState } from 'react'
import { recoveryCodeCreate } from '../../../src/contract/profile.ts'
import { useAct } from '../../api.ts'
import { ConfirmDialog } from '../../forms/panels.ts'
import { Row } from './Row.tsx'

export function RecoveryRow({ left, onCodes }: { left: number; onCodes: (codes: string[]) => void }) {
  const [asked, setAsked] = useState(false)
  const create = useAct(recoveryCodeCreate)
  const close = () => {
    create.reset()
    setAsked(false)
  }
  const done = ({ codes }: { codes: string[] }) => {
    close()
    onCodes(codes)
  }
  return (
    <Row
      title="Recovery codes"
      actions={
        <Button variant="default" size="compact-md" onClick={() => setAsked(true)}>
          Make new codes
        </Button>
      }
    >
      {left === 0 ? 'None left' : `${left} left`}, for when your phone or passkey is gone.
      <ConfirmDialog
        opened={asked}
        onClose={close}
        title="Make new recovery codes?"
        act="Make new codes"
        pending={create.isPending}
        error={create.error}
        onConfirm={() => create.mutate({ input: {} }, { onSuccess: done })}
      >
        Those from before stop working at once. The new ones are shown once.
      </ConfirmDialog>
    </Row>
  )
}
