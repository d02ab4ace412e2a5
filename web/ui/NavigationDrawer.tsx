import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'

/** The navigation where there is no room beside the page. A file of its own, fetched when somebody opens it. */
export default function NavigationDrawer({
  opened,
  onClose,
  title,
  children,
}: {
  opened: boolean
  onClose: () => void
  title: string
  children: ReactNode
}) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      size="17rem"
      title={title}
      closeButtonProps={{ 'aria-label': 'Close the navigation' }}
    >
      <nav aria-label="Main">{children}</nav>
    </Drawer>
  )
}
