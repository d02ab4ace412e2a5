import { TextInput } from '@mantine/core'
import { type Draft, useNew } from '../../as-opened.tsx'
import { FormPanel } from '../../forms/panels.ts'

type Props = {
  onClose: () => void
  title: string
  act: string
  label?: string
  description?: string
  pending: boolean
  error: unknown
  onSubmit: (name: string) => void
}

type Named = { name: string }

export const NAME_LABELS = { name: 'Name' }

export function nameOf({ name }: Named): Named {
  return { name }
}

/** Asks how something is called that is yet to be made. */
export function NewNameForm(props: Props) {
  return <NameForm form={useNew({ name: '' })} {...props} />
}

/** Asks for the name of something that has little else to say, within `AsOpened`; mount it when it is opened. */
export function NameForm({
  form,
  label = NAME_LABELS.name,
  description,
  onSubmit,
  ...panel
}: Props & { form: Draft<unknown, Named> }) {
  const { name } = form.fields
  return (
    <FormPanel
      {...panel}
      opened
      disabled={!form.changed || name.trim() === ''}
      onSubmit={() => onSubmit(name.trim())}
    >
      <TextInput
        label={label}
        {...(description ? { description } : {})}
        required
        maxLength={120}
        autoComplete="off"
        data-autofocus
        value={name}
        onChange={(event) => form.set({ name: event.currentTarget.value })}
      />
    </FormPanel>
  )
}
