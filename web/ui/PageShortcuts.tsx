import { Button } from '@mantine/core'
import { useEffect } from 'react'
import { setSingleLetters, singleLetters, useSingleLetters } from '../shortcuts.ts'

const FIELDS = 'input, textarea, select, [contenteditable="true"], [role="dialog"], [role="combobox"]'

/**
 * Single letters that do something on this page, such as `{ j: next }`. They are not heard while somebody types or a dialog
 * is open, and not at all once somebody turned them off (WCAG 2.1.4).
 */
export function useShortcuts(acts: Record<string, () => void>): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      // The letter after `g` was heard already: it goes to a page.
      if (event.defaultPrevented || event.isComposing || !singleLetters()) return
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target instanceof Element ? event.target : null
      if (target?.closest(FIELDS) || document.querySelector('[role="dialog"], [role="menu"]')) return
      const act = acts[event.key]
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  }, [acts])
}

/** Says which letters do what, and turns them off and on for this browser. */
export function ShortcutHint({ children }: { children: string }) {
  const on = useSingleLetters()
  return (
    <p className="muted">
      {on ? children : 'Letter shortcuts are off.'}{' '}
      <Button size="compact-xs" variant="subtle" onClick={() => setSingleLetters(!on)}>
        {on ? 'Turn letters off' : 'Turn letters on'}
      </Button>
    </p>
  )
}
