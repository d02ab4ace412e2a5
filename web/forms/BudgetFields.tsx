import { Group, NumberInput, SegmentedControl, Select, Switch, TagsInput, TextInput } from '@mantine/core'
import { UsdInput } from './fields.tsx'

/** What a budget says, as it is written in a form. */
export type BudgetDraft = {
  name: string
  limitUsd: string
  kind: 'hard' | 'soft'
  onShort: 'clamp' | 'deny'
  thresholds: string[]
  throttleAtPercent: number | null
  throttleRequestsPerMinute: number | null
  suspendAtPercent: number | null
  prorate: boolean
}

export const NEW_BUDGET: BudgetDraft = {
  name: '',
  limitUsd: '',
  kind: 'hard',
  onShort: 'clamp',
  thresholds: ['50', '80', '100'],
  throttleAtPercent: null,
  throttleRequestsPerMinute: null,
  suspendAtPercent: null,
  prorate: false,
}

type Fields = { value: BudgetDraft; onChange: (value: BudgetDraft) => void }

/** How much, and what happens when it is spent. */
export function LimitFields({ value, onChange, label = 'Limit' }: Fields & { label?: string }) {
  return (
    <>
      <UsdInput
        label={label}
        value={value.limitUsd}
        onChange={(limitUsd) => onChange({ ...value, limitUsd })}
      />
      <Kind value={value} onChange={onChange} />
    </>
  )
}

function Kind({ value, onChange }: Fields) {
  return (
    <div>
      <SegmentedControl
        fullWidth
        aria-label="When it is spent"
        data={[
          { value: 'hard', label: 'Hard: refuse calls' },
          { value: 'soft', label: 'Soft: only warn' },
        ]}
        value={value.kind}
        onChange={(kind) => onChange({ ...value, kind: kind === 'soft' ? 'soft' : 'hard' })}
      />
    </div>
  )
}

/** What happens before it is spent. */
export function LineFields({ value, onChange }: Fields) {
  const line = (name: 'throttleAtPercent' | 'throttleRequestsPerMinute' | 'suspendAtPercent') => ({
    min: 1,
    allowDecimal: false,
    hideControls: true,
    value: value[name] ?? '',
    onChange: (next: string | number) =>
      onChange({ ...value, [name]: typeof next === 'number' ? next : null }),
  })
  return (
    <>
      <TagsInput
        label="Warn at"
        description="Percents of the limit, each followed by Enter."
        value={value.thresholds}
        clearable={false}
        onChange={(thresholds) => onChange({ ...value, thresholds: thresholds.filter(isPercent) })}
      />
      <Group grow align="flex-start" gap="sm">
        <NumberInput label="Slow down from" suffix=" %" placeholder="Never" {...line('throttleAtPercent')} />
        <NumberInput label="to calls a minute" placeholder="–" {...line('throttleRequestsPerMinute')} />
      </Group>
      <NumberInput
        label="Stop calls from"
        description="A line before, or for a soft budget beyond, the limit."
        suffix=" %"
        placeholder="Never"
        {...line('suspendAtPercent')}
      />
      {value.kind === 'hard' && (
        <Select
          label="When little is left for a call"
          data={[
            { value: 'clamp', label: 'Cut its output to what is left' },
            { value: 'deny', label: 'Refuse it' },
          ]}
          value={value.onShort}
          allowDeselect={false}
          onChange={(onShort) => onChange({ ...value, onShort: onShort === 'deny' ? 'deny' : 'clamp' })}
        />
      )}
    </>
  )
}

export function NameField({ value, onChange, placeholder }: Fields & { placeholder: string }) {
  return (
    <TextInput
      label="Name"
      description="How refusals and alerts call it."
      placeholder={placeholder}
      value={value.name}
      maxLength={120}
      onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
    />
  )
}

export function ProrateField({ value, onChange, description }: Fields & { description: string }) {
  return (
    <Switch
      label="Only for the part of this window that is left"
      description={description}
      checked={value.prorate}
      onChange={(event) => onChange({ ...value, prorate: event.currentTarget.checked })}
    />
  )
}

/** As the API takes it. */
export function termsOf({ name, thresholds, ...rest }: BudgetDraft) {
  const named = name.trim() === '' ? {} : { name: name.trim() }
  return { ...rest, ...named, thresholds: thresholds.map(Number) }
}

function isPercent(text: string): boolean {
  return /^(?:[1-9]\d?|100)$/.test(text)
}
