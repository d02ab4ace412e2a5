import { SegmentedControl } from '@mantine/core'

type Props<Value extends string> = {
  label: string
  value: Value
  onChange: (value: Value) => void
  options: readonly { value: Value; label: string }[]
  fullWidth?: boolean
}

/** One of a few, all of them in sight. */
export function Choice<Value extends string>({
  label,
  options,
  onChange,
  fullWidth = false,
  value,
}: Props<Value>) {
  return (
    <SegmentedControl
      aria-label={label}
      value={value}
      // It answers one of the options.
      onChange={(value) => onChange(value as Value)}
      data={options.map((option) => ({ ...option }))}
      fullWidth={fullWidth}
    />
  )
}
