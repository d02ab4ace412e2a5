import { Notifications } from '@mantine/notifications'

/** Where toasts are shown. A file of its own, since no page waits for it. */
export default function Toasts() {
  return <Notifications position="bottom-right" />
}
