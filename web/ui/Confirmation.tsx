import { useState, useSyncExternalStore } from 'react'
import { subscribe, whatWaits } from '../confirm-in-person.ts'
import { fetched, NotFetched } from '../fetched.ts'
import { Spare } from './Spare.tsx'

const ConfirmInPerson = fetched(() => import('./ConfirmInPerson.tsx'))

/** The question whether it is them, fetched when something first asks for it. Mounted once. */
export function Confirmation() {
  const waiting = useSyncExternalStore(subscribe, whatWaits)
  const [asked, setAsked] = useState(false)
  if (waiting !== null && !asked) setAsked(true)
  // Without it nothing can be confirmed: where that was asked for it is said so, and may be done again.
  const callOff = () => {
    setAsked(false)
    waiting?.fail(new NotFetched('The question did not load.'))
  }
  return (
    asked && (
      <Spare onGone={callOff}>
        <ConfirmInPerson />
      </Spare>
    )
  )
}
