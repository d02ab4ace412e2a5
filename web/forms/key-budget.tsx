import { Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { budgetCreate } from '../../src/contract/budgets.ts'
import { BUDGET_WINDOWS } from '../../src/domain/budget.ts'
import { useAct } from '../api.ts'
import type { Key } from '../pages/keys/Place.tsx'
import { toast } from '../ui/announce.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { fieldErrors } from './field-errors.ts'
import { PERIODS } from './key-create-limits.tsx'

const KINDS = [
  { value: 'hard', label: 'Refuse calls' },
  { value: 'soft', label: 'Only warn' },
]

/** A budget for one key. */
export function KeyBudget({ of: key, opened, onClose }: { of: Key; opened: boolean; onClose: () => void }) {
  const [limitUsd, setLimitUsd] = useState('')
  const [period, setPeriod] = useState<(typeof BUDGET_WINDOWS)[number]>('month')
  const [kind, setKind] = useState('hard')
  const create = useAct(budgetCreate)
  const { at, other } = fieldErrors(create.error, ['limitUsd', 'period', 'kind'])
  const close = () => {
    create.reset()
    onClose()
  }
  const submit = () => {
    const scope = { type: 'key' as const, id: key.id }
    const body = {
      scope,
      limitUsd: limitUsd.trim(),
      period,
      kind: kind === 'soft' ? 'soft' : 'hard',
    } as const
    create.mutate(
      { input: { body } },
      {
        onSuccess: () => {
          toast('The budget holds within two seconds.')
          setLimitUsd('')
          close()
        },
      },
    )
  }
  return (
    <FormPanel
      opened={opened}
      onClose={close}
      title={`Add a budget to ${key.name}`}
      act="Add budget"
      pending={create.isPending}
      error={other}
      onSubmit={submit}
    >
      <TextInput
        label="Amount in USD"
        required
        data-autofocus
        inputMode="decimal"
        value={limitUsd}
        error={at('limitUsd')}
        onChange={(event) => setLimitUsd(event.currentTarget.value)}
      />
      <Select
        label="Per"
        description="In your organization’s time zone."
        data={PERIODS}
        allowDeselect={false}
        value={period}
        error={at('period')}
        onChange={(value) => {
          const chosen = BUDGET_WINDOWS.find((one) => one === value)
          if (chosen) setPeriod(chosen)
        }}
      />
      <Select
        label="When it is spent"
        data={KINDS}
        allowDeselect={false}
        value={kind}
        error={at('kind')}
        onChange={(value) => setKind(value ?? 'hard')}
      />
    </FormPanel>
  )
}
