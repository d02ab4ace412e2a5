import { Select as Kit, type Primitive, type SelectProps } from '@mantine/core'
import { useState } from 'react'

/**
 * The kit's, but what can be chosen is drawn once somebody comes to it: a page has many, and few are opened. It has to
 * be there before the first key is pressed, so that a keyboard chooses without opening it.
 */
export function Select<Value extends Primitive = string>({
  onFocus,
  comboboxProps,
  ...rest
}: SelectProps<Value>) {
  const [near, setNear] = useState(false)
  return (
    <Kit
      {...rest}
      comboboxProps={{ ...comboboxProps, keepMounted: near }}
      onFocus={(event) => {
        setNear(true)
        onFocus?.(event)
      }}
    />
  )
}
