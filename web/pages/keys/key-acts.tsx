import { type ReactNode, useState } from 'react'
import { useFocusBack } from '../../focus-back.ts'
import { KeyEdit, KeyLeaked, KeyResume, KeyRevoke, KeyRotate, KeySuspend } from '../../forms/panels.ts'
import { NewSecret } from './NewSecret.tsx'
import type { Key } from './Place.tsx'

export type KeyAct = 'rotate' | 'suspend' | 'resume' | 'revoke' | 'leaked' | 'edit'

/**
 * What can be done with a key, wherever it is shown: `begin('rotate', key)`, and `dialogs` somewhere on the page. The focus
 * goes into each dialog, from one to the next, and back to the button that began it.
 */
export function useKeyActs(): {
  begin: (act: KeyAct, key: Key, opener?: HTMLElement | null) => void
  dialogs: ReactNode
} {
  const [key, setKey] = useState<Key | null>(null)
  const [act, setAct] = useState<KeyAct | null>(null)
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null)
  const focus = useFocusBack()
  const close = () => {
    setAct(null)
    focus.giveBack()
  }
  const show = (made: { name: string; secret: string }) => {
    setAct(null)
    setMade(made)
  }
  const dialog = (name: KeyAct) => ({ opened: act === name, onClose: close })
  return {
    begin(act, key, opener) {
      focus.remember(opener ?? document.activeElement)
      setKey(key)
      setAct(act)
    },
    dialogs: (
      <>
        {key && (
          // Each key has dialogs of its own: nothing that was typed about another is left in them.
          <div key={key.id}>
            <KeyRotate of={key} {...dialog('rotate')} onSecret={show} />
            <KeySuspend of={key} {...dialog('suspend')} />
            <KeyResume of={key} {...dialog('resume')} />
            <KeyRevoke of={key} {...dialog('revoke')} />
            <KeyLeaked of={key} {...dialog('leaked')} onSecret={show} />
            {act === 'edit' && <KeyEdit of={key} onClose={close} />}
          </div>
        )}
        <NewSecret
          made={made}
          onClose={() => {
            setMade(null)
            focus.giveBack()
          }}
        />
      </>
    ),
  }
}
