import { useRef } from 'react'

/** After the dialog's own way of giving the focus back, which knows nothing of a second dialog that followed the first. */
const AFTER_DIALOG_MS = 60

/**
 * Gives the focus back to the button that began something, once all of its dialogs are closed: `remember()` when it
 * begins, `giveBack()` at its end. What was removed meanwhile gets nothing.
 */
export function useFocusBack() {
  const opener = useRef<HTMLElement | null>(null)
  return {
    remember(element: Element | null = document.activeElement) {
      opener.current = element instanceof HTMLElement ? element : null
    },
    giveBack() {
      const back = opener.current
      setTimeout(() => back?.focus(), AFTER_DIALOG_MS)
    },
  }
}
