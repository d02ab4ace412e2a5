import { lazy, Suspense, useState, useSyncExternalStore } from 'react'
import { subscribe, whatWaits } from '../confirm-in-person.ts'

const ConfirmInPerson = lazy(() => import('./ConfirmInPerson.tsx'))

/** The question whether it is them, fetched when something first asks for it. Mounted once. */
export function Confirmation() {
  const waiting = useSyncExternalStore(subscribe, whatWaits)
  const [asked, setAsked] = useState(false)
  if (waiting !== null && !asked) setAsked(true)
  return <Suspense fallback={null}>{asked && <ConfirmInPerson />}</Suspense>
}
