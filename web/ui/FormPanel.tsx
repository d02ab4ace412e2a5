import { Button, Drawer, Group, Stack } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { Problem } from './Region.tsx'

/** A form beside the page it is about. It closes when its act succeeded, or when somebody closes it. */
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      position="right"
      size="md"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          {children}
          <Problem error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
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
