import { TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'

/** A text that filters once it is complete: with Enter, or when the field is left. */
export function TextFilter({
  label,
  hint,
  value,
  onChange,
  className = '',
}: {
  label: string
  /** What to write there. */
  hint: string
  value: string | undefined
  onChange: (value: string | undefined) => void
  className?: string | undefined
}) {
  const [text, setText] = useState(value ?? '')
  useEffect(() => setText(value ?? ''), [value])
  const commit = (event?: FormEvent) => {
    event?.preventDefault()
    if (text.trim() !== (value ?? '')) onChange(text.trim() || undefined)
  }
  return (
    <form onSubmit={commit} className={className}>
      <TextInput
        aria-label={label}
        placeholder={hint}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => commit()}
      />
    </form>
  )
}
