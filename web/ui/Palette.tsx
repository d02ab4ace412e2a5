import { lazy, Suspense, useEffect, useState } from 'react'
import { useKeyboard } from './palette/use-keyboard.ts'

/** The list and its library come with the first press: most people go by the navigation. */
const CommandList = lazy(() => import('./palette/CommandList.tsx'))
const ShortcutList = lazy(() => import('./palette/ShortcutList.tsx'))

let show: () => void = () => {}

export const openPalette = (): void => show()

/** Ctrl K: to a page, a team, a person or an act by a few letters of its name. And what single letters do. Mounted once. */
export function Palette() {
  /** How often it was asked for: each time the list opens. */
  const [asked, setAsked] = useState(0)
  const [help, setHelp] = useState(false)
  const ask = () => setAsked((asked) => asked + 1)
  useEffect(() => {
    show = ask
    return () => {
      show = () => {}
    }
  }, [])
  useKeyboard({ palette: ask, help: () => setHelp(true) })
  return (
    <Suspense fallback={null}>
      {asked > 0 && <CommandList asked={asked} onShortcuts={() => setHelp(true)} />}
      {help && <ShortcutList onClose={() => setHelp(false)} />}
    </Suspense>
  )
}
