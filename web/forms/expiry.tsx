import { Group, TextInput } from '@mantine/core'
import { Select } from '../ui/Select.tsx'

const DAY_MS = 86_400_000
const PRESETS = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'none', label: 'No end' },
  { value: 'custom', label: 'Until a day' },
]

/** What the field is called. */
export const WORKS_FOR = 'It works for'

/** Days from now, `none`, or `custom` with a day as `2027-01-31`; `kept` is a moment that nobody touched. */
export type Expiry = { choice: string; day: string; kept: string | null }

export function expiryOf(expiresAt: string | null): Expiry {
  if (expiresAt === null) return { choice: 'none', day: '', kept: null }
  return { choice: 'custom', day: localDay(new Date(expiresAt)), kept: expiresAt }
}

/** The moment as the API takes it: the end of the chosen day, where the reader is. Null: no end. */
export function expiryAt({ choice, day, kept }: Expiry, now = Date.now()): string | null {
  if (choice === 'none') return null
  if (choice !== 'custom') return new Date(now + Number(choice) * DAY_MS).toISOString()
  if (kept !== null && localDay(new Date(kept)) === day) return kept
  const end = new Date(`${day}T23:59:59`)
  return Number.isNaN(end.getTime()) ? null : end.toISOString()
}

export function ExpiryField({
  value,
  onChange,
  error,
}: {
  value: Expiry
  onChange: (value: Expiry) => void
  error: string | undefined
}) {
  return (
    <Group align="flex-start" grow preventGrowOverflow={false}>
      <Select
        label={WORKS_FOR}
        data={PRESETS}
        allowDeselect={false}
        value={value.choice}
        error={value.choice === 'custom' ? undefined : error}
        onChange={(choice) => onChange({ ...value, choice: choice ?? 'none' })}
      />
      {value.choice === 'custom' && (
        <TextInput
          type="date"
          label="Last day"
          required
          value={value.day}
          error={error}
          onChange={(event) => onChange({ ...value, day: event.currentTarget.value })}
        />
      )}
    </Group>
  )
}

function localDay(date: Date): string {
  const part = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${part(date.getMonth() + 1)}-${part(date.getDate())}`
}
