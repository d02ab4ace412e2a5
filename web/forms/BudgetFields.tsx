import { Group, NumberInput, Radio, Stack, Switch, TagsInput, TextInput } from '@mantine/core'
import { BUDGET_WINDOWS, WINDOW_WORDS } from '../../src/domain/budget.ts'
import { inWords, type Labels } from '../clashes.ts'
import { Select } from '../ui/Select.tsx'
import { UsdInput } from './fields.tsx'

/** What a budget may count in, to choose from. */
export const PERIODS = BUDGET_WINDOWS.map((value) => ({ value, label: WINDOW_WORDS[value] }))

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

export const BUDGET_LABELS: Labels<BudgetDraft> = {
  name: 'Name',
  limitUsd: 'Limit',
  kind: inWords('When it is spent', { hard: 'calls are refused', soft: 'calls go on' }),
  onShort: inWords('When little is left for a call', {
    clamp: 'Cut its output to what is left',
    deny: 'Refuse it',
  }),
  thresholds: 'Warn at',
  throttleAtPercent: 'Slow down from',
  throttleRequestsPerMinute: 'Slow down to calls a minute',
  suspendAtPercent: 'Stop calls from',
  prorate: 'Only for the part of this window that is left',
}

/** The fields of `LineFields`, by their names in the API. */
export const LINES = [
  'thresholds',
  'throttleAtPercent',
  'throttleRequestsPerMinute',
  'suspendAtPercent',
  'onShort',
]

type Fields = {
  value: BudgetDraft
  onChange: (value: BudgetDraft) => void
  /** What is wrong with a field, by its name in the API. */
  at: (name: string) => string | undefined
}

export function LimitField({ value, onChange, at, description }: Fields & { description?: string }) {
  return (
    <UsdInput
      label="Limit"
      {...(description === undefined ? {} : { description })}
      value={value.limitUsd}
      error={at('limitUsd')}
      onChange={(limitUsd) => onChange({ ...value, limitUsd })}
    />
  )
}

export function KindField({ value, onChange, at }: Fields) {
  return (
    <Radio.Group
      label="When it is spent"
      value={value.kind}
      error={at('kind')}
      onChange={(kind) => onChange({ ...value, kind: kind === 'soft' ? 'soft' : 'hard' })}
    >
      <Stack gap={6} mt={4}>
        <Radio value="hard" label="Calls are refused: a hard budget" />
        <Radio value="soft" label="Calls go on, and people are told: a soft budget" />
      </Stack>
    </Radio.Group>
  )
}

/** What happens before it is spent, and at its very end. */
export function LineFields({ value, onChange, at }: Fields) {
  const line = (name: 'throttleAtPercent' | 'throttleRequestsPerMinute' | 'suspendAtPercent') => ({
    min: 1,
    allowDecimal: false,
    hideControls: true,
    value: value[name] ?? '',
    error: at(name),
    onChange: (next: string | number) =>
      onChange({ ...value, [name]: typeof next === 'number' ? next : null }),
  })
  return (
    <>
      <TagsInput
        label="Warn at"
        description="Percents of the limit, each followed by Enter."
        value={value.thresholds}
        error={at('thresholds')}
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
          error={at('onShort')}
          allowDeselect={false}
          onChange={(onShort) => onChange({ ...value, onShort: onShort === 'deny' ? 'deny' : 'clamp' })}
        />
      )}
    </>
  )
}

export function NameField({ value, onChange, at, placeholder }: Fields & { placeholder: string }) {
  return (
    <TextInput
      label="Name"
      description="How refusals and alerts call it."
      placeholder={placeholder}
      value={value.name}
      error={at('name')}
      maxLength={120}
      onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
    />
  )
}

export function ProrateField({ value, onChange, description }: Omit<Fields, 'at'> & { description: string }) {
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

/** What of it a dry run tries. */
export function triedOf(draft: BudgetDraft) {
  const { limitUsd, kind, onShort, throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent } = draft
  return { limitUsd, kind, onShort, throttleAtPercent, throttleRequestsPerMinute, suspendAtPercent }
}

function isPercent(text: string): boolean {
  return /^(?:[1-9]\d?|100)$/.test(text)
}
