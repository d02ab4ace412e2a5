import { Button, Drawer, Group, Stack } from '@mantine/core'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { useMeanwhile } from '../as-opened.tsx'
import { FormProblem } from './FormProblem.tsx'
import { useSaveAgain } from './use-save-again.ts'

/**
 * A form beside the page it is about. It closes when its act succeeded, or when somebody closes it. Within `AsOpened` it
 * says when somebody else saved the same thing meanwhile; whoever closes what is there now is back at what they typed.
 */
export function FormPanel({
  opened,
  onClose,
  title,
  act,
  pending,
  error,
  disabled,
  onSubmit,
  children,
}: {
  opened: boolean
  onClose: () => void
  title: string
  /** What the button says: the act itself. */
  act: string
  pending: boolean
  error: unknown
  disabled?: boolean
  onSubmit: () => void
  children: ReactNode
}) {
  const save = useSaveAgain(error, disabled !== true, onSubmit)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save()
  }
  useFocusBackAtEnd()
  const meanwhile = useMeanwhile()
  const hidden = meanwhile?.hidden ?? false
  const looking = meanwhile?.looking ?? false
  const close = meanwhile?.looking ? meanwhile.back : onClose
  // The two forms about one thing change places at once: nothing opens or closes.
  const placed = hidden || looking || meanwhile?.seen
  return (
    <Drawer
      opened={opened && !hidden}
      keepMounted={hidden}
      returnFocus={!hidden}
      {...(placed ? { transitionProps: { duration: 0 } } : {})}
      onClose={close}
      title={title}
      position="right"
      size="md"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          {children}
          <FormProblem error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {looking ? 'Back' : 'Cancel'}
            </Button>
            <Button type="submit" loading={pending} disabled={disabled === true}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  )
}

/** Forms that are on the page only while they are open never close for the kit: the focus goes back to what opened them. */
function useFocusBackAtEnd(): void {
  const [opener] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      setTimeout(() => {
        const lost = document.activeElement === document.body
        if (lost && opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true })
      })
    },
    [opener],
  )
}
