import { Select as Kit, type Primitive, type SelectProps } from '@mantine/core'
import { useEffect, useState } from 'react'

const UNTIL_NAMED = 2

/**
 * The kit's, but what can be chosen is drawn once somebody comes to it: a page has many, and few are opened. It has to
 * be there before the first key is pressed, so that a keyboard chooses without opening it.
 */
export function Select<Value extends Primitive = string>({
  onFocus,
  onClick,
  comboboxProps,
  ...rest
}: SelectProps<Value>) {
  const [near, setNear] = useState(false)
  // The kit says that the list is open, and which it is, by the id that the list had when this was drawn last: it has none
  // as it is drawn first, and another one right after.
  const [drawn, setDrawn] = useState(0)
  useEffect(() => {
    if (near && drawn < UNTIL_NAMED) setDrawn(drawn + 1)
  }, [near, drawn])
  return (
    <Kit
      {...rest}
      comboboxProps={{ ...comboboxProps, keepMounted: near }}
      onFocus={(event) => {
        setNear(true)
        onFocus?.(event)
      }}
      // What assists somebody may press it without a focus.
      onClick={(event) => {
        setNear(true)
        onClick?.(event)
      }}
    />
  )
}
