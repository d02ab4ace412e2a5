import { useEffect, useRef } from 'react'
import { meaningOf, singleLetters } from '../../shortcuts.ts'
import { useGo } from '../To.tsx'

/** How long after `g` its letter may come. */
const SEQUENCE_MS = 1500
const FILTERS = 'main search input, main [role="search"] input, main input[type="search"]'

/** Listens to what is pressed, wherever the focus is. */
export function useKeyboard(on: { palette: () => void; help: () => void }): void {
  const go = useGo()
  const latest = useRef({ on, go })
  latest.current = { on, go }
  useEffect(() => {
    let afterG = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const forget = () => {
      clearTimeout(timer)
      afterG = false
    }
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const { key, ctrlKey, metaKey, altKey } = event
      const taken = isField(event.target) || document.querySelector('[role="dialog"], [role="menu"]') !== null
      const meaning = meaningOf(
        { key, ctrlKey, metaKey, altKey, taken },
        { afterG, letters: singleLetters() },
      )
      forget()
      if (meaning === null) return
      if (meaning === 'g') {
        afterG = true
        timer = setTimeout(forget, SEQUENCE_MS)
        return
      }
      const { on, go } = latest.current
      if (meaning === 'filter') {
        const field = firstShown(document.querySelectorAll<HTMLElement>(FILTERS))
        if (!field) return
        field.focus()
      } else if (meaning === 'palette') on.palette()
      else if (meaning === 'help') on.help()
      else go({ to: meaning.to })
      event.preventDefault()
    }
    document.addEventListener('keydown', press)
    return () => {
      forget()
      document.removeEventListener('keydown', press)
    }
  }, [])
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.closest('input, textarea, select, [role="textbox"]') !== null
}

function firstShown(fields: Iterable<HTMLElement>): HTMLElement | undefined {
  return [...fields].find((field) => field.checkVisibility())
}
