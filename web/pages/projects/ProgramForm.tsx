import { TextInput } from '@mantine/core'
import { type Draft, useNew } from '../../as-opened.tsx'
import { unsaid } from '../../clashes.ts'
import { FormPanel } from '../../forms/panels.ts'
import { useNames } from '../../names.ts'
import { PersonPicker } from '../teams/PersonPicker.tsx'
import type { Program } from './Programs.tsx'

export type ProgramFields = Pick<Program, 'name' | 'ownerUserId'>

type Props = {
  pending: boolean
  error: unknown
  onClose: () => void
  onSave: (fields: ProgramFields) => void
}

export function NewProgramForm(props: Props) {
  return <ProgramForm form={useNew<ProgramFields>({ name: '', ownerUserId: null })} {...props} />
}

export function programFieldsOf({ name, ownerUserId }: Program): ProgramFields {
  return { name, ownerUserId }
}

export const PROGRAM_LABELS = { name: 'Name', ownerUserId: unsaid('Hand it over to') }

/** What a program is called, and who answers for it. */
export function ProgramForm({
  form,
  onSave,
  ...panel
}: Props & { form: Draft<Program | null, ProgramFields> }) {
  const { thing: program, set, changed } = form
  const { name, ownerUserId } = form.fields
  const before = program?.ownerUserId ?? null
  const nameOf = useNames([program?.ownerUserId])
  const now = program?.ownerUserId ? `Now ${nameOf(program.ownerUserId)}. Empty: it stays so.` : undefined
  return (
    <FormPanel
      opened
      title={program === null ? 'New program' : `Change ${program.name}`}
      act={program === null ? 'Create the program' : 'Save'}
      disabled={!changed || name.trim() === ''}
      onSubmit={() => onSave({ name: name.trim(), ownerUserId })}
      {...panel}
    >
      <TextInput
        label={PROGRAM_LABELS.name}
        description="Such as nightly-batch or checkout-api."
        required
        maxLength={120}
        value={name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <PersonPicker
        label={program === null ? 'Who answers for it' : PROGRAM_LABELS.ownerUserId.label}
        description={program === null ? 'You, when nobody is chosen.' : (now ?? 'Nobody answers for it now.')}
        value={ownerUserId === before ? null : ownerUserId}
        onChange={(next) => set({ ownerUserId: next ?? before })}
      />
    </FormPanel>
  )
}
