import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Problem } from './Region.tsx'

type Props = {
  opened: boolean
  onClose: () => void
  /** What happens, as a question: "Revoke site-bot?" */
  title: string
  /** What it does, to whom, and how to go back. */
  children: ReactNode
  /** What the button says: the act itself. */
  act: string
  danger?: boolean
  /** Has to be typed first, when what is ended is in use. */
  typed?: string
  /** Asks for a reason, which goes to the audit log. */
  reason?: 'required' | 'optional'
  pending: boolean
  error: unknown
  onConfirm: (reason: string) => void
}

/** Asks once more before something that interrupts or ends. Cancel has the focus. */
export function ConfirmDialog({ opened, onClose, title, act, ...rest }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened && <Body {...rest} act={act} onClose={onClose} />}
    </Modal>
  )
}

function Body({
  onClose,
  children,
  act,
  danger,
  typed,
  reason,
  pending,
  error,
  onConfirm,
}: Omit<Props, 'opened' | 'title'>) {
  const [name, setName] = useState('')
  const [why, setWhy] = useState('')
  const ready = (typed === undefined || name === typed) && (reason !== 'required' || why.trim() !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) onConfirm(why.trim())
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <div>{children}</div>
        {reason && (
          <Textarea
            label="Reason"
            description="It is kept in the audit log."
            required={reason === 'required'}
            value={why}
            maxLength={500}
            autosize
            onChange={(event) => setWhy(event.currentTarget.value)}
          />
        )}
        {typed !== undefined && (
          <TextInput
            label={`Type ${typed} to go on`}
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <Problem error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button type="submit" {...(danger ? { color: 'red' } : {})} loading={pending} disabled={!ready}>
            {act}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
