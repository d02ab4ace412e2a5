import { TextInput, type TextInputProps } from '@mantine/core'

const MINUTE_MS = 60_000

type Props = Omit<TextInputProps, 'value' | 'onChange' | 'type' | 'min' | 'max'> & {
  /** ISO 8601; empty for none. */
  value: string
  onChange: (moment: string) => void
  min?: string | undefined
  max?: string | undefined
}

/** A moment in the reader's own time zone. What comes out is ISO 8601 in UTC. */
export function MomentInput({ value, onChange, min, max, ...field }: Props) {
  return (
    <TextInput
      {...field}
      type="datetime-local"
      value={localOf(value)}
      {...(min ? { min: localOf(min) } : {})}
      {...(max ? { max: localOf(max) } : {})}
      onChange={({ currentTarget }) => {
        const time = new Date(currentTarget.value)
        onChange(Number.isNaN(time.getTime()) ? '' : time.toISOString())
      }}
    />
  )
}

/** As the browser's field writes it: local, to the minute. Empty for what is no moment, as an address may say anything. */
function localOf(moment: string): string {
  const time = new Date(moment)
  if (Number.isNaN(time.getTime())) return ''
  return new Date(time.getTime() - time.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16)
}

/** `days` from now, to the minute. */
export function inDays(days: number, now: number = Date.now()): string {
  return new Date(Math.ceil(now / MINUTE_MS) * MINUTE_MS + days * 86_400_000).toISOString()
}
