import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { parseUsd } from '../../src/domain/money.ts'
import { inDays, MomentInput } from '../ui/MomentInput.tsx'
import { Select } from '../ui/Select.tsx'

/** An amount of USD, as the API takes it. */
export function UsdInput({
  label,
  description,
  value,
  required = true,
  error,
  onChange,
}: {
  label: string
  description?: string
  value: string
  required?: boolean
  /** What the API says of it. */
  error?: string | undefined
  onChange: (value: string) => void
}) {
  const wrong = value !== '' && parseUsd(value) === null
  return (
    <TextInput
      label={label}
      description={description}
      leftSection="$"
      inputMode="decimal"
      autoComplete="off"
      placeholder="500"
      required={required}
      value={value}
      error={wrong ? 'Write an amount such as 500 or 0.25.' : error}
      onChange={(event) => onChange(event.currentTarget.value.trim())}
    />
  )
}

const AT = 'at'

/** A moment to come: one of some usual ones, or any. `never` names what is chosen when there is none. */
export function UntilInput({
  label,
  days,
  never,
  value,
  error,
  onChange,
}: {
  label: string
  /** The usual ones, in days from now. */
  days: number[]
  never?: string
  /** An ISO time; null is never. */
  value: string | null
  error?: string | undefined
  onChange: (value: string | null) => void
}) {
  const [choice, setChoice] = useState(never === undefined ? String(days[0]) : 'never')
  const choose = (next: string) => {
    setChoice(next)
    if (next === AT) return
    onChange(next === 'never' ? null : inDays(Number(next)))
  }
  const usual = days.map((many) => ({ value: String(many), label: `${many} ${many === 1 ? 'day' : 'days'}` }))
  return (
    <>
      <Select
        label={label}
        data={[
          ...(never === undefined ? [] : [{ value: 'never', label: never }]),
          ...usual,
          { value: AT, label: 'At a time …' },
        ]}
        value={choice}
        allowDeselect={false}
        error={choice === AT ? undefined : error}
        onChange={(next) => next && choose(next)}
      />
      {choice === AT && (
        <MomentInput
          label="Time"
          description="In your own time zone."
          required
          value={value ?? ''}
          error={error}
          onChange={(moment) => moment && onChange(moment)}
        />
      )}
    </>
  )
}
