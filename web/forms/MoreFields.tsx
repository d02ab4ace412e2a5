import { Button, Collapse, Stack } from '@mantine/core'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'

/** Fields that most people leave as they are, folded away under what they are about. */
export function MoreFields({
  title,
  wrong = false,
  children,
}: {
  title: string
  /** One of them is wrong, so they have to be in sight. */
  wrong?: boolean
  children: ReactNode
}) {
  const [chosen, setChosen] = useState(false)
  const open = chosen || wrong
  const Icon = open ? ChevronDown : ChevronRight
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-md"
        // It wraps where it is narrow: a panel never scrolls sideways.
        h="auto"
        styles={{ label: { whiteSpace: 'normal', textAlign: 'start' } }}
        aria-expanded={open}
        leftSection={<Icon size={16} aria-hidden />}
        onClick={() => setChosen(!open)}
      >
        {title}
      </Button>
      <Collapse expanded={open}>
        <Stack gap="md" pt="sm">
          {children}
        </Stack>
      </Collapse>
    </div>
  )
}
