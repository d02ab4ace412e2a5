import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { providerList } from '../../src/contract/providers.ts'
import { all } from '../all.ts'
import { Select } from '../ui/Select.tsx'

/** Which calls a rule is about, where it is not about all of them. */
export type Narrowing = { providerId: string | null; modelPattern: string }

export function NarrowingFields({
  value,
  onChange,
  at,
}: {
  value: Narrowing
  onChange: (value: Narrowing) => void
  /** What is wrong with a field, by its name in the API. */
  at: (name: string) => string | undefined
}) {
  const providers = useQuery(all(providerList, {}))
  return (
    <>
      <Select
        label="Only calls to"
        placeholder="All providers"
        clearable
        clearButtonProps={{ 'aria-label': 'All providers' }}
        data={(providers.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={value.providerId}
        error={at('providerId')}
        onChange={(providerId) => onChange({ ...value, providerId })}
      />
      <TextInput
        label="Only models"
        description="A name in which * stands for anything. Empty: all models."
        placeholder="gpt-5*"
        value={value.modelPattern}
        error={at('modelPattern')}
        onChange={(event) => onChange({ ...value, modelPattern: event.currentTarget.value.trim() })}
      />
    </>
  )
}

/** As the API takes it. */
export function narrowingOf({ providerId, modelPattern }: Narrowing) {
  return { providerId, modelPattern: modelPattern === '' ? null : modelPattern }
}
