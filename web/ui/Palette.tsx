import { useEffect, useState } from 'react'
import { fetched } from '../fetched.ts'
import { useKeyboard } from './palette/use-keyboard.ts'
import { Spare, sayNotLoaded } from './Spare.tsx'

/** The list and its library come with the first press: most people go by the navigation. */
const CommandList = fetched(() => import('./palette/CommandList.tsx'))
const ShortcutList = fetched(() => import('./palette/ShortcutList.tsx'))

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
    <>
      {asked > 0 && (
        <Spare
          onGone={() => {
            setAsked(0)
            sayNotLoaded()
          }}
        >
          <CommandList asked={asked} onShortcuts={() => setHelp(true)} />
        </Spare>
      )}
      {help && (
        <Spare
          onGone={() => {
            setHelp(false)
            sayNotLoaded()
          }}
        >
          <ShortcutList onClose={() => setHelp(false)} />
        </Spare>
      )}
    </>
  )
}
