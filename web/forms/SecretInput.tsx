import { PasswordInput } from '@mantine/core'

/** A provider's secret, pasted once: it goes to the server and is never shown again. */
export function SecretInput({
  label = 'Secret',
  placeholder,
  value,
  onChange,
}: {
  label?: string
  placeholder: string
  value: string
  onChange: (value: string) => void
}) {
  return (
    <PasswordInput
      label={label}
      description="It is stored sealed, and never shown again."
      placeholder={placeholder}
      required
      autoComplete="off"
      spellCheck={false}
      value={value}
      visibilityToggleButtonProps={{ 'aria-label': 'Show what you pasted' }}
      onChange={(event) => onChange(event.currentTarget.value.trim())}
    />
  )
}
