import { Menu } from '@mantine/core'
import { Copy, Ellipsis, OctagonX, Pause, Pencil, Play, RotateCw, Siren } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { toast } from '../../ui/announce.tsx'
import type { Verdict } from '../../viewer.ts'
import type { KeyAct } from './key-acts.tsx'
import classes from './keys.module.css'
import type { Key } from './Place.tsx'

/** What the acts of a row need. */
export const ACTS_NEED = ['key:rotate', 'key:update', 'key:suspend', 'key:revoke'] as const
type Needed = (typeof ACTS_NEED)[number]

type Item = { act: KeyAct; title: string; icon: typeof Copy; needs: Needed; red?: boolean }

const ROTATE: Item = { act: 'rotate', title: 'Rotate', icon: RotateCw, needs: 'key:rotate' }
const EDIT: Item = { act: 'edit', title: 'Edit', icon: Pencil, needs: 'key:update' }
const SUSPEND: Item = { act: 'suspend', title: 'Suspend', icon: Pause, needs: 'key:suspend' }
const RESUME: Item = { act: 'resume', title: 'Resume', icon: Play, needs: 'key:suspend' }
const LEAKED: Item = { act: 'leaked', title: 'It leaked', icon: Siren, needs: 'key:rotate' }
const REVOKE: Item = { act: 'revoke', title: 'Revoke', icon: OctagonX, needs: 'key:revoke', red: true }

/** What a key in each state can be asked to do. */
const ITEMS: Record<Key['state'], Item[]> = {
  pending: [EDIT, REVOKE],
  active: [ROTATE, EDIT, SUSPEND, LEAKED, REVOKE],
  suspended: [ROTATE, EDIT, RESUME, LEAKED, REVOKE],
  expired: [EDIT, REVOKE],
  revoked: [],
}

/** The acts of a key behind one button. `without` leaves out those that have buttons of their own. */
export function KeyRowMenu({
  of: key,
  can,
  begin,
  without = [],
}: {
  of: Key
  can: (permission: Needed, id: string) => Verdict
  begin: (act: KeyAct, key: Key, opener?: HTMLElement | null) => void
  without?: KeyAct[]
}) {
  const button = useRef<HTMLButtonElement>(null)
  const [asked, setAsked] = useState(false)
  const [opened, setOpened] = useState(false)
  // The button of the menu takes the place of the first one, and of its focus, before the menu opens.
  useEffect(() => {
    if (!asked) return
    button.current?.focus()
    setOpened(true)
  }, [asked])
  const copy = async () => {
    await navigator.clipboard.writeText(key.id)
    toast('The id is copied.')
    button.current?.focus()
  }
  const named = {
    type: 'button',
    ref: button,
    className: classes.more,
    'aria-label': `Actions for ${key.name}`,
  } as const
  const dots = <Ellipsis size={18} aria-hidden />
  // A list has many, few of which are opened.
  if (!asked)
    return (
      <button {...named} aria-haspopup="menu" aria-expanded={false} onClick={() => setAsked(true)}>
        {dots}
      </button>
    )
  return (
    <Menu position="bottom-end" withinPortal opened={opened} onChange={setOpened}>
      <Menu.Target>
        <button {...named}>{dots}</button>
      </Menu.Target>
      <Menu.Dropdown>
        {ITEMS[key.state]
          .filter(({ act }) => !without.includes(act))
          .map(({ act, title, icon: Icon, needs, red }) => {
            const verdict = can(needs, key.id)
            return (
              <Menu.Item
                key={act}
                leftSection={<Icon size={16} aria-hidden />}
                {...(red ? { color: 'red' } : {})}
                // Stays where a keyboard reaches it, since it says why it may not be used.
                {...(verdict === true
                  ? {}
                  : { 'aria-disabled': true, 'data-disabled': true, className: classes.refused ?? '' })}
                closeMenuOnClick={verdict === true}
                onClick={() => verdict === true && begin(act, key, button.current)}
              >
                {title}
                {verdict !== true && <small>{verdict.reason}</small>}
              </Menu.Item>
            )
          })}
        <Menu.Item leftSection={<Copy size={16} aria-hidden />} onClick={copy}>
          Copy id
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
