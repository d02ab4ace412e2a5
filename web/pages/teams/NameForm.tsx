import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { FormPanel } from '../../ui/FormPanel.tsx'

type Props = {
  onClose: () => void
  title: string
  act: string
  label?: string
  description?: string
  /** What it is called at first. */
  name: string
  pending: boolean
  error: unknown
  onSubmit: (name: string) => void
}

/** Asks for the name of something that has little else to say; mount it when it is opened. */
export function NameForm({ name: first, label = 'Name', description, onSubmit, ...panel }: Props) {
  const [name, setName] = useState(first)
  return (
    <FormPanel {...panel} opened disabled={name.trim() === ''} onSubmit={() => onSubmit(name.trim())}>
      <TextInput
        label={label}
        {...(description ? { description } : {})}
        required
        maxLength={120}
        autoComplete="off"
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormPanel>
  )
}
