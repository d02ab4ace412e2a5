import { Button, Collapse, Stack } from '@mantine/core'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'

/** Fields that most people leave as they are, folded away under what they are about, while none of them is wrong. */
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
  // What was wrong stays in sight while it is mended.
  if (wrong && !chosen) setChosen(true)
  const Icon = chosen ? ChevronDown : ChevronRight
  return (
    <div>
      {wrong ? (
        <strong>{title}</strong>
      ) : (
        <Button
          variant="subtle"
          size="compact-md"
          // It wraps where it is narrow: a panel never scrolls sideways.
          h="auto"
          styles={{ label: { whiteSpace: 'normal', textAlign: 'start' } }}
          aria-expanded={chosen}
          leftSection={<Icon size={16} aria-hidden />}
          onClick={() => setChosen(!chosen)}
        >
          {title}
        </Button>
      )}
      <Collapse expanded={chosen}>
        <Stack gap="md" pt="sm">
          {children}
        </Stack>
      </Collapse>
    </div>
  )
}
