import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'

const TYPING_MS = 250

/** A text that somebody types, kept elsewhere (in the address) once typing pauses: what is in the field, and how to change it. */
export function useTyped(
  value: string,
  onChange: (value: string | undefined) => void,
): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value)
  const [settled] = useDebouncedValue(typed.trim(), TYPING_MS)
  /** What was last read from there, or written to it. */
  const known = useRef(value)
  /** Only what somebody typed is written: what was read may be another by the time that typing would have paused. */
  const byHand = useRef(false)
  // It changed by itself, as by Back.
  useEffect(() => {
    if (value === known.current) return
    known.current = value
    byHand.current = false
    setTyped(value)
  }, [value])
  useEffect(() => {
    if (!byHand.current || settled === known.current) return
    known.current = settled
    onChange(settled || undefined)
  }, [settled])
  return [
    typed,
    (text) => {
      byHand.current = true
      setTyped(text)
    },
  ]
}
