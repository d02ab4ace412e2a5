import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useNames } from '../../names.ts'
import { FormPanel } from '../../ui/FormPanel.tsx'
import { PersonPicker } from '../teams/PersonPicker.tsx'
import type { Program } from './Programs.tsx'

type Props = {
  /** Null for a new one. */
  program: Program | null
  pending: boolean
  error: unknown
  onClose: () => void
  onSave: (name: string, ownerUserId: string | null) => void
}

/** What a program is called, and who answers for it. */
export function ProgramForm({ program, onSave, ...panel }: Props) {
  const [name, setName] = useState(program?.name ?? '')
  const [owner, setOwner] = useState<string | null>(null)
  const nameOf = useNames([program?.ownerUserId])
  const now = program?.ownerUserId ? `Now ${nameOf(program.ownerUserId)}. Empty: it stays so.` : undefined
  return (
    <FormPanel
      opened
      title={program === null ? 'New program' : `Change ${program.name}`}
      act={program === null ? 'Create the program' : 'Save'}
      disabled={name.trim() === ''}
      onSubmit={() => onSave(name.trim(), owner ?? program?.ownerUserId ?? null)}
      {...panel}
    >
      <TextInput
        label="Name"
        description="Such as nightly-batch or checkout-api."
        required
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PersonPicker
        label={program === null ? 'Who answers for it' : 'Hand it over to'}
        description={program === null ? 'You, when nobody is chosen.' : (now ?? 'Nobody answers for it now.')}
        value={owner}
        onChange={setOwner}
      />
    </FormPanel>
  )
}
