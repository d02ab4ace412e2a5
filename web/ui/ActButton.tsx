import { Button, type ButtonProps, Tooltip } from '@mantine/core'
import type { ComponentPropsWithoutRef } from 'react'
import type { Verdict } from '../viewer.ts'

type Props = ButtonProps & Omit<ComponentPropsWithoutRef<'button'>, 'color' | 'style'> & { can?: Verdict }

/**
 * A button for an act that the API may not allow the viewer: then it is there, disabled, and says why. It stays in the
 * tab order, since the reason is for who uses a keyboard as well.
 */
export function ActButton({ can = true, onClick, children, ...button }: Props) {
  if (can === true) {
    return (
      <Button {...button} onClick={onClick}>
        {children}
      </Button>
    )
  }
  return (
    <Tooltip label={can.reason} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <Button {...button} aria-disabled data-disabled onClick={(event) => event.preventDefault()}>
        {children}
        <span className="unseen">. Not allowed: {can.reason}</span>
      </Button>
    </Tooltip>
  )
}
