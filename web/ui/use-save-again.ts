import { useLayoutEffect, useRef } from 'react'
import { isConflict } from '../api.ts'
import { useMeanwhile } from '../as-opened.tsx'

/** Somebody else may save again and again: then the person hears of it. */
const TRIES = 3

/**
 * Saves what a form holds: again by itself, when it was refused though nobody else changed what was typed. What is there now
 * is read by then, and merged with. What was typed after somebody asked for saving waits until they ask again. `ready` says
 * whether the form can be saved.
 */
export function useSaveAgain(error: unknown, ready: boolean, save: () => void): () => void {
  const meanwhile = useMeanwhile()
  const tries = useRef(0)
  const asked = meanwhile !== null && (meanwhile.clashes || meanwhile.looking || meanwhile.hidden)
  // Once a person is asked, they decide: what is read may come before the refusal does.
  useLayoutEffect(() => {
    if (asked) tries.current = 0
  }, [asked])
  // Before it is painted: nobody is told of a refusal that is mended.
  useLayoutEffect(() => {
    if (meanwhile === null || !isConflict(error) || !ready || tries.current === 0) return
    if (asked || meanwhile.typedSince) return
    tries.current -= 1
    save()
  }, [error])
  return () => {
    tries.current = TRIES
    meanwhile?.sends()
    save()
  }
}
