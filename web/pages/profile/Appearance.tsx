import { SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core'
import { setSingleLetters, useSingleLetters } from '../../shortcuts.ts'
import { Section } from '../../ui/Page.tsx'
import { Row, Rows } from './Row.tsx'

const SCHEMES = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

/** What is kept in this browser alone. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const letters = useSingleLetters()
  return (
    <Section title="This browser">
      <Rows>
        <Row title="Theme">
          <SegmentedControl
            aria-label="Theme"
            data={[...SCHEMES]}
            value={colorScheme}
            // The values are those of `SCHEMES`.
            onChange={(value) => setColorScheme(value as (typeof SCHEMES)[number]['value'])}
          />
        </Row>
        <Row title="Keyboard">
          <Switch
            label="Single letters are shortcuts"
            description="Press ? to see them. Ctrl K works either way."
            checked={letters}
            onChange={(event) => setSingleLetters(event.currentTarget.checked)}
          />
        </Row>
      </Rows>
    </Section>
  )
}
