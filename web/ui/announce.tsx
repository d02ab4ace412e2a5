import { notifications } from '@mantine/notifications'

const SHOWN_MS = 5000
let region: HTMLElement | null = null

/** The one polite live region: what was done is heard, wherever the focus is. */
export function LiveRegion() {
  return (
    <div
      className="unseen"
      role="status"
      ref={(element) => {
        region = element
      }}
    />
  )
}

/** For who hears: no toast. */
export function announce(text: string): void {
  if (region) region.textContent = text
}

/** What was done, for who sees and who hears. Failures stand where the act began instead. */
export function toast(text: string): void {
  announce(text)
  notifications.show({ message: text, autoClose: SHOWN_MS, withBorder: true, 'aria-hidden': true })
}
